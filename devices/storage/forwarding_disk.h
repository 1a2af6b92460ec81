// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "disk.h"

namespace devices::storage {

/// A disk whose requests another one carries out, for those that look at how they end.
class ForwardingDisk : public Disk {
  public:
    [[nodiscard]] IoEngine& engine() const final { return below_->engine(); }
    [[nodiscard]] std::uint64_t size() const final { return below_->size(); }
    [[nodiscard]] std::uint32_t logicalSectorSize() const final {
        return below_->logicalSectorSize();
    }
    [[nodiscard]] std::uint32_t physicalSectorSize() const final {
        return below_->physicalSectorSize();
    }
    [[nodiscard]] bool readOnly() const final { return below_->readOnly(); }

  protected:
    explicit ForwardingDisk(std::shared_ptr<Disk> below) : below_(std::move(below)) {}

    /// From the engine's loop: the other disk is done with the request, which is to be answered,
    /// or sent once more.
    virtual void ended(DiskRequest& request, IoStatus status) = 0;
    /// Answers the request. The last one may take the disk with it.
    static void answer(DiskRequest& request, IoStatus status);
    void send(DiskRequest& request);

  private:
    void start(DiskRequest& request) final;

    const std::shared_ptr<Disk> below_;
};

}  // namespace devices::storage
