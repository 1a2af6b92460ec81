// SPDX-License-Identifier: GPL-3.0-or-later
#include "memory_governor.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace service {

namespace {

using namespace std::chrono_literals;
using Time = std::chrono::steady_clock;

// Guests tell of themselves once a second.
constexpr auto kInterval = 1'000ms;
constexpr auto kStartInterval = 200ms;
constexpr std::uint64_t kMebibyte = 1 << 20;
/// Guests give up whole ones.
constexpr std::uint64_t kChunk = 2 * kMebibyte;
/// The host's memory goes up and down by some of it all the time.
constexpr std::uint64_t kRipple = 64 * kMebibyte;

std::uint64_t assignedTo(const std::vector<MachineMemory>& machines) {
    std::uint64_t sum = 0;
    for (const MachineMemory& machine : machines)
        sum += machine.assigned;
    return sum;
}

/// Without what a guest can't give up of its last chunk.
std::uint64_t takenBy(const std::vector<MachineMemory>& machines) {
    const auto yielding = std::ranges::count_if(machines, &MachineMemory::yields);
    const std::uint64_t assigned = assignedTo(machines);
    return assigned - std::min(assigned, static_cast<std::uint64_t>(yielding) * kChunk);
}

std::uint64_t keptBy(const MachineMemory& machine) {
    return machine.yields ? std::min(machine.least, machine.assigned) : machine.assigned;
}

bool mayGiveBack(const MachineMemory& machine) {
    return keptBy(machine) < machine.assigned;
}

}  // namespace

MemoryGovernor::MemoryGovernor(boost::asio::any_io_executor executor, HostMemory host)
    : host_(host), timer_(std::move(executor)) {}

RpcResult<void> MemoryGovernor::admit(const std::string& id, const std::string& name,
                                      std::uint64_t bytes) const {
    std::vector<MachineMemory> others = callbacks_.machines();
    std::erase_if(others, [&id](const MachineMemory& machine) { return machine.id == id; });
    std::uint64_t kept = 0;
    for (const MachineMemory& machine : others)
        kept += keptBy(machine);
    if (kept <= host_.most() && bytes <= host_.most() - kept)
        return {};
    return std::unexpected(refusal(name, bytes, others));
}

RpcError MemoryGovernor::refusal(const std::string& name, std::uint64_t bytes,
                                 const std::vector<MachineMemory>& others) const {
    std::string text = fmt::format(
        "'{}' needs {} MiB of memory, and of the {} MiB that machines may have on this host those "
        "that run have {} MiB",
        name, bytes >> 20, host_.most() >> 20, assignedTo(others) >> 20);
    if (std::ranges::any_of(others, mayGiveBack))
        text += " and do not give back enough";
    return makeError(ErrorCode::NotEnoughResources, std::move(text),
                     "turn off another machine or give this one less memory",
                     "memory.startupBytes");
}

void MemoryGovernor::makeRoom(const std::string& id, const std::string& name, OnRoom done) {
    const std::vector<MachineMemory> machines = callbacks_.machines();
    // What can't be taken from anybody is not waited for.
    if (std::ranges::none_of(machines, &MachineMemory::yields))
        return done({});
    balance(machines);
    starts_.push_back({id, name, Time::now() + kRoomPatience, std::move(done)});
    answerStarts(machines);
    if (!starts_.empty())
        schedule(kStartInterval);
}

void MemoryGovernor::changed() {
    if (!scheduled_)
        schedule(kInterval);
}

void MemoryGovernor::schedule(std::chrono::milliseconds delay) {
    scheduled_ = true;
    timer_.expires_after(delay);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (error)
            return;
        scheduled_ = false;
        tick();
    });
}

void MemoryGovernor::tick() {
    const std::vector<MachineMemory> machines = callbacks_.machines();
    balance(machines);
    answerStarts(machines);
    if (!starts_.empty())
        schedule(kStartInterval);
    else if (!scheduled_ && std::ranges::any_of(machines, &MachineMemory::yields))
        schedule(kInterval);
}

void MemoryGovernor::balance(const std::vector<MachineMemory>& machines) {
    if (std::ranges::none_of(machines, &MachineMemory::yields)) {
        static_cast<void>(ceilings_.update({}, 0, Time::now()));
        return;
    }
    std::vector<pid_t> workers;
    for (const MachineMemory& machine : machines)
        if (machine.process > 0)
            workers.push_back(machine.process);
    const std::uint64_t now = host_.available(workers);
    if (now < available_ || now - available_ >= kRipple || now == host_.most())
        available_ = now;
    for (const MemoryCeilings::Change& change : ceilings_.update(machines, available_, Time::now()))
        callbacks_.setCeiling(change.id, change.ceiling);
}

void MemoryGovernor::answerStarts(const std::vector<MachineMemory>& machines) {
    const std::uint64_t taken = takenBy(machines);
    const bool somebodyMay = std::ranges::any_of(machines, mayGiveBack);
    const auto now = Time::now();
    std::vector<std::pair<OnRoom, RpcResult<void>>> answers;
    std::erase_if(starts_, [&](Start& start) {
        const auto own = std::ranges::find(machines, start.id, &MachineMemory::id);
        const bool gone = own == machines.end();
        const bool isOver = now >= start.deadline || !somebodyMay;
        if (!gone && taken > available_ && !isOver)
            return false;
        // What other programs have makes machines yield, and keeps none from starting.
        if (gone || taken <= host_.most()) {
            answers.emplace_back(std::move(start.done), RpcResult<void>());
            return true;
        }
        std::vector<MachineMemory> others = machines;
        std::erase_if(others, [&](const MachineMemory& one) { return one.id == start.id; });
        answers.emplace_back(std::move(start.done),
                             std::unexpected(refusal(start.name, own->assigned, others)));
        return true;
    });
    // They change the machines.
    for (auto& [done, room] : answers)
        done(std::move(room));
}

}  // namespace service
