// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "devices/storage/image.h"
#include "devices/storage/images/image_opener.h"
#include "devices/storage/io_engine.h"
#include "hypervisor/error.h"
#include "synthetic_order.h"

namespace service {

/// The thread that carries a machine's disk I/O out, with its event loop.
///
/// Thread safety: engine() is the thread's, all else any thread's.
class StorageThread {
  public:
    /// One line for the owner: what the host can't do with an image, and why. Called on the thread.
    using DriveFailed = std::function<void(std::string text)>;

    [[nodiscard]] static hypervisor::Result<std::unique_ptr<StorageThread>> create(
        DriveFailed driveFailed);
    /// All disks are closed.
    ~StorageThread();
    StorageThread(const StorageThread&) = delete;
    StorageThread& operator=(const StorageThread&) = delete;

    [[nodiscard]] devices::storage::IoEngine& engine() { return *engine_; }

    using Opened = std::move_only_function<void(
        hypervisor::Result<std::unique_ptr<devices::storage::DiskImage>> image)>;
    /// Opens a drive's image; `opened` is called on the thread.
    void open(DriveOrder order, Opened opened);
    /// What a drive is given for its image: the owner is told when the host can't read or write it.
    /// `place` is "IDE 0:1". This outlives it.
    [[nodiscard]] std::shared_ptr<devices::storage::Disk> watched(
        const std::shared_ptr<devices::storage::DiskImage>& image, const std::string& place) const;
    /// Everything on stable storage, and the image gone; `closed` is called on the thread.
    /// Nobody else uses it.
    void close(std::shared_ptr<devices::storage::DiskImage> image,
               std::move_only_function<void(hypervisor::Result<void>)> closed);
    /// Runs `function` on the thread and waits for it.
    void run(std::move_only_function<void()> function);

  private:
    StorageThread(std::unique_ptr<devices::storage::IoEngine> engine, DriveFailed driveFailed);

    const DriveFailed driveFailed_;
    const std::unique_ptr<devices::storage::IoEngine> engine_;
    std::jthread thread_;
};

}  // namespace service
