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
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<StorageThread>> create();
    /// All disks are closed.
    ~StorageThread();
    StorageThread(const StorageThread&) = delete;
    StorageThread& operator=(const StorageThread&) = delete;

    [[nodiscard]] devices::storage::IoEngine& engine() { return *engine_; }

    using Opened = std::move_only_function<void(
        hypervisor::Result<std::unique_ptr<devices::storage::DiskImage>> image)>;
    /// Opens a drive's image; `opened` is called on the thread.
    void open(DriveOrder order, Opened opened);
    /// Everything on stable storage, and the image gone; `closed` is called on the thread.
    /// Nobody else uses it.
    void close(std::shared_ptr<devices::storage::DiskImage> image,
               std::move_only_function<void(hypervisor::Result<void>)> closed);
    /// Runs `function` on the thread and waits for it.
    void run(std::move_only_function<void()> function);

  private:
    explicit StorageThread(std::unique_ptr<devices::storage::IoEngine> engine);

    const std::unique_ptr<devices::storage::IoEngine> engine_;
    std::jthread thread_;
};

}  // namespace service
