// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "devices/storage/disk.h"

namespace devices::scsi {

/// A disk in a unit. Each command under way holds it, so that it goes when it has been taken out
/// and nothing touches it any more; then its owner is told. Of the engine's thread.
class Medium {
  public:
    using Released = std::function<void()>;
    /// The guest takes it out: called at once, so that nothing that the owner does comes between;
    /// what it returns is called when nothing uses the disk any more. May be empty.
    using Ejecting = std::function<Released()>;

    explicit Medium(std::shared_ptr<devices::storage::Disk> disk) : disk_(std::move(disk)) {}
    ~Medium();
    Medium(const Medium&) = delete;
    Medium& operator=(const Medium&) = delete;

    [[nodiscard]] devices::storage::Disk& disk() const { return *disk_; }
    /// Calls `released` when nothing uses the disk any more: at once where nothing does.
    static void release(std::shared_ptr<Medium> medium, Released released);

  private:
    std::shared_ptr<devices::storage::Disk> disk_;
    Released released_;
};

}  // namespace devices::scsi
