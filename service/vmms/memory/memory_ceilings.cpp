// SPDX-License-Identifier: GPL-3.0-or-later
#include "memory_ceilings.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "memory_shares.h"

namespace service {

namespace {

constexpr std::uint64_t kMebibyte = 1 << 20;
/// Guests give up memory in pieces of this size.
constexpr std::uint64_t kSmall = 16 * kMebibyte;
constexpr std::uint64_t kLeastStep = 128 * kMebibyte;
constexpr std::chrono::seconds kRest{10};

MemoryClaim claimOf(const MachineMemory& machine) {
    const std::uint64_t minimum = std::min(machine.minimum, machine.maximum);
    const std::uint64_t wanted = std::clamp(machine.wanted, minimum, machine.maximum);
    const std::uint64_t step = MemoryCeilings::mostStep(machine.assigned);
    const std::uint64_t kept =
        std::max(machine.least, machine.assigned - std::min(machine.assigned, step));
    return {minimum, std::clamp(kept, minimum, wanted), wanted, machine.maximum, machine.weight};
}

/// Of one that yields from now on: as it is.
std::uint64_t firstOf(const MachineMemory& machine) {
    return std::min(machine.maximum, std::max(machine.assigned, machine.ceiling));
}

/// Whole MiB.
std::uint64_t partOf(std::uint64_t amount, std::uint64_t room, std::uint64_t all) {
    const double part = static_cast<double>(room) / static_cast<double>(all);
    return static_cast<std::uint64_t>(static_cast<double>(amount) * part) / kMebibyte * kMebibyte;
}

}  // namespace

std::uint64_t MemoryCeilings::mostStep(std::uint64_t assigned) {
    return std::max(kLeastStep, assigned / 4);
}

std::vector<MemoryCeilings::Change> MemoryCeilings::update(std::span<const MachineMemory> machines,
                                                           std::uint64_t available, Time now) {
    std::uint64_t pool = available;
    std::vector<MachineMemory> yielding;
    std::map<std::string, State, std::less<>> states;
    for (const MachineMemory& machine : machines) {
        if (!machine.yields) {
            pool -= std::min(pool, machine.assigned);
            continue;
        }
        yielding.push_back(machine);
        const auto known = states_.find(machine.id);
        states.emplace(machine.id, known != states_.end() ? known->second
                                                          : State{firstOf(machine), now - kRest});
    }
    states_ = std::move(states);

    std::map<std::string, std::uint64_t, std::less<>> before;
    for (const auto& [id, state] : states_)
        before.emplace(id, state.ceiling);
    if (!isSettled(yielding, pool)) {
        std::vector<MemoryClaim> claims;
        for (const MachineMemory& machine : yielding)
            claims.push_back(claimOf(machine));
        const auto shares = memoryShares(claims, pool);
        lower(yielding, shares, pool, now);
        raise(yielding, shares, pool, now);
    }
    std::vector<Change> changes;
    for (auto& [id, state] : states_)
        if (!std::exchange(state.told, true) || state.ceiling != before.at(id))
            changes.push_back({id, state.ceiling});
    return changes;
}

bool MemoryCeilings::isSettled(std::span<const MachineMemory> machines, std::uint64_t pool) const {
    return reach(machines) <= pool &&
           std::ranges::all_of(machines, [this](const MachineMemory& machine) {
               const State& state = states_.find(machine.id)->second;
               return state.told && std::min(machine.wanted, machine.maximum) <= state.ceiling;
           });
}

void MemoryCeilings::lower(std::span<const MachineMemory> machines,
                           std::span<const std::uint64_t> shares, std::uint64_t pool, Time now) {
    const bool tooMuch = reach(machines) > pool;
    for (std::size_t at = 0; at < machines.size(); ++at) {
        State& state = stateOf(machines[at]);
        if (shares[at] >= state.ceiling || (!tooMuch && state.ceiling - shares[at] < kSmall))
            continue;
        state.ceiling = shares[at];
        // Where it has what it wants, it may want more at any time.
        if (shares[at] < std::min(machines[at].wanted, machines[at].maximum))
            state.lowered = now;
    }
}

void MemoryCeilings::raise(std::span<const MachineMemory> machines,
                           std::span<const std::uint64_t> shares, std::uint64_t pool, Time now) {
    const std::uint64_t taken = reach(machines);
    const std::uint64_t room = pool - std::min(pool, taken);
    // Beyond what each has or may take already.
    std::vector<std::uint64_t> missing(machines.size());
    std::uint64_t all = 0;
    for (std::size_t at = 0; at < machines.size(); ++at) {
        const State& state = stateOf(machines[at]);
        if (shares[at] >= state.ceiling + kSmall && now - state.lowered >= kRest)
            missing[at] = shares[at] - std::min(shares[at], reach(machines[at]));
        all += missing[at];
    }
    for (std::size_t at = 0; at < machines.size(); ++at) {
        State& state = stateOf(machines[at]);
        const std::uint64_t granted = all <= room ? missing[at] : partOf(missing[at], room, all);
        if (granted >= kSmall)
            state.ceiling = reach(machines[at]) + granted;
    }
}

MemoryCeilings::State& MemoryCeilings::stateOf(const MachineMemory& machine) {
    return states_.find(machine.id)->second;
}

std::uint64_t MemoryCeilings::reach(const MachineMemory& machine) const {
    return std::max({machine.assigned, machine.ceiling, states_.find(machine.id)->second.ceiling});
}

std::uint64_t MemoryCeilings::reach(std::span<const MachineMemory> machines) const {
    std::uint64_t sum = 0;
    for (const MachineMemory& machine : machines)
        sum += reach(machine);
    return sum;
}

}  // namespace service
