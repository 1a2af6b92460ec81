// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "devices/synthetic/integration/dynamic_memory.h"
#include "devices/synthetic/message/device_thread.h"
#include "guest_watch.h"
#include "hypervisor/hypervisor.h"
#include "hypervisor/stats/stats_memory.h"
#include "memory_balance.h"

namespace service {

/// Gives a running machine memory and takes some, as its guest needs it: the device that speaks
/// with the guest, the partition's memory, and the balance that decides.
///
/// Thread safety: construction, reset() and destruction on any thread but the device thread.
class MemoryControl {
  public:
    struct Options {
        std::uint64_t minimumBytes = 0;
        std::uint32_t bufferPercent = 20;
    };
    struct Callbacks {
        /// One line for the owner.
        std::function<void(std::string text)> onNotice;
    };

    /// All references outlive this.
    MemoryControl(devices::synthetic::DeviceThread& thread, hypervisor::Partition& partition,
                  hypervisor::StatsMemory& stats, GuestWatch& watch, const Options& options,
                  Callbacks callbacks);

    [[nodiscard]] devices::synthetic::DynamicMemory& device() { return device_; }
    /// MemoryBalance::setCeiling(). The guest hears of it when it tells of itself the next time;
    /// what it gets by the ceiling before has been told to the watch when this returns. Any thread.
    void setCeiling(std::uint64_t bytes);
    /// MemoryBalance::setBounds(); as setCeiling().
    void setBounds(std::uint64_t minimumBytes, std::uint32_t bufferPercent);
    /// The machine is reset, and has the memory of its start again. No device is served.
    void reset();

  private:
    using Status = devices::synthetic::DynamicMemory::Status;

    void guestChanged();
    /// What the guest has and wants, to the service and to the stats pages. With mutex_ held, as
    /// what is decided is told before another ceiling counts.
    void tell(const Status& status);
    /// Beyond the `before` bytes that it has got since its start.
    void add(std::uint64_t before, std::uint64_t bytes);
    void added(std::uint64_t bytes);
    void release(devices::synthetic::PageRange range);

    hypervisor::Partition& partition_;
    hypervisor::StatsMemory& stats_;
    GuestWatch& watch_;
    const Callbacks callbacks_;
    std::mutex mutex_;
    // Guarded by mutex_.
    MemoryBalance balance_;
    bool offlineTold_ = false;

    // Last, so that it goes first: its callbacks use the others.
    devices::synthetic::DynamicMemory device_;
};

}  // namespace service
