// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include "hypervisor/resource_control/pacing_budget.h"
#include "hypervisor/timer_queue.h"
#include "virtual_processor_threads.h"

namespace service {

/// Holds a machine's VPs to a limit without help of the kernel: looks every few milliseconds at
/// what they have used, and stops them all while that is too much.
///
/// Thread safety: setLimit() from any thread.
class VirtualProcessorPacing {
  public:
    VirtualProcessorPacing(hypervisor::TimerQueue& timers, VirtualProcessorThreads& processors);
    ~VirtualProcessorPacing();
    VirtualProcessorPacing(const VirtualProcessorPacing&) = delete;
    VirtualProcessorPacing& operator=(const VirtualProcessorPacing&) = delete;

    /// How many LPs' time all VPs together may use, 0.5 for half of one; nothing: no limit.
    void setLimit(std::optional<double> processors);

  private:
    void look();

    VirtualProcessorThreads& processors_;
    std::mutex mutex_;
    // Guarded by mutex_.
    std::optional<hypervisor::PacingBudget> budget_;
    hypervisor::TimerQueue::Clock::time_point lookedAt_;
    std::chrono::nanoseconds usedBefore_{0};

    hypervisor::TimerQueue& timers_;
    // Its callback uses everything above.
    hypervisor::TimerQueue::Timer timer_;
};

}  // namespace service
