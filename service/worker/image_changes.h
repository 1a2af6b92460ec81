// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "devices/storage/image.h"
#include "hypervisor/error.h"
#include "storage_thread.h"
#include "synthetic_order.h"

namespace service {

/// Images that come into the drives of one kind of controller and leave them, on the storage
/// thread, and how many of that are under way.
///
/// Thread safety: wait() from any thread but the storage thread; all else from any.
class ImageChanges {
  public:
    using Image = std::shared_ptr<devices::storage::DiskImage>;
    using Answer = std::move_only_function<void(hypervisor::Result<void>)>;
    /// Puts an image into its drive; null: none. Called on the storage thread.
    using Use = std::move_only_function<hypervisor::Result<void>(Image image)>;

    /// `storage` must outlive this.
    explicit ImageChanges(StorageThread& storage) : storage_(storage) {}

    /// Opens the image of the order, if it has one, and has it used; closes it where it is not.
    void change(DriveOrder order, Use use, Answer answer);
    /// Null: answers at once.
    void close(Image image, Answer closed);

    // Around something else that is to be waited for.
    void begun();
    void ended();
    /// Until nothing is under way.
    void wait();

  private:
    StorageThread& storage_;
    std::mutex mutex_;
    // Guarded by mutex_.
    unsigned underWay_ = 0;
    std::condition_variable changed_;
};

}  // namespace service
