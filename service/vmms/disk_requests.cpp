// SPDX-License-Identifier: GPL-3.0-or-later
#include "disk_requests.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "devices/storage/images/disk_jobs.h"
#include "service/ipc/job_requests.h"

namespace service {

namespace storage = devices::storage;

using hypervisor::Result;

namespace {

std::optional<storage::ImageFormat> toImage(std::optional<DiskFormat> format) {
    if (!format)
        return std::nullopt;
    switch (*format) {
        case DiskFormat::Vhdx:
            return storage::ImageFormat::Vhdx;
        case DiskFormat::Vhd:
            return storage::ImageFormat::Vhd;
        case DiskFormat::Raw:
            break;
    }
    return storage::ImageFormat::Raw;
}

storage::ImageKind toImage(DiskType type) {
    switch (type) {
        case DiskType::Fixed:
            return storage::ImageKind::Fixed;
        case DiskType::Dynamic:
            return storage::ImageKind::Dynamic;
        case DiskType::Differencing:
            break;
    }
    return storage::ImageKind::Differencing;
}

DiskFormat fromImage(storage::ImageFormat format) {
    switch (format) {
        case storage::ImageFormat::Vhdx:
            return DiskFormat::Vhdx;
        case storage::ImageFormat::Vhd:
            return DiskFormat::Vhd;
        default:
            return DiskFormat::Raw;
    }
}

DiskType fromImage(storage::ImageKind kind) {
    switch (kind) {
        case storage::ImageKind::Fixed:
            return DiskType::Fixed;
        case storage::ImageKind::Dynamic:
            return DiskType::Dynamic;
        case storage::ImageKind::Differencing:
            break;
    }
    return DiskType::Differencing;
}

RpcResult<void> checkImagePath(const std::string& path, const char* field) {
    if (path.empty() || path.front() != '/' || path.find('\0') != std::string::npos)
        return rpcFailure(ErrorCode::InvalidParams, fmt::format("'{}' is no absolute path", field),
                          {}, field, "an absolute path");
    return {};
}

std::string fileName(const std::string& path) {
    return std::filesystem::path(path).filename().string();
}

/// Without a word about it, raw images are fixed, and others grow.
DiskType usualType(std::optional<DiskType> type, std::optional<DiskFormat> format,
                   const std::string& path) {
    if (type)
        return *type;
    const bool raw = format ? *format == DiskFormat::Raw
                            : storage::formatOfPath(path) == storage::ImageFormat::Raw;
    return raw ? DiskType::Fixed : DiskType::Dynamic;
}

RpcResult<JobReply> createDisk(JobTable& jobs, const Peer& peer, DiskCreateParams params) {
    if (auto path = checkImagePath(params.path, "path"); !path)
        return std::unexpected(path.error());
    storage::CreateDisk request;
    request.path = params.path;
    request.format = toImage(params.format);
    if (params.parent) {
        if (auto parent = checkImagePath(*params.parent, "parent"); !parent)
            return std::unexpected(parent.error());
        if (params.type.value_or(DiskType::Differencing) != DiskType::Differencing)
            return rpcFailure(ErrorCode::InvalidParams,
                              "a disk with a parent is a differencing one", {}, "type",
                              "Differencing");
        request.parent = *params.parent;
        request.image.kind = storage::ImageKind::Differencing;
    } else {
        const DiskType type = usualType(params.type, params.format, params.path);
        if (type == DiskType::Differencing)
            return rpcFailure(ErrorCode::InvalidParams, "a differencing disk needs its parent", {},
                              "parent", "an absolute path");
        if (!params.sizeBytes)
            return rpcFailure(ErrorCode::InvalidParams, "a new disk needs its size", {},
                              "sizeBytes");
        request.image.kind = toImage(type);
        request.image.size = *params.sizeBytes;
    }
    return jobs.begin(peer.rights(), JobKind::CreateDisk, "Creating " + fileName(params.path),
                      [request](storage::IoEngine& engine, storage::Job& job) {
                          return engine.wait(storage::createDisk(engine, request, job));
                      });
}

RpcResult<JobReply> convertDisk(JobTable& jobs, const Peer& peer, DiskConvertParams params) {
    for (const auto& [path, field] :
         {std::pair{&params.source, "source"}, {&params.destination, "destination"}})
        if (auto checked = checkImagePath(*path, field); !checked)
            return std::unexpected(checked.error());
    const DiskType type = usualType(params.type, params.format, params.destination);
    if (type == DiskType::Differencing)
        return rpcFailure(ErrorCode::InvalidParams,
                          "a disk can't be converted to a differencing one", {}, "type",
                          "Dynamic, Fixed");
    storage::ConvertDisk request;
    request.source = params.source;
    request.target = params.destination;
    request.targetFormat = toImage(params.format);
    request.kind = toImage(type);
    return jobs.begin(peer.rights(), JobKind::ConvertDisk, "Converting " + fileName(params.source),
                      [request](storage::IoEngine& engine, storage::Job& job) {
                          return engine.wait(storage::convertDisk(engine, request, job));
                      });
}

/// One that is worked on in place.
RpcResult<JobReply> maintain(JobTable& jobs, const Peer& peer, const std::string& path,
                             JobKind kind, const char* verb, JobTable::Work work) {
    if (auto checked = checkImagePath(path, "path"); !checked)
        return std::unexpected(checked.error());
    return jobs.begin(peer.rights(), kind, fmt::format("{} {}", verb, fileName(path)),
                      std::move(work));
}

void inspect(JobTable& jobs, const Peer& peer, const std::string& path,
             const RequestRouter::OnReply<DiskInspectReply>& onReply) {
    if (auto checked = checkImagePath(path, "path"); !checked)
        return onReply(std::unexpected(checked.error()));
    const auto found = std::make_shared<storage::DiskInformation>();
    jobs.runShort(
        peer.rights(),
        [path, found](storage::IoEngine& engine, storage::Job&) -> Result<void> {
            auto information = engine.wait(storage::inspectDisk(engine, path, {}));
            if (!information)
                return std::unexpected(information.error());
            *found = std::move(*information);
            return {};
        },
        [found, onReply](const Result<void>& result) {
            if (!result || found->chain.empty())
                return onReply(rpcFailure(
                    ErrorCode::FileError,
                    result ? "the image tells nothing of itself" : result.error().message, {},
                    "path"));
            const storage::ImageDescription& image = found->chain.front().description;
            DiskInspectReply reply;
            reply.format = fromImage(image.format);
            reply.type = fromImage(image.kind);
            reply.sizeBytes = image.size;
            reply.fileSizeBytes = image.fileSize;
            reply.blockSizeBytes = image.blockSize;
            reply.identifier = image.identifier;
            if (found->chain.size() > 1)
                reply.parent = found->chain[1].path;
            onReply(std::move(reply));
        });
}

}  // namespace

void addDiskRequests(RequestRouter& router, JobTable& jobs) {
    using PeerPointer = std::shared_ptr<Peer>;
    router.addPlain<DiskCreateMethod>([&jobs](const PeerPointer& peer, DiskCreateParams params) {
        return createDisk(jobs, *peer, std::move(params));
    });
    router.addPlain<DiskConvertMethod>([&jobs](const PeerPointer& peer, DiskConvertParams params) {
        return convertDisk(jobs, *peer, std::move(params));
    });
    router.addPlain<DiskCompactMethod>([&jobs](const PeerPointer& peer, const DiskParams& params) {
        return maintain(jobs, *peer, params.path, JobKind::CompactDisk, "Compacting",
                        [path = params.path](storage::IoEngine& engine, storage::Job& job) {
                            return engine.wait(storage::compactDisk(engine, path, {}, job));
                        });
    });
    router.addPlain<DiskExpandMethod>(
        [&jobs](const PeerPointer& peer, const DiskExpandParams& params) {
            return maintain(jobs, *peer, params.path, JobKind::ExpandDisk, "Expanding",
                            [params](storage::IoEngine& engine, storage::Job& job) {
                                return engine.wait(storage::expandDisk(engine, params.path, {},
                                                                       params.sizeBytes, job));
                            });
        });
    router.addPlain<DiskMergeMethod>([&jobs](const PeerPointer& peer, const DiskParams& params) {
        return maintain(jobs, *peer, params.path, JobKind::MergeDisk, "Merging",
                        [path = params.path](storage::IoEngine& engine, storage::Job& job) {
                            return engine.wait(storage::mergeDisk(engine, path, job));
                        });
    });
    router.add<DiskInspectMethod>([&jobs](const PeerPointer& peer, const DiskParams& params,
                                          const RequestRouter::OnReply<DiskInspectReply>& onReply) {
        inspect(jobs, *peer, params.path, onReply);
    });
}

}  // namespace service
