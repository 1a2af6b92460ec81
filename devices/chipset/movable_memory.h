// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "hypervisor/guest_memory.h"

namespace devices {

class MmioDevice;

/// Addresses that a device answers at and whose place the guest chooses, by a base address register
/// for instance; as MovablePorts are of ports.
///
/// Thread safety: moveTo() by one thread at a time, all else from any; nothing takes a lock.
class MovableMemory {
  public:
    MovableMemory(std::uint64_t size, MmioDevice& device) : size_(size), device_(device) {}

    /// Where the first byte is, or that they are nowhere.
    void moveTo(std::optional<hypervisor::Gpa> start) {
        start_.store(start ? *start : kNowhere, std::memory_order_release);
    }

    /// Where an access of `size` bytes at `gpa` is in them, if all of it is.
    [[nodiscard]] std::optional<std::uint64_t> offsetOf(hypervisor::Gpa gpa, unsigned size) const {
        const hypervisor::Gpa start = start_.load(std::memory_order_acquire);
        if (gpa < start || gpa - start >= size_ || size > size_ - (gpa - start))
            return std::nullopt;
        return gpa - start;
    }
    [[nodiscard]] MmioDevice& device() const { return device_; }

  private:
    /// No guest reaches that.
    static constexpr hypervisor::Gpa kNowhere = std::numeric_limits<hypervisor::Gpa>::max();

    const std::uint64_t size_;
    MmioDevice& device_;
    std::atomic<hypervisor::Gpa> start_ = kNowhere;
};

}  // namespace devices
