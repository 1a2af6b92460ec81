// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "disk.h"

namespace devices::storage {

/// A disk whose requests that fail because the host has no room (IoStatus::noSpace()) are kept
/// instead of answered: the owner is told, pauses its machine, and has them tried again once there
/// is room. The machine sees no error and loses nothing.
class StallingDisk final : public Disk {
  public:
    /// Called from the loop when the first request stalls.
    using Stalled = std::function<void(IoStatus status)>;

    StallingDisk(std::unique_ptr<Disk> below, Stalled stalled)
        : below_(std::move(below)), stalled_(std::move(stalled)) {}

    [[nodiscard]] IoEngine& engine() const override { return below_->engine(); }
    [[nodiscard]] std::uint64_t size() const override { return below_->size(); }
    [[nodiscard]] std::uint32_t logicalSectorSize() const override {
        return below_->logicalSectorSize();
    }
    [[nodiscard]] std::uint32_t physicalSectorSize() const override {
        return below_->physicalSectorSize();
    }
    [[nodiscard]] bool readOnly() const override { return below_->readOnly(); }

    [[nodiscard]] Disk& below() const { return *below_; }
    /// Requests that wait for room.
    [[nodiscard]] std::size_t held() const { return held_.size(); }
    /// Tries all held requests again, in their order; those that still find no room are held again
    /// and the owner is told again.
    void retry();
    /// Answers all held requests with their errors: the machine is to be stopped anyway.
    void giveUp();

  protected:
    void start(DiskRequest& request) override;

  private:
    static void ended(DiskRequest& request, IoStatus status);
    void send(DiskRequest& request);

    std::unique_ptr<Disk> below_;
    Stalled stalled_;
    std::vector<DiskRequest*> held_;
};

}  // namespace devices::storage
