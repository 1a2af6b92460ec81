// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace devices {

class PortDevice;

/// A run of I/O ports whose place the guest chooses, by a base address register for instance. Its
/// device is called with offsets from the first of them, not with ports, so that an access that is
/// under way while they move is still one to the register that was meant.
///
/// Thread safety: moveTo() by one thread at a time, all else from any; nothing takes a lock.
class MovablePorts {
  public:
    MovablePorts(std::string name, std::uint32_t count, unsigned width, PortDevice& device)
        : name_(std::move(name)), count_(count), width_(width), device_(device) {}

    /// Where the first port is, or that they are nowhere. What would be beyond the last port of all
    /// is not there.
    void moveTo(std::optional<std::uint16_t> first) {
        first_.store(first ? *first : kNowhere, std::memory_order_release);
    }

    /// Which of them `port` is now.
    [[nodiscard]] std::optional<std::uint16_t> offsetOf(std::uint16_t port) const {
        const std::uint32_t first = first_.load(std::memory_order_acquire);
        if (port < first || port - first >= count_)
            return std::nullopt;
        return static_cast<std::uint16_t>(port - first);
    }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::uint32_t count() const { return count_; }
    [[nodiscard]] unsigned width() const { return width_; }
    [[nodiscard]] PortDevice& device() const { return device_; }

  private:
    static constexpr std::uint32_t kNowhere = std::numeric_limits<std::uint32_t>::max();

    const std::string name_;
    const std::uint32_t count_;
    const unsigned width_;
    PortDevice& device_;
    std::atomic<std::uint32_t> first_ = kNowhere;
};

}  // namespace devices
