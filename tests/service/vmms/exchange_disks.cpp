// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange_disks.h"

#include <QtGlobal>

#include "devices/storage/images/disk_jobs.h"

namespace tests {

using namespace devices::storage;  // NOLINT: what is driven

namespace {

std::unique_ptr<IoEngine> newEngine() {
    auto engine = IoEngine::create({.kind = IoEngineKind::ThreadPool});
    if (!engine)
        qFatal("%s", engine.error().message.c_str());
    return std::move(*engine);
}

Task<IoStatus> writeAll(Disk& disk, std::uint64_t offset, std::span<const std::byte> bytes) {
    co_return co_await devices::storage::writeDisk(disk, offset, bytes);
}

Task<IoStatus> readAll(Disk& disk, std::span<std::byte> bytes) {
    co_return co_await devices::storage::readDisk(disk, 0, bytes);
}

bool done(const hypervisor::Result<void>& result) {
    if (!result)
        qWarning("%s", result.error().message.c_str());
    return result.has_value();
}

}  // namespace

bool makeDisk(const std::string& path, std::uint64_t size, const std::string& parent) {
    const auto engine = newEngine();
    Job job;
    CreateDisk request;
    request.path = path;
    request.parent = parent;
    request.image.size = parent.empty() ? size : 0;
    request.image.kind = !parent.empty()                          ? ImageKind::Differencing
                         : formatOfPath(path) == ImageFormat::Raw ? ImageKind::Fixed
                                                                  : ImageKind::Dynamic;
    return done(engine->wait(createDisk(*engine, request, job)));
}

bool writeDisk(const std::string& path, std::uint64_t offset, std::size_t size, char letter) {
    const auto engine = newEngine();
    PathImageOpener opener;
    OpenDiskOptions options;
    options.access = FileAccess::ReadWrite;
    const auto image = engine->wait(openDisk(*engine, opener, path, options));
    if (!image) {
        qWarning("%s", image.error().message.c_str());
        return false;
    }
    const std::vector<std::byte> bytes(size, static_cast<std::byte>(letter));
    return engine->wait(writeAll(**image, offset, bytes)).ok() &&
           done(engine->wait((*image)->close()));
}

std::optional<std::vector<std::byte>> readDisk(const std::string& path) {
    const auto engine = newEngine();
    PathImageOpener opener;
    const auto image = engine->wait(openDisk(*engine, opener, path, {}));
    if (!image) {
        qWarning("%s", image.error().message.c_str());
        return std::nullopt;
    }
    std::vector<std::byte> bytes((*image)->size());
    if (!engine->wait(readAll(**image, bytes)).ok())
        return std::nullopt;
    return bytes;
}

std::vector<std::string> chainOf(const std::string& path) {
    const auto engine = newEngine();
    const auto information = engine->wait(inspectDisk(*engine, path, std::nullopt));
    std::vector<std::string> paths;
    if (information && information->chainError.empty())
        for (const auto& image : information->chain)
            paths.push_back(image.path);
    return paths;
}

}  // namespace tests
