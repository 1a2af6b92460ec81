// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "devices/storage/disk.h"

/// A disk in memory, with faults, that can keep its requests for a while. Of its engine's thread.
class MemoryDisk final : public devices::storage::Disk {
  public:
    using DiskRequest = devices::storage::DiskRequest;
    using DiskOperation = devices::storage::DiskOperation;

    MemoryDisk(devices::storage::IoEngine& engine, std::uint64_t size, std::uint32_t sector = 512,
               std::uint32_t physicalSector = 4096)
        : content(size), engine_(engine), sector_(sector), physicalSector_(physicalSector) {}

    [[nodiscard]] devices::storage::IoEngine& engine() const override { return engine_; }
    [[nodiscard]] std::uint64_t size() const override { return content.size(); }
    [[nodiscard]] std::uint32_t logicalSectorSize() const override { return sector_; }
    [[nodiscard]] std::uint32_t physicalSectorSize() const override { return physicalSector_; }
    [[nodiscard]] bool readOnly() const override { return locked; }

    std::vector<std::byte> content;
    bool locked = false;
    /// Requests wait until letGo().
    bool holding = false;
    /// The errno value that a request ends with, or 0.
    std::function<int(const DiskRequest&)> fault;
    /// What has come, in order.
    struct Seen {
        DiskOperation operation;
        std::uint64_t offset;
        std::uint64_t length;
        bool forceUnitAccess;
    };
    std::vector<Seen> seen;

    [[nodiscard]] std::size_t held() const { return held_.size(); }
    void letGo();

  protected:
    void start(DiskRequest& request) override;

  private:
    void carryOut(DiskRequest& request);

    devices::storage::IoEngine& engine_;
    std::uint32_t sector_;
    std::uint32_t physicalSector_;
    std::vector<DiskRequest*> held_;
};
