// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "forwarding_disk.h"

namespace devices::storage {

/// A disk whose requests that fail because the host has no room (IoStatus::noSpace()) are kept
/// instead of answered: the owner is told, pauses its machine, and has them tried again once there
/// is room. The machine sees no error and loses nothing.
class StallingDisk final : public ForwardingDisk {
  public:
    /// Called from the loop when the first request stalls.
    using Stalled = std::function<void(IoStatus status)>;

    StallingDisk(std::shared_ptr<Disk> below, Stalled stalled)
        : ForwardingDisk(std::move(below)), stalled_(std::move(stalled)) {}

    /// Requests that wait for room.
    [[nodiscard]] std::size_t held() const { return held_.size(); }
    /// Tries all held requests again, in their order; those that still find no room are held again
    /// and the owner is told again.
    void retry();
    /// Answers all held requests with their errors: the machine is to be stopped anyway.
    void giveUp();

  private:
    void ended(DiskRequest& request, IoStatus status) override;

    Stalled stalled_;
    std::vector<DiskRequest*> held_;
};

}  // namespace devices::storage
