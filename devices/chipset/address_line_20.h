// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <utility>

namespace devices {

/// The gate of address line 20, by which a PC ends memory at 1 MiB for programs of the 8086. The
/// keyboard controller and system control port A both have a bit for it; whoever has moved it last
/// has its way, and both read what it is.
///
/// Thread safety: all methods from any thread.
class AddressLine20 {
  public:
    /// `gate` opens and closes it in the processors' addresses.
    explicit AddressLine20(std::function<void(bool open)> gate) : gate_(std::move(gate)) {}

    [[nodiscard]] bool isOpen() const { return open_; }
    void set(bool open) {
        const std::scoped_lock lock(mutex_);
        if (open_.exchange(open) != open)
            gate_(open);
    }

  private:
    const std::function<void(bool open)> gate_;
    /// Keeps the gate where open_ says that it is.
    std::mutex mutex_;
    std::atomic<bool> open_ = true;
};

}  // namespace devices
