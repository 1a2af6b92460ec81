// SPDX-License-Identifier: GPL-3.0-or-later
#include "iso_image.h"

#include <array>
#include <string_view>

#include "devices/storage/flat_image.h"

namespace devices::storage {

using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr std::uint32_t kSector = 2048;
constexpr std::uint64_t kDescriptors = 16 * kSector;
// ECMA-119 8.1: one byte of type, then the standard identifier.
constexpr std::size_t kIdentifierOffset = 1;
constexpr std::size_t kIdentifierLength = 5;
constexpr std::uint64_t kMaximumSize = std::uint64_t{1} << 60;

class IsoImage final : public FlatImage {
  public:
    IsoImage(std::unique_ptr<StorageFile> opened, std::uint64_t size)
        : FlatImage(std::move(opened), size, kSector, Room::Kept) {}

    bool readOnly() const override { return true; }

    ImageDescription describe() const override {
        ImageDescription description;
        description.format = ImageFormat::Iso;
        description.kind = ImageKind::Fixed;
        description.size = size();
        description.fileSize = file().size();
        description.fileAllocated = file().allocated();
        description.logicalSectorSize = kSector;
        description.physicalSectorSize = kSector;
        return description;
    }

    Task<Result<void>> resize(std::uint64_t, Job&) override { co_return refusal("resize"); }
    Task<Result<void>> compact(Job&) override { co_return refusal("compact"); }

  private:
    std::unexpected<hypervisor::Error> refusal(const std::string& verb) const {
        return failure("cannot " + verb + " " + file().name() +
                       ": it is an ISO image, which is read-only");
    }
};

class IsoDriver final : public ImageDriver {
  public:
    ImageFormat format() const override { return ImageFormat::Iso; }

    Task<Result<bool>> recognizes(StorageFile& file) const override {
        if (file.size() < kDescriptors + kSector)
            co_return false;
        std::array<std::byte, kIdentifierOffset + kIdentifierLength> bytes = {};
        const IoStatus status = co_await readFile(file, kDescriptors, bytes);
        if (!status.ok())
            co_return failure("cannot read " + file.name() + " at offset " +
                              std::to_string(kDescriptors) + ": " + status.text());
        const std::string_view identifier(
            reinterpret_cast<const char*>(bytes.data()) + kIdentifierOffset, kIdentifierLength);
        // A volume of UDF alone begins with the extended area descriptor (ECMA-167 2/9.2).
        co_return identifier == "CD001" || identifier == "BEA01";
    }

    Task<Result<void>> create(StorageFile& file, const ImageCreateOptions&, Job&) const override {
        co_return failure("cannot create " + file.name() +
                          ": ISO images are only read; use VHDX for a disk");
    }

    Task<Result<std::unique_ptr<DiskImage>>> open(std::unique_ptr<StorageFile> file,
                                                  const ImageOpenOptions&) const override {
        auto known = co_await recognizes(*file);
        if (!known)
            co_return std::unexpected(known.error());
        if (!*known)
            co_return failure("cannot open " + file->name() +
                              " as an ISO image: no volume descriptor (\"CD001\") at offset 32769");
        const std::uint64_t size = file->size();
        if (size > kMaximumSize)
            co_return failure("cannot open " + file->name() + " as an ISO image: it is too large");
        co_return std::unique_ptr<DiskImage>(
            std::make_unique<IsoImage>(std::move(file), (size + kSector - 1) / kSector * kSector));
    }

    Task<Result<CheckReport>> check(StorageFile& file, CheckMode, Job&) const override {
        CheckReport report;
        if (file.size() % kSector != 0)
            report.add({.severity = CheckFinding::Severity::Warning,
                        .field = "file size",
                        .offset = file.size(),
                        .text = "not a multiple of 2048 bytes: the file may be cut off",
                        .repaired = false});
        co_return report;
    }
};

}  // namespace

const ImageDriver& isoDriver() {
    static const IsoDriver driver;
    return driver;
}

}  // namespace devices::storage
