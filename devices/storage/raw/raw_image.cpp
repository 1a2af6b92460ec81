// SPDX-License-Identifier: GPL-3.0-or-later
#include "raw_image.h"

#include "devices/storage/allocation.h"
#include "devices/storage/flat_image.h"

namespace devices::storage {

using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr std::uint32_t kSector = 512;
// The largest that the host's file offsets and our arithmetic leave room for.
constexpr std::uint64_t kMaximumSize = std::uint64_t{1} << 60;

std::uint64_t toSector(std::uint64_t size) {
    return (size + kSector - 1) / kSector * kSector;
}

class RawImage final : public FlatImage {
  public:
    explicit RawImage(std::unique_ptr<StorageFile> opened, std::uint64_t size)
        : FlatImage(std::move(opened), size, kSector, Room::GivenBack) {}

    ImageDescription describe() const override {
        ImageDescription description;
        description.format = ImageFormat::Raw;
        description.size = size();
        description.fileSize = file().size();
        description.fileAllocated = file().allocated();
        description.kind = description.fileAllocated >= description.fileSize ? ImageKind::Fixed
                                                                             : ImageKind::Dynamic;
        return description;
    }

    Task<Result<void>> resize(std::uint64_t newSize, Job&) override {
        if (newSize % kSector != 0 || newSize > kMaximumSize || newSize < size())
            co_return failure("cannot resize " + file().name() + " to " + std::to_string(newSize) +
                              " bytes: the size must be a multiple of 512 and not below that of "
                              "the disk now, " +
                              std::to_string(size()));
        const IoStatus status = co_await resizeFile(file(), newSize);
        if (!status.ok())
            co_return failure("cannot resize " + file().name() + ": " + status.text());
        setSize(newSize);
        co_return co_await close();
    }
};

class RawDriver final : public ImageDriver {
  public:
    ImageFormat format() const override { return ImageFormat::Raw; }

    Task<Result<bool>> recognizes(StorageFile&) const override { co_return false; }

    Task<Result<void>> create(StorageFile& file, const ImageCreateOptions& options,
                              Job& job) const override {
        if (options.kind == ImageKind::Differencing)
            co_return failure("cannot create " + file.name() +
                              ": raw disks have no parent; use VHDX");
        if (options.size == 0 || options.size % kSector != 0 || options.size > kMaximumSize)
            co_return failure("cannot create " + file.name() + " with " +
                              std::to_string(options.size) +
                              " bytes: the size must be a multiple of 512, above 0");
        IoStatus status = co_await resizeFile(file, options.size);
        if (status.ok() && options.kind == ImageKind::Fixed)
            status = co_await allocateWithProgress(file, {0, options.size}, job);
        if (status.ok())
            status = co_await flushFile(file);
        if (!status.ok())
            co_return failure("cannot create " + file.name() + ": " + status.text());
        co_return Result<void>();
    }

    Task<Result<std::unique_ptr<DiskImage>>> open(std::unique_ptr<StorageFile> file,
                                                  const ImageOpenOptions&) const override {
        const std::uint64_t size = file->size();
        if (size == 0)
            co_return failure("cannot open " + file->name() + " as a raw disk: it is empty");
        if (size > kMaximumSize)
            co_return failure("cannot open " + file->name() + " as a raw disk: it is too large");
        co_return std::unique_ptr<DiskImage>(
            std::make_unique<RawImage>(std::move(file), toSector(size)));
    }

    Task<Result<CheckReport>> check(StorageFile& file, CheckMode, Job&) const override {
        CheckReport report;
        if (file.size() % kSector != 0)
            report.add(
                {.severity = CheckFinding::Severity::Warning,
                 .field = "file size",
                 .offset = file.size(),
                 .text = "not a multiple of 512 bytes; the last sector is filled with zeroes",
                 .repaired = false});
        co_return report;
    }
};

}  // namespace

const ImageDriver& rawDriver() {
    static const RawDriver driver;
    return driver;
}

}  // namespace devices::storage
