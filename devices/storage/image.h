// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "disk.h"
#include "hypervisor/error.h"
#include "job.h"
#include "storage_file.h"
#include "task.h"

namespace devices::storage {

enum class ImageFormat : std::uint8_t { Raw, Iso, Vhd, Vhdx };
enum class ImageKind : std::uint8_t { Fixed, Dynamic, Differencing };

/// One of the places where a differencing image says that its parent is, in UTF-8 and with the
/// separators of the image; '\' for Windows paths.
struct ParentPath {
    enum class Kind : std::uint8_t { Relative, Absolute, Volume };
    Kind kind = Kind::Relative;
    std::string path;
};

/// Which image a differencing image was made on.
struct ParentReference {
    /// The parent's identifier as the image has it, for messages.
    std::string identifier;
    /// In the order in which to try them.
    std::vector<ParentPath> paths;
};

/// What there is to know of an image without its data.
struct ImageDescription {
    ImageFormat format = ImageFormat::Raw;
    ImageKind kind = ImageKind::Fixed;
    std::uint64_t size = 0;
    std::uint64_t fileSize = 0;
    /// Bytes that the file takes on the host.
    std::uint64_t fileAllocated = 0;
    /// 0 where the format has no blocks.
    std::uint32_t blockSize = 0;
    std::uint64_t blocks = 0;
    std::uint64_t blocksAllocated = 0;
    std::uint32_t logicalSectorSize = 512;
    std::uint32_t physicalSectorSize = 512;
    /// Of the disk, the same in copies of it; "" where the format has none.
    std::string identifier;
    /// Of the content, new with every writing (VHDX's DataWriteGuid); "" where there is none.
    std::string contentIdentifier;
    /// Who wrote it: "win ", "qemu", "vireo".
    std::string creator;
    std::optional<ParentReference> parent;
    /// What the owner should know: a repaired footer, a replayed log.
    std::vector<std::string> remarks;
};

/// What an image itself holds of a range.
struct Extent {
    enum class Content : std::uint8_t {
        Data,
        /// Reads as zeroes.
        Zero,
        /// The parent's.
        Parent,
    };
    std::uint64_t length = 0;
    Content content = Content::Data;
};

/// An open image. The owner calls close() when nothing is in flight; without it the image is as
/// after a power cut.
class DiskImage : public Disk {
  public:
    [[nodiscard]] virtual ImageDescription describe() const = 0;
    [[nodiscard]] virtual StorageFile& file() const = 0;
    [[nodiscard]] virtual DiskImage* parent() const { return nullptr; }
    /// How this image's own content goes on at `offset`, for at most `limit` bytes (not 0).
    virtual Task<hypervisor::Result<Extent>> extentAt(std::uint64_t offset,
                                                      std::uint64_t limit) = 0;
    /// To a larger size, with nothing in flight; what is new reads as zeroes. A smaller size only
    /// where the format allows and all that is cut off is known to be zero. Failed or cancelled,
    /// the disk has its old size and the file takes no more room than before.
    virtual Task<hypervisor::Result<void>> resize(std::uint64_t size, Job& job) = 0;
    /// Gives back the room of what reads as zeroes, with nothing in flight. Crash safe and
    /// resumable: cancelled in the middle, the image is whole.
    virtual Task<hypervisor::Result<void>> compact(Job& job) = 0;
    /// For a differencing image whose parent has moved, or has changed in a way that the child does
    /// not see: writes new paths and the parent's identity as it is now. Others refuse.
    virtual Task<hypervisor::Result<void>> reconnect(const DiskImage& parent,
                                                     std::vector<ParentPath> paths);
    /// Before the parent is written to for the first time, by a merge: from now on this image opens
    /// with the parent as it is and with the parent as that write leaves it. Durable.
    virtual Task<hypervisor::Result<void>> expectParentWrite() {
        co_return hypervisor::Result<void>();
    }
    /// Everything on stable storage, and the image marked as cleanly closed.
    virtual Task<hypervisor::Result<void>> close() = 0;
};

/// The parent of a differencing image, open for reading. The image checks that it is the right one.
using ParentOpener =
    std::function<Task<hypervisor::Result<std::unique_ptr<DiskImage>>>(const ParentReference&)>;

/// What a parent that has changed since the child was made means.
enum class ParentIdentity : bool {
    /// A changed parent is refused.
    MustMatch,
    /// For reconnecting: size and sectors must fit, the rest is taken as it is.
    Ignore,
};

struct ImageOpenOptions {
    /// For a differencing image; an empty one leaves it without its parent: for inspecting, and
    /// reads that need it end with EBADMSG.
    ParentOpener openParent;
    ParentIdentity parentIdentity = ParentIdentity::MustMatch;
};

struct ImageCreateOptions {
    ImageKind kind = ImageKind::Dynamic;
    /// Differencing: 0 takes the parent's.
    std::uint64_t size = 0;
    /// 0 takes the format's default.
    std::uint32_t blockSize = 0;
    std::uint32_t logicalSectorSize = 512;
    std::uint32_t physicalSectorSize = 4096;
    /// Differencing: the open parent, and where the child will find it again.
    const DiskImage* parent = nullptr;
    std::vector<ParentPath> parentPaths;
};

/// One thing wrong with an image.
struct CheckFinding {
    enum class Severity : std::uint8_t {
        /// Room is wasted or a copy is damaged; all data is right.
        Warning,
        /// Data is or will be wrong.
        Error,
    };
    Severity severity = Severity::Error;
    /// The structure and field: "footer copy checksum", "BAT entry 17".
    std::string field;
    /// Where in the file.
    std::uint64_t offset = 0;
    std::string text;
    bool repaired = false;
};

struct CheckReport {
    std::vector<CheckFinding> findings;
    /// Findings beyond those listed; a hostile image may have millions.
    std::uint64_t unlisted = 0;

    static constexpr std::size_t kMaximumListed = 1000;
    void add(CheckFinding finding) {
        if (findings.size() < kMaximumListed)
            findings.push_back(std::move(finding));
        else
            ++unlisted;
    }
};

enum class CheckMode : std::uint8_t {
    Report,
    /// Repair what can be without losing data.
    Repair,
};

/// A file format for disk images. All functions name the file in their errors.
class ImageDriver {
  public:
    virtual ~ImageDriver() = default;

    [[nodiscard]] virtual ImageFormat format() const = 0;
    /// From signatures alone: damaged ones are recognised too, so that their errors are the
    /// format's own.
    virtual Task<hypervisor::Result<bool>> recognizes(StorageFile& file) const = 0;
    /// Writes an empty image into an empty file and flushes it.
    virtual Task<hypervisor::Result<void>> create(StorageFile& file,
                                                  const ImageCreateOptions& options,
                                                  Job& job) const = 0;
    virtual Task<hypervisor::Result<std::unique_ptr<DiskImage>>> open(
        std::unique_ptr<StorageFile> file, const ImageOpenOptions& options) const = 0;
    /// Which parent an image notes, from no more of the file than that takes; nothing for one that
    /// has none.
    virtual Task<hypervisor::Result<std::optional<ParentReference>>> parentOf(
        std::unique_ptr<StorageFile> file) const {
        static_cast<void>(file);
        co_return std::nullopt;
    }
    virtual Task<hypervisor::Result<CheckReport>> check(StorageFile& file, CheckMode mode,
                                                        Job& job) const = 0;
};

}  // namespace devices::storage
