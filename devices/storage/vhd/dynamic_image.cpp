// SPDX-License-Identifier: GPL-3.0-or-later
#include "dynamic_image.h"

#include <fmt/format.h>

#include <algorithm>

#include "devices/storage/parallel_parts.h"
#include "devices/storage/scatter.h"

namespace devices::storage::vhd {

using hypervisor::failure;
using hypervisor::Result;

namespace {

// So that data lies on pages of the host's file system.
constexpr std::uint64_t kDataAlignment = 4096;
// Blocks that wait for a flush before one is begun without being asked for.
constexpr std::size_t kMaximumDirty = 256;

}  // namespace

Task<Result<std::unique_ptr<DiskImage>>> DynamicImage::open(std::unique_ptr<StorageFile> file,
                                                            const ImageOpenOptions& options) {
    auto layout = co_await readDynamicLayout(*file);
    if (!layout)
        co_return std::unexpected(layout.error());
    std::unique_ptr<DynamicImage> image(new DynamicImage(std::move(file), std::move(*layout)));
    if (image->differencing() && options.openParent) {
        auto opened = co_await image->openParent(options);
        if (!opened)
            co_return std::unexpected(opened.error());
    }
    auto restored = co_await image->restoreEnd();
    if (!restored)
        co_return std::unexpected(restored.error());
    co_return std::unique_ptr<DiskImage>(std::move(image));
}

Task<Result<void>> DynamicImage::openParent(const ImageOpenOptions& options) {
    const ParentReference reference{text(layout_.header.parentIdentifier), layout_.parentPaths};
    auto opened = co_await options.openParent(reference);
    if (!opened)
        co_return std::unexpected(opened.error());
    parent_ = std::move(*opened);
    const auto stamp = parentIdentity(*parent_);
    if (!stamp)
        co_return failure("cannot open " + file_->name() + ": " + stamp.error().message);
    if (parent_->size() > size())
        co_return failure(fmt::format(
            "cannot open {}: it holds {} bytes, less than its parent {} with {}: one of the two "
            "was replaced",
            file_->name(), size(), parent_->file().name(), parent_->size()));
    if (options.parentIdentity == ParentIdentity::Ignore)
        co_return Result<void>();
    if (stamp->identifier != layout_.header.parentIdentifier)
        co_return failure(fmt::format(
            "cannot open {}: it was made on the disk {}, and {} is {}; name the right parent with "
            "'vireo disk reconnect'",
            file_->name(), reference.identifier, parent_->file().name(), text(stamp->identifier)));
    // Others give the time when the parent's file was changed, which a copy does not keep.
    if (madeByVireo(layout_.footers.footer) && layout_.header.parentTimestamp != kAnyTimestamp &&
        stamp->timestamp != layout_.header.parentTimestamp)
        co_return failure(fmt::format(
            "cannot open {}: its parent {} has been written since the child was made, so their "
            "data no longer fits together; restore the parent, or accept it as it is with 'vireo "
            "disk reconnect'",
            file_->name(), parent_->file().name()));
    co_return Result<void>();
}

// What a power cut or another program left behind the blocks, and a lost footer.
Task<Result<void>> DynamicImage::restoreEnd() {
    const Footers& footers = layout_.footers;
    footerAt_ = layout_.end;
    if (!footers.beginningSound)
        remarks_.push_back("the footer copy at offset 0 is damaged");
    if (!footers.endSound)
        remarks_.push_back("the footer at the end is damaged or missing");
    const bool footerLost = !footers.beginningSound || !footers.endSound;
    const bool footerMoved = footers.endOffset != layout_.end || footers.different;
    if (readOnly() || (!footerLost && !footerMoved))
        co_return Result<void>();
    IoStatus status = co_await writeEnd(layout_.end);
    if (status.ok() && !footers.beginningSound) {
        const auto bytes = footers.footer.bytes();
        status = co_await writeFile(*file_, 0, bytes);
        if (status.ok())
            status = co_await flushFile(*file_);
    }
    if (!status.ok())
        co_return failure("cannot restore the footer of " + file_->name() + ": " + status.text());
    if (footerLost)
        remarks_.push_back("it was restored from the other one");
    layout_.footers.beginningSound = true;
    layout_.footers.endSound = true;
    co_return Result<void>();
}

ImageDescription DynamicImage::describe() const {
    ImageDescription description = describeFooter(layout_.footers.footer, *file_);
    description.blockSize = blockSize();
    description.blocks = layout_.table.size();
    description.blocksAllocated = static_cast<std::uint64_t>(
        std::ranges::count_if(layout_.table, [](auto entry) { return entry != kUnused; }));
    if (differencing())
        description.parent = {text(layout_.header.parentIdentifier), layout_.parentPaths};
    description.remarks = remarks_;
    return description;
}

DynamicImage::Piece DynamicImage::pieceAt(const DiskRequest& request, std::uint64_t at) const {
    const std::uint64_t offset = request.offset + at;
    const std::uint64_t inBlock = offset % blockSize();
    return {static_cast<std::uint32_t>(offset / blockSize()), static_cast<std::uint32_t>(inBlock),
            static_cast<std::uint32_t>(std::min(request.length - at, blockSize() - inBlock)), at};
}

bool DynamicImage::passes(const DiskRequest& request) const {
    const std::uint64_t block = request.offset / blockSize();
    return full_[static_cast<std::size_t>(block)] &&
           (request.offset + request.length - 1) / blockSize() == block;
}

void DynamicImage::pass(DiskRequest& request) {
    FileRequest& carried = request.carried;
    carried.operation =
        request.operation == DiskOperation::Read ? FileOperation::Read : FileOperation::Write;
    carried.forceUnitAccess = false;
    carried.offset = dataOffset(pieceAt(request, 0));
    carried.length = request.length;
    carried.buffers = request.buffers;
    carried.context = &request;
    carried.completed = [](FileRequest& ended, IoStatus status) {
        completeFromLoop(*static_cast<DiskRequest*>(ended.context), status);
    };
    file_->submit(carried);
}

void DynamicImage::start(DiskRequest& request) {
    switch (request.operation) {
        case DiskOperation::Read:
            if (passes(request))
                pass(request);
            else
                spawn(read(request));
            return;
        case DiskOperation::Write:
            changed_ = true;
            if (!request.forceUnitAccess && passes(request))
                pass(request);
            else
                spawn(write(request));
            return;
        case DiskOperation::Zero:
        case DiskOperation::Unmap:
            changed_ = true;
            spawn(write(request));
            return;
        case DiskOperation::Flush:
            spawn(answerFlush(request));
            return;
        case DiskOperation::WriteSame:
            complete(request, {EINVAL});
    }
}

Task<void> DynamicImage::answerFlush(DiskRequest& request) {
    const IoStatus status = co_await flush();
    complete(request, status);
}

Task<void> DynamicImage::read(DiskRequest& request) {
    const IoStatus status = co_await performPieces(request);
    complete(request, status);
}

Task<IoStatus> DynamicImage::performPieces(const DiskRequest& request) {
    return performInParts(
        request.length, [this, &request](std::uint64_t offset) { return pieceAt(request, offset); },
        [this, &request](const Piece& piece) { return performPiece(request, piece); });
}

Task<IoStatus> DynamicImage::performPiece(const DiskRequest& request, Piece piece) {
    switch (request.operation) {
        case DiskOperation::Read:
            return readPiece(request, piece);
        case DiskOperation::Write:
            return writePiece(request, piece);
        case DiskOperation::Zero:
            return zeroPiece(piece, request.mayUnmap);
        default:
            return unmapPiece(piece);
    }
}

Task<IoStatus> DynamicImage::readPiece(const DiskRequest& request, Piece piece) {
    if (layout_.table[piece.block] == kUnused)
        co_return co_await readBelow(request, piece.at, piece.length);
    std::shared_ptr<BlockBitmap> bitmap;
    IoStatus status = co_await bitmapOf(piece.block, bitmap);
    const std::uint32_t last = (piece.offset + piece.length) / kSector;
    while (piece.length > 0 && status.ok()) {
        const std::uint32_t first = piece.offset / kSector;
        const std::uint32_t count = bitmap ? bitmap->run(first, last) : last - first;
        const std::uint32_t length = count * kSector;
        if (!bitmap || bitmap->has(first)) {
            const auto buffers = slice(request.buffers, piece.at, length);
            status = co_await readFile(*file_, dataOffset(piece), length, buffers);
        } else {
            status = co_await readBelow(request, piece.at, length);
        }
        piece.at += length;
        piece.offset += length;
        piece.length -= length;
    }
    co_return status;
}

// From the parent, or zeroes.
Task<IoStatus> DynamicImage::readBelow(const DiskRequest& request, std::uint64_t at,
                                       std::uint64_t length) {
    const std::uint64_t offset = request.offset + at;
    std::uint64_t inParent = 0;
    if (differencing()) {
        if (!parent_)
            co_return IoStatus{EBADMSG};
        inParent = offset < parent_->size() ? std::min(length, parent_->size() - offset) : 0;
    }
    if (inParent > 0) {
        const auto buffers = slice(request.buffers, at, inParent);
        const IoStatus status = co_await readDisk(*parent_, offset, inParent, buffers);
        if (!status.ok())
            co_return status;
    }
    zeroFill(request.buffers, at + inParent, length - inParent);
    co_return IoStatus{};
}

Task<IoStatus> DynamicImage::bitmapOf(std::uint32_t block, std::shared_ptr<BlockBitmap>& bitmap) {
    bitmap = bitmaps_.find(block);
    if (bitmap || full_[block])
        co_return IoStatus{};
    auto loaded = std::make_shared<BlockBitmap>();
    loaded->bytes.resize(layout_.header.bitmapLength());
    const IoStatus status = co_await readFile(*file_, slotOffset(block), loaded->bytes);
    if (!status.ok())
        co_return status;
    if (full_[block]) {
        bitmap = nullptr;
    } else if (!bitmaps_.find(block) && loaded->full(blockSize() / kSector)) {
        full_[block] = true;
        bitmap = nullptr;
    } else {
        bitmap = bitmaps_.insert(block, std::move(loaded));
    }
    co_return IoStatus{};
}

Task<void> DynamicImage::write(DiskRequest& request) {
    IoStatus status = co_await performPieces(request);
    if (status.ok() && request.forceUnitAccess && request.operation != DiskOperation::Unmap)
        status = co_await flush();
    if (dirty_.size() > kMaximumDirty && !flushingBehind_)
        spawn(flushBehind());
    complete(request, status);
}

Task<IoStatus> DynamicImage::writePiece(const DiskRequest& request, Piece piece) {
    IoStatus status = allocate(piece.block);
    std::shared_ptr<BlockBitmap> bitmap;
    if (status.ok())
        status = co_await bitmapOf(piece.block, bitmap);
    if (!status.ok())
        co_return status;
    const auto buffers = slice(request.buffers, piece.at, piece.length);
    status = co_await writeFile(*file_, dataOffset(piece), piece.length, buffers);
    if (status.ok() && bitmap)
        mark(piece.block, *bitmap, piece);
    co_return status;
}

Task<IoStatus> DynamicImage::zeroPiece(Piece piece, bool mayPunch) {
    if (layout_.table[piece.block] == kUnused && !differencing())
        co_return IoStatus{};
    IoStatus status = allocate(piece.block);
    std::shared_ptr<BlockBitmap> bitmap;
    if (status.ok())
        status = co_await bitmapOf(piece.block, bitmap);
    if (!status.ok())
        co_return status;
    if (!bitmap && mayPunch)
        status = co_await punchFile(*file_, dataOffset(piece), piece.length);
    else
        status = co_await zeroFile(*file_, dataOffset(piece), piece.length);
    if (status.ok() && bitmap)
        mark(piece.block, *bitmap, piece);
    co_return status;
}

// Only in blocks that are wholly there: elsewhere, giving back room would cost some.
Task<IoStatus> DynamicImage::unmapPiece(Piece piece) {
    if (!full_[piece.block])
        co_return IoStatus{};
    co_return co_await punchFile(*file_, dataOffset(piece), piece.length);
}

// The first place for a slot from `offset` on.
std::uint64_t DynamicImage::alignedSlot(std::uint64_t offset) const {
    const std::uint64_t bitmapLength = layout_.header.bitmapLength();
    return (offset + bitmapLength + kDataAlignment - 1) / kDataAlignment * kDataAlignment -
           bitmapLength;
}

IoStatus DynamicImage::allocate(std::uint32_t block) {
    if (layout_.table[block] != kUnused)
        return {};
    const std::uint64_t slot = alignedSlot(layout_.end);
    const std::uint64_t entry = slot / kSector;
    if (entry >= kUnused)
        return {EFBIG};
    auto bitmap = std::make_shared<BlockBitmap>();
    bitmap->bytes.resize(layout_.header.bitmapLength());
    bitmap->fresh = true;
    bitmap->dirty = true;
    bitmaps_.insert(block, std::move(bitmap));
    dirty_.push_back(block);
    layout_.table[block] = static_cast<std::uint32_t>(entry);
    layout_.end = slot + layout_.header.slotLength();
    return {};
}

void DynamicImage::mark(std::uint32_t block, BlockBitmap& bitmap, const Piece& piece) {
    if (!bitmap.set(piece.offset / kSector, piece.length / kSector) || bitmap.dirty)
        return;
    bitmap.dirty = true;
    dirty_.push_back(block);
}

Task<Result<Extent>> DynamicImage::extentAt(std::uint64_t offset, std::uint64_t limit) {
    const auto absent = differencing() ? Extent::Content::Parent : Extent::Content::Zero;
    limit = std::min(limit, size() - offset);
    auto block = static_cast<std::uint32_t>(offset / blockSize());
    std::uint64_t length = 0;
    while (length < limit && layout_.table[block] == kUnused) {
        length = (std::uint64_t{block} + 1) * blockSize() - offset;
        ++block;
    }
    if (length > 0)
        co_return Extent{std::min(length, limit), absent};
    std::shared_ptr<BlockBitmap> bitmap;
    const IoStatus status = co_await bitmapOf(block, bitmap);
    if (!status.ok())
        co_return failure(
            fmt::format("cannot read the sector bitmap of block {} of {} at offset "
                        "{}: {}",
                        block, file_->name(), slotOffset(block), status.text()));
    const auto inBlock = static_cast<std::uint32_t>(offset % blockSize());
    const auto last =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(blockSize(), inBlock + limit) / kSector);
    const std::uint32_t first = inBlock / kSector;
    if (!bitmap)
        co_return Extent{std::uint64_t{last - first} * kSector, Extent::Content::Data};
    co_return Extent{std::uint64_t{bitmap->run(first, last)} * kSector,
                     bitmap->has(first) ? Extent::Content::Data : absent};
}

Task<Result<void>> DynamicImage::close() {
    if (readOnly())
        co_return Result<void>();
    const IoStatus status = co_await flush();
    if (!status.ok())
        co_return failure("cannot bring " + file_->name() + " to stable storage: " + status.text());
    co_return Result<void>();
}

}  // namespace devices::storage::vhd
