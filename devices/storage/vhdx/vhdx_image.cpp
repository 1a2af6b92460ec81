// SPDX-License-Identifier: GPL-3.0-or-later
#include "vhdx_image.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>

#include "devices/storage/parallel_parts.h"
#include "log_replay.h"

namespace devices::storage::vhdx {

using hypervisor::Error;
using hypervisor::Result;

namespace {

constexpr std::size_t kMaximumChain = 32;

Result<void> checkParent(const StorageFile& file, const DiskParameters& parameters,
                         const DiskImage& parent, ParentIdentity identity) {
    const auto refuse = [&](const std::string& message) -> Result<void> {
        return std::unexpected(errorAbout(file, message));
    };
    if (parent.describe().format != ImageFormat::Vhdx)
        return refuse(fmt::format("its parent {} is no VHDX file", parent.file().name()));
    if (parent.logicalSectorSize() != parameters.logicalSectorSize)
        return refuse(fmt::format(
            "its logical sectors have {} bytes and those of its parent {} have {}: this is not the "
            "parent it was made on",
            parameters.logicalSectorSize, parent.file().name(), parent.logicalSectorSize()));
    const auto guid = Guid::fromText(parent.describe().contentIdentifier);
    if (identity == ParentIdentity::MustMatch && (!guid || !parameters.parent->accepts(*guid)))
        return refuse(fmt::format(
            "its parent {} was written to after this disk was made on it (its content is now {}, "
            "expected is {}), so the two no longer fit together; use the unchanged parent from a "
            "copy, or, if only the file was touched and not the disk in it, reconnect this disk to "
            "it",
            parent.file().name(), parent.describe().contentIdentifier,
            parameters.parent->linkage.text()));
    std::size_t chain = 2;
    for (const DiskImage* image = parent.parent(); image != nullptr; image = image->parent())
        ++chain;
    if (chain > kMaximumChain)
        return refuse(fmt::format("the chain of parents has {} disks, more than {}; merge some",
                                  chain, kMaximumChain));
    return {};
}

}  // namespace

ParentReference referenceOf(const ParentLocator& locator) {
    ParentReference reference{locator.linkage.text(), {}};
    const auto add = [&](ParentPath::Kind kind, const std::string& path) {
        if (!path.empty())
            reference.paths.push_back({kind, path});
    };
    add(ParentPath::Kind::Relative, locator.relativePath);
    add(ParentPath::Kind::Volume, locator.volumePath);
    add(ParentPath::Kind::Absolute, locator.absolutePath);
    return reference;
}

Task<Result<std::unique_ptr<DiskImage>>> VhdxImage::open(std::unique_ptr<StorageFile> file,
                                                         const ImageOpenOptions& options) {
    std::vector<std::string> remarks;
    const auto headers = co_await readHeaders(*file);
    if (!headers)
        co_return std::unexpected(headers.error());
    if (!headers->current.logGuid.isZero()) {
        if (file->readOnly()) {
            auto overlay = co_await overlayLog(std::move(file), *headers);
            if (!overlay)
                co_return std::unexpected(overlay.error());
            file = std::move(*overlay);
            remarks.emplace_back(
                "it was not closed cleanly; its log is replayed in memory for reading");
        } else {
            const auto replayed = co_await replayLog(*file, *headers);
            if (!replayed)
                co_return std::unexpected(replayed.error());
            remarks.emplace_back("it was not closed cleanly; its log has been replayed");
        }
    }
    auto layout = co_await readLayout(*file);
    if (!layout)
        co_return std::unexpected(layout.error());
    auto scan = co_await scanBat(*file, *layout, {});
    if (!scan)
        co_return std::unexpected(scan.error());
    if (scan->fault) {
        const std::string text =
            fmt::format("BAT entry {} is damaged: {}", scan->fault->index, scan->fault->text);
        if (!file->readOnly())
            co_return std::unexpected(
                errorAbout(*file, text + "; it can be opened for reading to save what is right"));
        remarks.push_back(text);
    }
    for (const auto& fault : layout->headers.faults)
        if (fault)
            remarks.push_back("one of the two headers is damaged: " + *fault);
    for (const auto& fault : layout->regions.faults)
        if (fault)
            remarks.push_back("one of the two region tables is damaged: " + *fault);

    std::unique_ptr<DiskImage> parent;
    if (layout->parameters.parent && options.openParent) {
        auto opened = co_await options.openParent(referenceOf(*layout->parameters.parent));
        if (!opened)
            co_return std::unexpected(opened.error());
        parent = std::move(*opened);
        const auto checked =
            checkParent(*file, layout->parameters, *parent, options.parentIdentity);
        if (!checked)
            co_return std::unexpected(checked.error());
    }
    std::unique_ptr<VhdxImage> image(
        new VhdxImage(std::move(file), std::move(*layout), std::move(*scan)));
    image->parent_ = std::move(parent);
    image->remarks_ = std::move(remarks);
    co_return std::unique_ptr<DiskImage>(std::move(image));
}

VhdxImage::VhdxImage(std::unique_ptr<StorageFile> file, FileLayout layout, BatScan scan)
    : file_(std::move(file)),
      parameters_(std::move(layout.parameters)),
      table_(parameters_),
      bat_(layout.regions.bat),
      metadata_(layout.regions.metadata),
      items_(std::move(layout.items)),
      creator_(std::move(layout.creator)),
      presentBlocks_(scan.presentBlocks),
      space_(std::move(scan.used), file_->size()),
      journal_(*file_, layout.headers, space_) {
    for (const auto& [offset, content] : scan.sectors)
        journal_.insert(offset, content);
}

ImageDescription VhdxImage::describe() const {
    ImageDescription description;
    description.format = ImageFormat::Vhdx;
    description.kind = parameters_.parent                 ? ImageKind::Differencing
                       : parameters_.leaveBlocksAllocated ? ImageKind::Fixed
                                                          : ImageKind::Dynamic;
    description.size = parameters_.size;
    description.fileSize = file_->size();
    description.fileAllocated = file_->allocated();
    description.blockSize = parameters_.blockSize;
    description.blocks = table_.payloadBlocks();
    description.blocksAllocated = presentBlocks_;
    description.logicalSectorSize = parameters_.logicalSectorSize;
    description.physicalSectorSize = parameters_.physicalSectorSize;
    description.identifier = parameters_.diskId.text();
    description.contentIdentifier = dataWriteGuid().text();
    description.creator = creator_;
    if (parameters_.parent)
        description.parent = referenceOf(*parameters_.parent);
    description.remarks = remarks_;
    return description;
}

Error VhdxImage::failed(const std::string& what, IoStatus status) const {
    return errorAbout(*file_, fmt::format("can't {}: {}", what, status.text()));
}

void VhdxImage::start(DiskRequest& request) {
    switch (request.operation) {
        case DiskOperation::Read:
            if (const auto offset = directOffset(request))
                return forward(request, *offset);
            break;
        case DiskOperation::Write:
            if (journal_.begun(Visibility::Disk) && (!request.forceUnitAccess || journal_.clean()))
                if (const auto offset = directOffset(request))
                    return forward(request, *offset);
            break;
        case DiskOperation::Flush:
            // What a power cut must not lose is data alone.
            if (journal_.clean())
                return forward(request, 0);
            break;
        default:
            break;
    }
    spawn(serve(request));
}

std::optional<std::uint64_t> VhdxImage::directOffset(const DiskRequest& request) {
    std::uint64_t block = table_.blockOf(request.offset);
    const std::uint64_t within = table_.offsetInBlock(request.offset);
    const auto first = findEntry(table_.payloadIndex(block));
    if (!first || !first->isPresent() || !isSound(*first, table_.blockSize()))
        return std::nullopt;
    if (first->state() == BlockState::kPartiallyPresent) {
        if (request.length > table_.blockSize() - within)
            return std::nullopt;
        const auto bitmap = findEntry(table_.bitmapIndex(table_.chunkOf(block)));
        if (!bitmap || bitmap->state() != BlockState::kFullyPresent ||
            !isSound(*bitmap, kBitmapBlockSize) ||
            presence(bitmap->fileOffset(), table_.bitmapBit(request.offset),
                     request.length >> table_.sectorShift()) != Presence::All)
            return std::nullopt;
        return first->fileOffset() + within;
    }
    std::uint64_t expected = first->fileOffset();
    for (std::uint64_t covered = table_.blockSize() - within; covered < request.length;
         covered += table_.blockSize()) {
        expected += table_.blockSize();
        const auto next = findEntry(table_.payloadIndex(++block));
        if (!next || *next != BatEntry::of(BlockState::kFullyPresent, expected) ||
            !isSound(*next, table_.blockSize()))
            return std::nullopt;
    }
    return first->fileOffset() + within;
}

void VhdxImage::forward(DiskRequest& request, std::uint64_t fileOffset) {
    FileRequest& carried = request.carried;
    carried.operation = request.operation == DiskOperation::Read    ? FileOperation::Read
                        : request.operation == DiskOperation::Write ? FileOperation::Write
                                                                    : FileOperation::Flush;
    carried.forceUnitAccess = request.operation == DiskOperation::Write && request.forceUnitAccess;
    carried.offset = fileOffset;
    carried.length = request.length;
    carried.buffers = request.buffers;
    carried.context = &request;
    carried.completed = epoch_ == 0 ? &forwarded<0> : &forwarded<1>;
    ++inFlight_[epoch_];
    file_->submit(carried);
}

template <unsigned kEpoch>
void VhdxImage::forwarded(FileRequest& carried, IoStatus status) {
    auto& request = *static_cast<DiskRequest*>(carried.context);
    --static_cast<VhdxImage&>(*request.disk).inFlight_[kEpoch];
    request.completed(request, status);
}

Task<void> VhdxImage::serve(DiskRequest& request) {
    IoStatus status;
    if (request.operation == DiskOperation::Flush) {
        // Not counted: it reaches no block.
        status = co_await commit();
    } else {
        const unsigned epoch = epoch_;
        ++inFlight_[epoch];
        status = co_await perform(request);
        --inFlight_[epoch];
        if (status.ok() && request.forceUnitAccess && request.operation != DiskOperation::Read)
            status = co_await commit();
    }
    complete(request, status);
}

Task<IoStatus> VhdxImage::perform(const DiskRequest& request) {
    if (request.operation != DiskOperation::Read && !journal_.begun(Visibility::Disk)) {
        const IoStatus status = co_await journal_.begin(Visibility::Disk);
        if (!status.ok())
            co_return status;
    }
    co_return co_await performInParts(
        request.length,
        [&](std::uint64_t begun) {
            return partAt(request.offset + begun, request.length - begun, begun);
        },
        [&](const Part& part) { return performPart(request, part); });
}

Task<IoStatus> VhdxImage::performPart(const DiskRequest& request, Part part) {
    switch (request.operation) {
        case DiskOperation::Read:
            return readPart(request, part);
        case DiskOperation::Write:
            return writePart(request, part);
        case DiskOperation::Zero:
            return zeroPart(request, part);
        default:
            return unmapPart(part);
    }
}

VhdxImage::Part VhdxImage::partAt(std::uint64_t offset, std::uint64_t length,
                                  std::uint64_t offsetInRequest) const {
    const std::uint64_t block = table_.blockOf(offset);
    const std::uint64_t within = table_.offsetInBlock(offset);
    const std::uint64_t ofDisk =
        std::min(table_.blockSize(), parameters_.size - block * table_.blockSize());
    const std::uint64_t count = std::min(length, ofDisk - within);
    return {block, within, count, offsetInRequest, count == ofDisk};
}

Task<IoStatus> VhdxImage::commit() {
    const IoStatus status = co_await journal_.commit();
    if (status.ok())
        co_await reclaim();
    co_return status;
}

Task<void> VhdxImage::reclaim() {
    for (;;) {
        if (draining_.empty()) {
            if (!space_.hasDurable())
                co_return;
            draining_ = space_.takeDurable();
            epoch_ ^= 1;
        }
        if (inFlight_[epoch_ ^ 1] != 0)
            co_return;
        for (const Region& region : std::exchange(draining_, {})) {
            // Where the host can't give room back, the stretch is reused all the same.
            static_cast<void>(co_await punchFile(*file_, region.offset, region.length));
            space_.release(region);
        }
    }
}

std::optional<BatEntry> VhdxImage::findEntry(std::uint64_t index) {
    const MetadataSector* sector = journal_.find(sectorOfEntry(index));
    if (sector == nullptr)
        return std::nullopt;
    return BatEntry{load<std::uint64_t>(
        *sector, static_cast<std::size_t>(index * kBatEntrySize % kMetadataSector))};
}

Task<std::expected<BatEntry, IoStatus>> VhdxImage::entry(std::uint64_t index) {
    const IoStatus status = co_await journal_.load(sectorOfEntry(index));
    if (!status.ok())
        co_return std::unexpected(status);
    co_return *findEntry(index);
}

void VhdxImage::setEntry(std::uint64_t index, BatEntry entry, ChangeOrder order) {
    const std::uint64_t sector = sectorOfEntry(index);
    store(entry.raw, *journal_.find(sector),
          static_cast<std::size_t>(index * kBatEntrySize % kMetadataSector));
    journal_.changed(sector, order);
}

bool VhdxImage::isSound(BatEntry entry, std::uint64_t length) const {
    return entry.fileOffset() >= kHeaderSectionSize && entry.fileOffset() <= file_->size() &&
           length <= file_->size() - entry.fileOffset();
}

Task<IoStatus> VhdxImage::makeRoom() {
    while (journal_.full()) {
        const IoStatus status = co_await commit();
        if (!status.ok())
            co_return status;
    }
    co_return IoStatus{};
}

Task<IoStatus> VhdxImage::readyToChange(std::uint64_t fileOffset) {
    // Loading may take a while, in which others use up the room.
    while (journal_.full() || journal_.find(fileOffset) == nullptr) {
        IoStatus status = co_await makeRoom();
        if (status.ok())
            status = co_await journal_.load(fileOffset);
        if (!status.ok())
            co_return status;
    }
    co_return IoStatus{};
}

Task<IoStatus> VhdxImage::trimFile() {
    space_.trimEnd();
    if (parameters_.leaveBlocksAllocated || file_->size() <= space_.end())
        co_return IoStatus{};
    co_return co_await resizeFile(*file_, space_.end());
}

Task<Result<void>> VhdxImage::close() {
    if (parent_) {
        auto closed = co_await parent_->close();
        if (!closed)
            co_return closed;
    }
    if (!journal_.begun(Visibility::FileOnly))
        co_return Result<void>{};
    IoStatus status = co_await journal_.quiesce();
    if (status.ok()) {
        co_await reclaim();
        // The log is empty, so it can't miss what is cut off.
        status = co_await trimFile();
    }
    if (status.ok())
        status = co_await flushFile(*file_);
    if (!status.ok())
        co_return std::unexpected(failed("close it cleanly", status));
    co_return Result<void>{};
}

}  // namespace devices::storage::vhdx
