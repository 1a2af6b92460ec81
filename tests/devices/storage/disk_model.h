// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "devices/storage/image.h"

/// What a disk must hold, in memory, and random operations on both. Operations run together as
/// long as they do not overlap, as a machine's do.
class DiskModel {
  public:
    explicit DiskModel(std::uint64_t size, unsigned seed = 1);

    [[nodiscard]] std::vector<std::byte>& content() { return content_; }

    /// `count` operations with up to `depth` together. An unmapped range may hold what it held, or
    /// zeroes.
    devices::storage::Task<hypervisor::Result<void>> run(devices::storage::Disk& disk, int count,
                                                         unsigned depth = 8);
    /// All of the disk reads as the model.
    devices::storage::Task<hypervisor::Result<void>> compare(devices::storage::Disk& disk);

    /// The longest requests, one in eight, in sectors.
    std::uint64_t longest = 1024;

    /// Called after each flush that has ended well, with nothing in flight.
    std::function<void()> flushed;

  private:
    struct Operation {
        devices::storage::DiskRequest request;
        std::vector<std::byte> data;
        std::vector<iovec> buffers;
        DiskModel* model = nullptr;
        bool active = false;
    };
    void fill(std::span<std::byte> data);
    void choose(Operation& operation, std::uint32_t sector);
    void scatter(Operation& operation);
    void ended(Operation& operation, devices::storage::IoStatus status);

    std::vector<std::byte> content_;
    std::mt19937 random_;
    std::string failure_;
    std::size_t active_ = 0;
    std::coroutine_handle<> waiting_;
    friend struct OneEnded;
};
