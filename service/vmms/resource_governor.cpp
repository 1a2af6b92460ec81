// SPDX-License-Identifier: GPL-3.0-or-later
#include "resource_governor.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "hypervisor/resource_control/admission.h"
#include "hypervisor/resource_control/shares.h"
#include "hypervisor/stats/thread_times.h"

namespace service {

using hypervisor::kWholeLp;
using hypervisor::Result;

namespace {

using namespace std::chrono_literals;
using Time = std::chrono::steady_clock;

constexpr auto kCorrection = 100ms;
// While nobody has to wait there is nothing to correct, and this is how soon it is seen that
// somebody does.
constexpr auto kLookout = 500ms;
// Waiting of all VPs together, in LPs, from which machines count as competing.
constexpr double kCompeting = 0.05;

std::uint32_t onlineProcessors() {
    return static_cast<std::uint32_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
}

/// A worker names its threads, and is not believed.
bool isThreadOf(pid_t process, std::uint32_t thread) {
    return ::access(fmt::format("/proc/{}/task/{}", process, thread).c_str(), F_OK) == 0;
}

}  // namespace

hypervisor::ProcessorSettings toHypervisor(const ProcessorSettings& settings) {
    return {settings.count, settings.reserve, settings.limit, settings.weight};
}

ResourceGovernor::ResourceGovernor(boost::asio::any_io_executor executor,
                                   const std::string& groupName)
    : lps_(onlineProcessors()), timer_(std::move(executor)) {
    auto groups = hypervisor::ControlGroups::open(groupName, lps_);
    if (groups) {
        groups_ = std::move(*groups);
        note_ = groups_->missing();
    } else {
        note_ = "reserve and weight are not in force, and limits are held by the workers: " +
                groups.error().message;
    }
}

ResourceGovernor::~ResourceGovernor() {
    // Only if no machine has a group there.
    if (groups_)
        groups_->remove();
}

ResourceControlMode ResourceGovernor::mode() const {
    if (!groups_)
        return ResourceControlMode::WorkerPacing;
    return groups_->version() == hypervisor::GroupVersion::V2
               ? ResourceControlMode::ControlGroupsV2
               : ResourceControlMode::ControlGroupsV1;
}

bool ResourceGovernor::limitsNeedPacing() const {
    return !groups_ || !groups_->missing().empty();
}

ResourceGovernor::Entry* ResourceGovernor::find(const std::string& machine) {
    const auto found = std::ranges::find(entries_, machine, &Entry::machine);
    return found == entries_.end() ? nullptr : &*found;
}

const ResourceGovernor::Entry* ResourceGovernor::find(const std::string& machine) const {
    const auto found = std::ranges::find(entries_, machine, &Entry::machine);
    return found == entries_.end() ? nullptr : &*found;
}

RpcResult<void> ResourceGovernor::admit(const std::string& machine,
                                        const ProcessorSettings& settings) const {
    std::vector<hypervisor::ProcessorSettings> others;
    for (const Entry& entry : entries_)
        if (entry.machine != machine)
            others.push_back(entry.settings);
    const auto admitted = hypervisor::admit(toHypervisor(settings), others, lps_);
    if (admitted)
        return {};
    const std::uint64_t whole = std::uint64_t{lps_} * kWholeLp;
    const std::uint64_t reserved = std::min(hypervisor::totalReserve(others), whole);
    return rpcFailure(
        ErrorCode::NotEnoughResources, admitted.error().message, {}, "processor.reserve",
        fmt::format("0 to {}",
                    std::min<std::uint64_t>((whole - reserved) / settings.count, kWholeLp)));
}

double ResourceGovernor::entitlementPercent(const std::string& machine) const {
    for (std::size_t at = 0; at < entries_.size() && at < shares_.size(); ++at)
        if (entries_[at].machine == machine) {
            const auto& settings = entries_[at].settings;
            const double most = static_cast<double>(settings.count) * settings.limit / kWholeLp;
            return std::min(shares_[at], most) * 100 / lps_;
        }
    return 0;
}

ResourceReport ResourceGovernor::report(const std::string& machine,
                                        const ProcessorSettings& settings) const {
    ResourceReport report;
    report.mode = mode();
    report.reserveInForce = report.weightInForce = groups_ != nullptr;
    // The workers' own pacing is in force too.
    report.limitInForce = true;
    const auto plain = toHypervisor(settings);
    report.reservePercentOfTotal = hypervisor::percentOfTotal(plain, settings.reserve, lps_);
    report.limitPercentOfTotal = hypervisor::percentOfTotal(plain, settings.limit, lps_);
    report.entitlementPercentOfTotal = entitlementPercent(machine);
    report.note = note_;
    return report;
}

double ResourceGovernor::reservedPercent() const {
    double sum = 0;
    for (const Entry& entry : entries_)
        sum += hypervisor::percentOfTotal(entry.settings, entry.settings.reserve, lps_);
    return sum;
}

void ResourceGovernor::reserve(const std::string& machine, const ProcessorSettings& settings) {
    if (find(machine) == nullptr) {
        Entry entry;
        entry.machine = machine;
        entries_.push_back(std::move(entry));
    }
    Entry& entry = *find(machine);
    entry.settings = toHypervisor(settings);
    if (groups_ && !entry.group) {
        auto group = groups_->machineGroup(machine);
        if (group)
            entry.group = std::move(*group);
        else
            noteTrouble(group.error());
    }
    applyLimit(entry);
    recompute();
}

Result<void> ResourceGovernor::addProcess(const std::string& machine, pid_t worker) {
    Entry* const entry = find(machine);
    if (entry == nullptr || !entry->group)
        return {};
    return entry->group->addProcess(worker);
}

Result<void> ResourceGovernor::addThreads(const std::string& machine, pid_t worker,
                                          const std::vector<WorkerThread>& threads) {
    Entry* const entry = find(machine);
    if (entry == nullptr)
        return {};
    entry->worker = worker;
    entry->processors.clear();
    Result<void> result;
    for (const WorkerThread& thread : threads) {
        if (thread.kind == WorkerThreadKind::Control || !isThreadOf(worker, thread.id))
            continue;
        const auto id = static_cast<pid_t>(thread.id);
        if (entry->group && result)
            result = thread.kind == WorkerThreadKind::Processor
                         ? entry->group->addProcessorThread(id)
                         : entry->group->addDeviceThread(id);
        if (thread.kind == WorkerThreadKind::Processor &&
            entry->processors.size() < hypervisor::kMaximumProcessorCount)
            if (const auto times = hypervisor::readThreadTimes(worker, id))
                entry->processors.push_back(
                    {id, hypervisor::DemandMeter(times->runNanoseconds, times->waitNanoseconds)});
    }
    schedule();
    return result;
}

void ResourceGovernor::change(const std::string& machine, const ProcessorSettings& settings) {
    Entry* const entry = find(machine);
    if (entry == nullptr)
        return;
    entry->settings = toHypervisor(settings);
    applyLimit(*entry);
    recompute();
}

void ResourceGovernor::remove(const std::string& machine) {
    const auto found = std::ranges::find(entries_, machine, &Entry::machine);
    if (found == entries_.end())
        return;
    if (found->group)
        if (auto removed = found->group->remove(); !removed)
            noteTrouble(removed.error());
    entries_.erase(found);
    recompute();
}

void ResourceGovernor::removeLeftover(const std::string& machine) {
    if (!groups_ || find(machine) != nullptr)
        return;
    if (auto group = groups_->machineGroup(machine))
        static_cast<void>((*group)->remove().has_value());
}

void ResourceGovernor::recompute() {
    std::vector<hypervisor::ProcessorSettings> settings;
    for (const Entry& entry : entries_)
        settings.push_back(entry.settings);
    shares_ = hypervisor::fairShares(settings, lps_);
    correction_.reset(entries_.size());
    applyWeights(shares_);
}

void ResourceGovernor::applyLimit(Entry& entry) {
    if (!entry.group || limitsNeedPacing())
        return;
    if (auto set = entry.group->setBandwidth(hypervisor::bandwidth(entry.settings)); !set)
        noteTrouble(set.error());
}

void ResourceGovernor::applyWeights(const std::vector<double>& shares) {
    if (!groups_)
        return;
    const auto weights = hypervisor::groupWeights(shares, groups_->weights());
    for (std::size_t at = 0; at < entries_.size(); ++at) {
        Entry& entry = entries_[at];
        if (!entry.group || entry.weight == weights[at])
            continue;
        if (auto set = entry.group->setWeight(weights[at]); set)
            entry.weight = weights[at];
        else
            noteTrouble(set.error());
    }
}

void ResourceGovernor::noteTrouble(const hypervisor::Error& error) {
    note_ = "resource control may not be in force: " + error.message;
}

void ResourceGovernor::schedule() {
    if (scheduled_ || !groups_ || entries_.empty())
        return;
    scheduled_ = true;
    timer_.expires_after(competing_ ? kCorrection : kLookout);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (error)
            return;
        scheduled_ = false;
        correct();
        schedule();
    });
}

void ResourceGovernor::correct() {
    const auto now = Time::now();
    const auto passed = now - lastCorrection_;
    lastCorrection_ = now;
    std::vector<hypervisor::MachineObservation> observed;
    double waiting = 0;
    for (std::size_t at = 0; at < entries_.size(); ++at) {
        Entry& entry = entries_[at];
        hypervisor::MachineObservation observation{
            shares_[at],
            static_cast<double>(entry.settings.count) * entry.settings.limit / kWholeLp, 0, 0};
        for (Processor& processor : entry.processors) {
            const auto times = hypervisor::readThreadTimes(entry.worker, processor.thread);
            if (!times)
                continue;
            const auto demand = processor.meter.update(
                times->runNanoseconds, times->waitNanoseconds, passed,
                [&] { return hypervisor::isRunnable(entry.worker, processor.thread); });
            observation.run += demand.run;
            observation.wait += demand.wait;
        }
        waiting += observation.wait;
        observed.push_back(observation);
    }
    const bool competed = std::exchange(competing_, waiting > kCompeting && entries_.size() > 1);
    // The first figures after a quiet time are of another length.
    if (competing_ && competed) {
        applyWeights(correction_.update(observed));
    } else if (competed) {
        correction_.reset(entries_.size());
        applyWeights(shares_);
    }
}

}  // namespace service
