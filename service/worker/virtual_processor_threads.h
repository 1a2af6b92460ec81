// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/hypervisor.h"

namespace service {

/// One thread for each VP of a partition, on which alone the VP is run. All run or all are
/// parked.
///
/// Thread safety: requestPark() from any thread; the rest from the one that owns this.
class VirtualProcessorThreads {
  public:
    /// `onCrash` is called on the thread of a VP that can't go on, with its report, before the VP
    /// counts as parked; it may call requestPark().
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<VirtualProcessorThreads>> create(
        hypervisor::Partition& partition, std::function<void(std::string report)> onCrash);
    /// Parks first.
    ~VirtualProcessorThreads();
    VirtualProcessorThreads(const VirtualProcessorThreads&) = delete;
    VirtualProcessorThreads& operator=(const VirtualProcessorThreads&) = delete;

    /// Lets all VPs run, VP 0 from `first` on. Only while parked, as all are in the beginning.
    void resume(const hypervisor::ProcessorState& first);
    /// Makes all VPs park soon.
    void requestPark();
    /// Waits until all VPs are parked; only after requestPark().
    void waitUntilParked();

  private:
    VirtualProcessorThreads(hypervisor::Partition& partition,
                            std::function<void(std::string report)> onCrash);

    void serve(hypervisor::VpIndex index);
    void runUntilParked(hypervisor::VirtualProcessor& processor);

    hypervisor::Partition& partition_;
    const std::function<void(std::string report)> onCrash_;

    std::mutex mutex_;
    std::condition_variable changed_;
    // Guarded by mutex_.
    std::uint64_t runs_ = 0;  // How often the VPs have been resumed.
    hypervisor::ProcessorState first_;
    hypervisor::VpIndex starting_;
    hypervisor::VpIndex running_ = 0;
    std::optional<hypervisor::Error> bindFailure_;
    bool ended_ = false;

    std::atomic<bool> parking_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace service
