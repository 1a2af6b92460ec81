// SPDX-License-Identifier: GPL-3.0-or-later
#include "disk_merge.h"

#include "content_copy.h"

namespace devices::storage {

using hypervisor::failure;
using hypervisor::Result;

namespace {

Task<Result<void>> copyDown(DiskImage& child, DiskImage& parent, std::vector<ParentPath> paths,
                            Job& job) {
    auto step = co_await child.expectParentWrite();
    if (!step)
        co_return step;
    if (child.size() > parent.size()) {
        step = co_await parent.resize(child.size(), job);
        if (!step)
            co_return step;
    }
    // The parent's content is what it was, but from now on it counts as changed; the child has to
    // know, so that it still opens if this is interrupted.
    std::vector<std::byte> sector(parent.logicalSectorSize());
    IoStatus status = co_await readDisk(parent, 0, sector);
    if (status.ok())
        status = co_await writeDisk(parent, 0, sector);
    if (status.ok())
        status = co_await flushDisk(parent);
    if (!status.ok())
        co_return failure("cannot merge into " + parent.file().name() + ": " + status.text());
    step = co_await child.reconnect(parent, std::move(paths));
    if (step)
        step = co_await copyContent(child, parent, CopyFrom::ImageAlone, job);
    co_return step;
}

}  // namespace

Task<Result<void>> mergeIntoParent(DiskImage& child, std::vector<ParentPath> paths, Job& job) {
    DiskImage* const parent = child.parent();
    if (parent == nullptr)
        co_return failure("cannot merge " + child.file().name() +
                          ": it is not a differencing disk");
    auto merged = co_await copyDown(child, *parent, std::move(paths), job);
    for (DiskImage* const image : {parent, &child}) {
        auto closed = co_await image->close();
        if (merged && !closed)
            merged = closed;
    }
    co_return merged;
}

}  // namespace devices::storage
