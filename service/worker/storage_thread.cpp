// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage_thread.h"

#include <fmt/core.h>

#include <latch>
#include <utility>

#include "devices/storage/images/open_disk.h"
#include "devices/storage/watched_disk.h"

namespace service {

namespace storage = devices::storage;

using hypervisor::Result;

namespace {

/// Disks, their ancestors and what is attached later; the process may have 1,024 descriptors.
constexpr unsigned kMostFiles = 512;

storage::DetachedTask openImage(storage::IoEngine& engine, DriveOrder order,
                                StorageThread::Opened opened) {
    storage::OpenDiskOptions options;
    const bool writes = !order.drive.readOnly && !order.drive.dvd;
    options.access = writes ? storage::FileAccess::ReadWrite : storage::FileAccess::Read;
    // Whoever has opened the files has looked for them.
    options.children = storage::KnownChildren::Accept;
    if (order.drive.raw)
        options.format = storage::ImageFormat::Raw;
    const std::string path = order.images.front().path;
    storage::GivenImageOpener opener(std::move(order.images));
    opened(co_await storage::openDisk(engine, opener, path, options));
}

storage::DetachedTask closeImage(std::shared_ptr<storage::DiskImage> image,
                                 std::move_only_function<void(Result<void>)> closed) {
    auto result = co_await image->close();
    image.reset();
    closed(std::move(result));
}

}  // namespace

Result<std::unique_ptr<StorageThread>> StorageThread::create(DriveFailed driveFailed) {
    storage::IoEngineOptions options;
    options.maximumFiles = kMostFiles;
    options.restricted = true;
    auto engine = storage::IoEngine::create(options);
    if (!engine) {
        // Where the kernel can't hold a ring to what a worker may do.
        options.restricted = false;
        options.kind = storage::IoEngineKind::ThreadPool;
        engine = storage::IoEngine::create(options);
    }
    if (!engine)
        return std::unexpected(engine.error());
    return std::unique_ptr<StorageThread>(
        new StorageThread(std::move(*engine), std::move(driveFailed)));
}

StorageThread::StorageThread(std::unique_ptr<storage::IoEngine> engine, DriveFailed driveFailed)
    : driveFailed_(std::move(driveFailed)),
      engine_(std::move(engine)),
      thread_([this] { engine_->run(); }) {}

StorageThread::~StorageThread() {
    engine_->stop();
}

void StorageThread::run(std::move_only_function<void()> function) {
    std::latch done(1);
    engine_->post([&] {
        function();
        done.count_down();
    });
    done.wait();
}

void StorageThread::open(DriveOrder order, Opened opened) {
    engine_->post([this, order = std::move(order), opened = std::move(opened)]() mutable {
        openImage(*engine_, std::move(order), std::move(opened));
    });
}

std::shared_ptr<storage::Disk> StorageThread::watched(
    const std::shared_ptr<storage::DiskImage>& image, const std::string& place) const {
    return std::make_shared<storage::WatchedDisk>(image, [this, place, name = image->file().name()](
                                                             storage::WatchedDisk::Access access,
                                                             storage::IoStatus status) {
        const bool reads = access == storage::WatchedDisk::Access::Read;
        driveFailed_(fmt::format("{} '{}' at {} fails: {}; the guest sees an error of its drive",
                                 reads ? "reading" : "writing to", name, place, status.text()));
    });
}

void StorageThread::close(std::shared_ptr<storage::DiskImage> image,
                          std::move_only_function<void(Result<void>)> closed) {
    engine_->post([image = std::move(image), closed = std::move(closed)]() mutable {
        closeImage(std::move(image), std::move(closed));
    });
}

}  // namespace service
