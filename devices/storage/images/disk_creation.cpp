// SPDX-License-Identifier: GPL-3.0-or-later
#include "content_copy.h"
#include "devices/storage/zero_content.h"
#include "disk_jobs.h"
#include "new_file.h"

namespace devices::storage {

using hypervisor::failure;
using hypervisor::Result;

namespace {

Result<ImageFormat> targetFormat(const std::string& path, std::optional<ImageFormat> given) {
    const auto format = given ? given : formatOfPath(path);
    if (!format)
        return failure("cannot tell the format of " + path +
                       " from its name: end it in .vhdx, .vhd or .img, or give --format");
    return *format;
}

Result<std::unique_ptr<StorageFile>> storageFile(IoEngine& engine, const NewFile& file,
                                                 const std::string& name) {
    auto descriptor = file.descriptor();
    if (!descriptor)
        return std::unexpected(descriptor.error());
    return EngineFile::create(engine, std::move(*descriptor), name, FileAccess::ReadWrite);
}

}  // namespace

Task<Result<void>> createDisk(IoEngine& engine, CreateDisk request, Job& job) {
    PathImageOpener opener;
    std::unique_ptr<DiskImage> parent;
    if (request.image.kind == ImageKind::Differencing) {
        if (request.parent.empty())
            co_return failure("cannot create " + request.path +
                              ": a differencing disk needs --parent");
        auto opened = co_await openDisk(engine, opener, request.parent, {});
        if (!opened)
            co_return std::unexpected(opened.error());
        parent = std::move(*opened);
        auto paths = pathsToParent(request.path, request.parent);
        if (!paths)
            co_return std::unexpected(paths.error());
        request.image.parent = parent.get();
        request.image.parentPaths = std::move(*paths);
        request.image.logicalSectorSize = parent->logicalSectorSize();
        request.image.physicalSectorSize = parent->physicalSectorSize();
        if (!request.format && !formatOfPath(request.path))
            request.format = parent->describe().format;
    }
    const auto format = targetFormat(request.path, request.format);
    if (!format)
        co_return std::unexpected(format.error());
    auto target = NewFile::create(request.path, request.replace);
    if (!target)
        co_return std::unexpected(target.error());
    auto file = storageFile(engine, *target, request.path);
    if (!file)
        co_return std::unexpected(file.error());
    auto created = co_await driverFor(*format).create(**file, request.image, job);
    if (!created)
        co_return created;
    if (job.cancelled())
        co_return cancelledJob("creating " + request.path);
    co_return target->publish();
}

Task<Result<void>> convertDisk(IoEngine& engine, ConvertDisk request, Job& job) {
    PathImageOpener opener;
    OpenDiskOptions sourceOptions;
    sourceOptions.format = request.sourceFormat;
    auto source = co_await openDisk(engine, opener, request.source, sourceOptions);
    if (!source)
        co_return std::unexpected(source.error());
    const auto format = targetFormat(request.target, request.targetFormat);
    if (!format)
        co_return std::unexpected(format.error());
    if (request.kind == ImageKind::Differencing)
        co_return failure("cannot convert " + request.source +
                          " to a differencing disk: create one with --parent instead");
    auto target = NewFile::create(request.target, request.replace);
    if (!target)
        co_return std::unexpected(target.error());
    ImageCreateOptions options;
    options.kind = request.kind;
    options.size = (*source)->size();
    options.blockSize = request.blockSize;
    constexpr std::uint32_t kLargestSector = 4096;
    constexpr std::uint32_t kSmallestSector = 512;
    // A raw disk tells nothing of its sectors, and no disk has those of an ISO image.
    const std::uint32_t sector = (*source)->logicalSectorSize();
    options.logicalSectorSize =
        sector == kLargestSector && *format != ImageFormat::Raw ? kLargestSector : kSmallestSector;
    options.physicalSectorSize = kLargestSector;
    auto file = storageFile(engine, *target, request.target);
    if (!file)
        co_return std::unexpected(file.error());
    Job creation = Job::partOf(job);
    auto created = co_await driverFor(*format).create(**file, options, creation);
    if (!created)
        co_return created;
    auto image = co_await driverFor(*format).open(std::move(*file), {});
    if (!image)
        co_return std::unexpected(image.error());
    auto copied = co_await copyContent(**source, **image, CopyFrom::Chain, job);
    if (!copied)
        co_return copied;
    auto closed = co_await (*image)->close();
    if (!closed)
        co_return closed;
    if (job.cancelled())
        co_return cancelledJob("converting " + request.source);
    co_return target->publish();
}

}  // namespace devices::storage
