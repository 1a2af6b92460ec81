// SPDX-License-Identifier: GPL-3.0-or-later
#include "fixed_image.h"

#include <fmt/format.h>

#include "devices/storage/allocation.h"

namespace devices::storage::vhd {

using hypervisor::failure;
using hypervisor::Result;

Result<ParentStamp> parentIdentity(const DiskImage& parent) {
    const auto* const image = dynamic_cast<const VhdImage*>(&parent);
    if (image == nullptr)
        return failure("the parent " + parent.file().name() +
                       " is not a VHD; parent and child have the same format");
    return image->stamp();
}

ImageDescription describeFooter(const Footer& footer, const StorageFile& file) {
    ImageDescription description;
    description.format = ImageFormat::Vhd;
    switch (footer.type) {
        case DiskType::Fixed:
            description.kind = ImageKind::Fixed;
            break;
        case DiskType::Dynamic:
            description.kind = ImageKind::Dynamic;
            break;
        case DiskType::Differencing:
            description.kind = ImageKind::Differencing;
    }
    description.size = footer.currentSize;
    description.fileSize = file.size();
    description.fileAllocated = file.allocated();
    description.identifier = text(footer.identifier);
    description.creator =
        madeByVireo(footer) ? "vireo" : std::string(footer.creator.data(), footer.creator.size());
    return description;
}

Task<Result<std::unique_ptr<DiskImage>>> FixedImage::open(std::unique_ptr<StorageFile> file,
                                                          Footers footers) {
    if (footers.footer.currentSize > footers.endOffset)
        co_return failure(
            fmt::format("cannot open {} as a VHD: its footer tells {} bytes of data, but the file "
                        "has {} before "
                        "the footer: it is cut off; restore it from a backup",
                        file->name(), footers.footer.currentSize, footers.endOffset));
    std::unique_ptr<FixedImage> image(new FixedImage(std::move(file), footers.footer));
    // Growing it was interrupted.
    if (!image->readOnly() && footers.endOffset != image->size() && madeByVireo(footers.footer)) {
        const IoStatus status = co_await image->restoreEnd();
        if (!status.ok())
            co_return failure("cannot restore the footer of " + image->file().name() + ": " +
                              status.text());
    }
    co_return std::unique_ptr<DiskImage>(std::move(image));
}

ImageDescription FixedImage::describe() const {
    return describeFooter(footer_, file());
}

void FixedImage::start(DiskRequest& request) {
    if (request.operation == DiskOperation::Flush && written_ && !renewed_) {
        spawn(renewAndFlush(request));
        return;
    }
    if (request.operation != DiskOperation::Read && request.operation != DiskOperation::Flush)
        written_ = true;
    FlatImage::start(request);
}

Task<void> FixedImage::renewAndFlush(DiskRequest& request) {
    renewed_ = true;
    renewTimestamp(footer_);
    const auto bytes = footer_.bytes();
    IoStatus status = co_await writeFile(file(), size(), bytes);
    if (status.ok())
        status = co_await flushFile(file());
    renewed_ = status.ok();
    complete(request, status);
}

Task<Result<void>> FixedImage::resize(std::uint64_t newSize, Job& job) {
    const std::uint64_t oldSize = size();
    if (newSize % kSector != 0 || newSize > kMaximumSize || newSize < oldSize)
        co_return failure(
            fmt::format("cannot resize {} to {} bytes: a VHD can only grow, to a "
                        "multiple of 512 bytes up to 2040 GB",
                        file().name(), newSize));
    if (newSize == oldSize)
        co_return Result<void>();
    // At any moment the file ends in a footer, and what it calls the disk is right: first the old
    // size at the new place, and the new one when what lies between is there and zero.
    auto bytes = footer_.bytes();
    IoStatus status = co_await writeFile(file(), newSize, bytes);
    if (status.ok())
        status = co_await flushFile(file());
    if (status.ok())
        status = co_await allocateWithProgress(file(), {oldSize, newSize - oldSize}, job);
    if (status.ok())
        status = co_await zeroFile(file(), oldSize, kSector);
    if (status.ok())
        status = co_await flushFile(file());
    const Footer oldFooter = footer_;
    vhd::setSize(footer_, newSize);
    renewTimestamp(footer_);
    bytes = footer_.bytes();
    if (status.ok())
        status = co_await writeFile(file(), newSize, bytes);
    if (status.ok())
        status = co_await flushFile(file());
    if (!status.ok()) {
        footer_ = oldFooter;
        const IoStatus restored = co_await restoreEnd();
        co_return failure(
            "cannot resize " + file().name() + ": " + status.text() +
            (restored.ok() ? "" : "; and its old size cannot be restored: " + restored.text()));
    }
    FlatImage::setSize(newSize);
    co_return Result<void>();
}

// The footer behind the disk, and nothing behind the footer.
Task<IoStatus> FixedImage::restoreEnd() {
    const auto bytes = footer_.bytes();
    IoStatus status = co_await writeFile(file(), size(), bytes);
    if (status.ok())
        status = co_await flushFile(file());
    if (status.ok())
        status = co_await resizeFile(file(), size() + Footer::kLength);
    if (status.ok())
        status = co_await flushFile(file());
    co_return status;
}

Task<Result<void>> FixedImage::close() {
    if (readOnly())
        co_return Result<void>();
    const IoStatus status = co_await flushDisk(*this);
    if (!status.ok())
        co_return failure("cannot bring " + file().name() + " to stable storage: " + status.text());
    co_return Result<void>();
}

}  // namespace devices::storage::vhd
