// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
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
/// Thread safety: requestPark(), hold() and runTime() from any thread; the others by one thread at
/// a time.
class VirtualProcessorThreads {
  public:
    struct Callbacks {
        /// On the thread of a VP that can't go on, with its report, before the VP counts as
        /// parked; may call requestPark().
        std::function<void(std::string report)> onCrash;
        /// On each VP's thread, before it runs for the first time; after the last of what the
        /// thread needs that guest code may not have.
        std::function<void(hypervisor::VpIndex index)> onFirstRun;
    };
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<VirtualProcessorThreads>> create(
        hypervisor::Partition& partition, Callbacks callbacks);
    /// Parks first.
    ~VirtualProcessorThreads();
    VirtualProcessorThreads(const VirtualProcessorThreads&) = delete;
    VirtualProcessorThreads& operator=(const VirtualProcessorThreads&) = delete;

    /// Lets all VPs run, VP 0 from `first` on if there is one, else all from where they were. Only
    /// while parked, as all are in the beginning.
    void resume(const std::optional<hypervisor::ProcessorState>& first);
    /// Makes all VPs park soon.
    void requestPark();
    /// Waits until all VPs are parked; only after requestPark().
    void waitUntilParked();

    /// What each VP does, several lines each (VirtualProcessor::report()); only while parked.
    [[nodiscard]] std::vector<std::string> reports();

    /// Keeps VPs that are to run from doing so, or no longer: for pacing.
    void hold(bool held);
    /// What all VPs' threads together have used of the LPs.
    [[nodiscard]] std::chrono::nanoseconds runTime();

  private:
    VirtualProcessorThreads(hypervisor::Partition& partition, Callbacks callbacks);

    void serve(hypervisor::VpIndex index);
    void runUntilParked(hypervisor::VirtualProcessor& processor);
    void stopAll();

    hypervisor::Partition& partition_;
    const Callbacks callbacks_;

    std::mutex mutex_;
    std::condition_variable changed_;
    // Guarded by mutex_.
    std::uint64_t runs_ = 0;  // How often the VPs have been resumed.
    std::optional<hypervisor::ProcessorState> first_;
    hypervisor::VpIndex starting_;
    hypervisor::VpIndex running_ = 0;
    std::uint64_t reportsWanted_ = 0;  // How often reports have been asked for.
    hypervisor::VpIndex reporting_ = 0;
    std::vector<std::string> reports_;
    std::optional<hypervisor::Error> bindFailure_;
    bool ended_ = false;

    // Written with mutex_ held.
    std::atomic<bool> parking_ = false;
    std::atomic<bool> held_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace service
