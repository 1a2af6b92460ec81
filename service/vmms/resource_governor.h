// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hypervisor/control_groups/control_groups.h"
#include "hypervisor/resource_control/demand.h"
#include "hypervisor/resource_control/processor_settings.h"
#include "hypervisor/resource_control/slow_correction.h"
#include "service/ipc/error_codes.h"
#include "service/ipc/host_requests.h"
#include "service/ipc/machine_requests.h"
#include "service/ipc/worker_messages.h"

namespace service {

/// Keeps the running machines to their reserves, limits and weights: admission, a control group
/// each, shares at every start, stop and change, and the slow correction ten times a second while
/// they compete.
///
/// Thread safety: the executor's one thread.
class ResourceGovernor {
  public:
    /// `groupName` is the folder of all machines' groups, below the service's own group. Always
    /// succeeds; where groups can't be written, the mode and the note say so.
    ResourceGovernor(boost::asio::any_io_executor executor, const std::string& groupName);
    ~ResourceGovernor();
    ResourceGovernor(const ResourceGovernor&) = delete;
    ResourceGovernor& operator=(const ResourceGovernor&) = delete;

    [[nodiscard]] std::uint32_t logicalProcessors() const { return lps_; }
    [[nodiscard]] ResourceControlMode mode() const;
    [[nodiscard]] const std::string& note() const { return note_; }
    /// Whether the worker itself must hold the limit.
    [[nodiscard]] bool limitsNeedPacing() const;

    /// Whether a machine may run with these settings beside the others that do.
    [[nodiscard]] RpcResult<void> admit(const std::string& machine,
                                        const ProcessorSettings& settings) const;
    /// For a machine with these settings, which runs or does not.
    [[nodiscard]] ResourceReport report(const std::string& machine,
                                        const ProcessorSettings& settings) const;
    [[nodiscard]] double entitlementPercent(const std::string& machine) const;

    /// The machine is about to run: its reserve counts from now on.
    void reserve(const std::string& machine, const ProcessorSettings& settings);
    /// For a new worker, before it has threads.
    [[nodiscard]] hypervisor::Result<void> addProcess(const std::string& machine, pid_t worker);
    /// Threads that are not the worker's own are passed over.
    [[nodiscard]] hypervisor::Result<void> addThreads(const std::string& machine, pid_t worker,
                                                      const std::vector<WorkerThread>& threads);
    /// In force when this returns.
    void change(const std::string& machine, const ProcessorSettings& settings);
    /// It does not run any more.
    void remove(const std::string& machine);
    /// Removes the group that an earlier service has left.
    void removeLeftover(const std::string& machine);

    [[nodiscard]] double reservedPercent() const;

  private:
    struct Processor {
        pid_t thread;
        hypervisor::DemandMeter meter;
    };
    struct Entry {
        std::string machine;
        hypervisor::ProcessorSettings settings;
        std::unique_ptr<hypervisor::MachineGroup> group;
        pid_t worker = 0;
        std::vector<Processor> processors;
        /// What was written last, so that what stays is not written again.
        std::uint64_t weight = 0;
    };

    [[nodiscard]] Entry* find(const std::string& machine);
    [[nodiscard]] const Entry* find(const std::string& machine) const;
    void recompute();
    void applyLimit(Entry& entry);
    void applyWeights(const std::vector<double>& shares);
    void noteTrouble(const hypervisor::Error& error);
    void schedule();
    void correct();

    const std::uint32_t lps_;
    std::unique_ptr<hypervisor::ControlGroups> groups_;
    std::string note_;
    std::vector<Entry> entries_;
    std::vector<double> shares_;
    hypervisor::SlowCorrection correction_;
    boost::asio::steady_timer timer_;
    bool scheduled_ = false;
    bool competing_ = false;
    std::chrono::steady_clock::time_point lastCorrection_;
};

[[nodiscard]] hypervisor::ProcessorSettings toHypervisor(const ProcessorSettings& settings);

}  // namespace service
