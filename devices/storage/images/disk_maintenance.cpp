// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "disk_jobs.h"
#include "disk_merge.h"
#include "new_file.h"

namespace devices::storage {

using hypervisor::failure;
using hypervisor::Result;

namespace {

Task<Result<std::unique_ptr<DiskImage>>> openForWriting(IoEngine& engine, std::string path,
                                                        std::optional<ImageFormat> format) {
    PathImageOpener opener;
    OpenDiskOptions options;
    options.access = FileAccess::ReadWrite;
    options.children = KnownChildren::Accept;
    options.format = format;
    co_return co_await openDisk(engine, opener, path, options);
}

// The child, with its parent open for writing below it.
Task<Result<std::unique_ptr<DiskImage>>> openForMerging(IoEngine& engine, std::string path,
                                                        std::string& parentPath) {
    PathImageOpener opener;
    auto file = openImageFile(engine, opener, path, FileAccess::ReadWrite);
    if (!file)
        co_return std::unexpected(file.error());
    const auto format = co_await detectFormat(**file);
    if (!format)
        co_return std::unexpected(format.error());
    ImageOpenOptions options;
    options.openParent =
        [&](const ParentReference& reference) -> Task<Result<std::unique_ptr<DiskImage>>> {
        auto found = findParent(path, reference);
        if (!found)
            co_return std::unexpected(found.error());
        parentPath = *found;
        co_return co_await openForWriting(engine, parentPath, std::nullopt);
    };
    co_return co_await driverFor(*format).open(std::move(*file), options);
}

}  // namespace

Task<Result<void>> compactDisk(IoEngine& engine, std::string path,
                               std::optional<ImageFormat> format, Job& job) {
    auto image = co_await openForWriting(engine, path, format);
    if (!image)
        co_return std::unexpected(image.error());
    auto compacted = co_await (*image)->compact(job);
    auto closed = co_await (*image)->close();
    co_return compacted ? closed : compacted;
}

Task<Result<void>> expandDisk(IoEngine& engine, std::string path, std::optional<ImageFormat> format,
                              std::uint64_t size, Job& job) {
    auto image = co_await openForWriting(engine, path, format);
    if (!image)
        co_return std::unexpected(image.error());
    auto allowed = co_await refuseIfParent(engine, "expand", path);
    if (!allowed)
        co_return allowed;
    if (size < (*image)->size())
        co_return failure(fmt::format("cannot expand {} to {} bytes: it has {} already", path, size,
                                      (*image)->size()));
    auto resized = co_await (*image)->resize(size, job);
    auto closed = co_await (*image)->close();
    if (resized && closed)
        job.report(1, 1);
    co_return resized ? closed : resized;
}

Task<Result<void>> mergeDisk(IoEngine& engine, std::string path, Job& job) {
    std::string parentPath;
    auto opened = co_await openForMerging(engine, path, parentPath);
    if (!opened)
        co_return std::unexpected(opened.error());
    DiskImage& child = **opened;
    DiskImage* const parent = child.parent();
    if (parent == nullptr)
        co_return failure("cannot merge " + path + ": it is not a differencing disk");
    auto allowed = co_await refuseIfParent(engine, "merge", path);
    if (allowed)
        allowed = co_await refuseIfParent(engine, "merge into", parentPath, path);
    if (!allowed)
        co_return allowed;
    auto paths = pathsToParent(path, parentPath);
    if (!paths)
        co_return std::unexpected(paths.error());
    auto merged = co_await mergeIntoParent(child, std::move(*paths), job);
    if (!merged)
        co_return merged;
    if (::unlink(path.c_str()) != 0)
        co_return hypervisor::systemFailure(
            path + " has been merged into " + parentPath + " but cannot be removed", errno);
    co_return syncFolder(path);
}

Task<Result<void>> reconnectDisk(IoEngine& engine, std::string path, std::string parent) {
    PathImageOpener opener;
    auto paths = pathsToParent(path, parent);
    if (!paths)
        co_return std::unexpected(paths.error());
    std::error_code ignored;
    if (std::filesystem::equivalent(path, parent, ignored))
        co_return failure("cannot reconnect " + path + " to itself");
    auto parentImage = co_await openDisk(engine, opener, parent, {});
    if (!parentImage)
        co_return std::unexpected(parentImage.error());
    OpenDiskOptions options;
    options.access = FileAccess::ReadWrite;
    // What the disk itself holds stays.
    options.children = KnownChildren::Accept;
    options.withParent = false;
    auto image = co_await openDisk(engine, opener, path, options);
    if (!image)
        co_return std::unexpected(image.error());
    auto reconnected = co_await (*image)->reconnect(**parentImage, std::move(*paths));
    auto closed = co_await (*image)->close();
    co_return reconnected ? closed : reconnected;
}

}  // namespace devices::storage
