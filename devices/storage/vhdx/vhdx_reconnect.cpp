// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/core.h>

#include <algorithm>

#include "file_creation.h"
#include "vhdx_image.h"

namespace devices::storage::vhdx {

using hypervisor::Result;

Task<Result<void>> VhdxImage::writeLocator(const ParentLocator& locator) {
    const auto refused = [this](const std::string& message) {
        return std::unexpected(errorAbout(*file_, "can't record its parent: " + message));
    };
    const auto bytes = writeParentLocator(locator);
    if (!bytes)
        co_return refused(bytes.error().message);
    const auto length = static_cast<std::uint32_t>(bytes->size());
    const MetadataItem* old = findSystemItem(items_, kParentLocator);
    const auto room = roomInRegion(items_, length, metadata_.length);
    // The new locator and the entry that names it become durable together.
    if (!room || length > (Journal::kMaximumStep - 2) * kMetadataSector)
        co_return refused("its paths are too long for the metadata region");
    const Region content{metadata_.offset + *room, length};
    const Region entryField{metadata_.offset + sizeof(MetadataTableHeaderLayout) +
                                old->index * sizeof(MetadataEntryLayout),
                            sizeof(MetadataEntryLayout)};
    IoStatus status = co_await journal_.begin(Visibility::FileOnly);
    if (status.ok())
        status = co_await makeRoom();
    if (status.ok())
        status = co_await loadRange(content);
    if (status.ok())
        status = co_await loadRange(entryField);
    if (!status.ok())
        co_return std::unexpected(failed("record its parent", status));
    const MetadataEntryLayout entryLayout{old->id, *room, length, old->flags, 0};
    journal_.write(content.offset, *bytes, ChangeOrder::Free);
    journal_.write(entryField.offset, std::as_bytes(std::span(&entryLayout, 1)), ChangeOrder::Free);
    status = co_await commit();
    if (!status.ok())
        co_return std::unexpected(failed("record its parent", status));
    MetadataItem& item = items_[static_cast<std::size_t>(old - items_.data())];
    item.offset = *room;
    item.length = length;
    parameters_.parent = locator;
    co_return Result<void>{};
}

Task<Result<void>> VhdxImage::reconnect(const DiskImage& parent, std::vector<ParentPath> paths) {
    const ImageDescription description = parent.describe();
    const auto linkage = Guid::fromText(description.contentIdentifier);
    if (!parameters_.parent)
        co_return std::unexpected(errorAbout(*file_, "it has no parent to reconnect"));
    if (description.format != ImageFormat::Vhdx || !linkage)
        co_return std::unexpected(errorAbout(
            *file_,
            fmt::format("can't be connected to {}: that is no VHDX file", parent.file().name())));
    if (description.logicalSectorSize != parameters_.logicalSectorSize)
        co_return std::unexpected(errorAbout(
            *file_, fmt::format("can't be connected to {}: its logical sectors have {} bytes, and "
                                "those of this disk have {}",
                                parent.file().name(), description.logicalSectorSize,
                                parameters_.logicalSectorSize)));
    ParentLocator locator = *parameters_.parent;
    locator.linkage = *linkage;
    locator.linkage2.reset();
    if (!paths.empty())
        setPaths(locator, paths);
    co_return co_await writeLocator(locator);
}

Task<Result<void>> VhdxImage::expectParentWrite() {
    auto* const parent = dynamic_cast<VhdxImage*>(parent_.get());
    if (parent == nullptr)
        co_return std::unexpected(errorAbout(*file_, "it has no parent"));
    const Guid next = Guid::random();
    ParentLocator locator = *parameters_.parent;
    locator.linkage = parent->dataWriteGuid();
    locator.linkage2 = next;
    auto noted = co_await writeLocator(locator);
    if (noted)
        parent->planDataWriteGuid(next);
    co_return noted;
}

}  // namespace devices::storage::vhdx
