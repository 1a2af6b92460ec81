// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "devices/storage/image.h"
#include "image_opener.h"

namespace devices::storage {

/// Images above one another: a disk and 31 ancestors.
inline constexpr unsigned kMaximumChain = 32;

[[nodiscard]] const ImageDriver& driverFor(ImageFormat format);
/// "vhdx", "vhd", "raw", "iso".
[[nodiscard]] std::string_view nameOf(ImageFormat format);
[[nodiscard]] std::optional<ImageFormat> formatNamed(std::string_view name);
[[nodiscard]] std::string_view nameOf(ImageKind kind);
/// From the end of a path: ".avhdx" is VHDX; nothing for others than those of the formats, ".img"
/// and ".raw" being raw.
[[nodiscard]] std::optional<ImageFormat> formatOfPath(std::string_view path);

/// From the content; if it tells nothing, from the path, but a path that says VHD, VHDX or ISO with
/// a content that does not is an error, and so is a path that says nothing.
Task<hypervisor::Result<ImageFormat>> detectFormat(StorageFile& file);
/// The format that is known, or else detected.
Task<hypervisor::Result<ImageFormat>> formatOf(StorageFile& file, std::optional<ImageFormat> known);

/// What known children (childrenOf()) mean for opening their parent for writing.
enum class KnownChildren : bool {
    /// It is refused: their data would no longer fit.
    Refuse,
    /// For operations that have looked themselves, or that change nothing of what the disk holds.
    Accept,
};

struct OpenDiskOptions {
    FileAccess access = FileAccess::Read;
    /// Looked for where the opener opens paths. Who hands over descriptors has looked before.
    KnownChildren children = KnownChildren::Refuse;
    /// None: detectFormat(). A guest writes what it likes into a raw disk, another format's
    /// signature too, so who knows that a disk is raw says so.
    std::optional<ImageFormat> format;
    ParentIdentity parentIdentity = ParentIdentity::MustMatch;
    /// Of all ancestors; without, only what the image itself holds can be read.
    bool withParent = true;
};

/// Opens an image with its chain of parents, each open for reading.
Task<hypervisor::Result<std::unique_ptr<DiskImage>>> openDisk(IoEngine& engine, ImageOpener& opener,
                                                              std::string path,
                                                              OpenDiskOptions options);

/// Opens the file alone.
hypervisor::Result<std::unique_ptr<StorageFile>> openImageFile(IoEngine& engine,
                                                               ImageOpener& opener,
                                                               const std::string& path,
                                                               FileAccess access);

}  // namespace devices::storage
