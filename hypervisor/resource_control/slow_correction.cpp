// SPDX-License-Identifier: GPL-3.0-or-later
#include "slow_correction.h"

#include <algorithm>
#include <cmath>

namespace hypervisor {

namespace {

// Of a new observation in the running mean, of the mean's error in a step, and of a step back.
constexpr double kNew = 0.2;
constexpr double kGain = 0.15;
constexpr double kReturn = 0.05;
// Who waited less than this part of what it ran has what it wants.
constexpr double kContent = 0.01;

bool competes(const MachineObservation& machine) {
    return machine.wait > kContent * machine.run && machine.share > 0;
}

}  // namespace

std::vector<double> entitlements(std::span<const MachineObservation> machines) {
    double left = 0;
    for (const MachineObservation& machine : machines)
        left += machine.run;
    std::vector<double> result(machines.size(), 0);
    std::vector<bool> settled(machines.size(), false);
    // In each round those whose part is more than they wanted are settled with what they wanted;
    // when there are none, the rest divide what is left.
    for (;;) {
        double shares = 0;
        for (std::size_t index = 0; index < machines.size(); ++index)
            if (!settled[index])
                shares += machines[index].share;
        if (shares <= 0)
            return result;
        const double perShare = left / shares;
        bool any = false;
        double taken = 0;
        for (std::size_t index = 0; index < machines.size(); ++index) {
            if (settled[index])
                continue;
            const MachineObservation& machine = machines[index];
            const double wanted = std::min(machine.run + machine.wait, machine.most);
            result[index] = machine.share * perShare;
            if (wanted < result[index]) {
                result[index] = wanted;
                settled[index] = true;
                taken += wanted;
                any = true;
            }
        }
        if (!any)
            return result;
        left = std::max(left - taken, 0.0);
    }
}

void SlowCorrection::reset(std::size_t machines) {
    factors_.assign(machines, 1);
    run_.assign(machines, 0);
    entitled_.assign(machines, 0);
}

std::vector<double> SlowCorrection::update(std::span<const MachineObservation> machines) {
    if (factors_.size() != machines.size())
        reset(machines.size());
    const std::vector<double> entitled = entitlements(machines);
    std::vector<double> corrected(machines.size());
    for (std::size_t index = 0; index < machines.size(); ++index) {
        const MachineObservation& machine = machines[index];
        run_[index] += kNew * (machine.run - run_[index]);
        entitled_[index] += kNew * (entitled[index] - entitled_[index]);
        double& factor = factors_[index];
        if (competes(machine) && entitled_[index] > 0) {
            const double error =
                std::clamp((entitled_[index] - run_[index]) / entitled_[index], -1.0, 1.0);
            factor = std::clamp(factor * std::exp(kGain * error), 1 / kMost, kMost);
        } else {
            factor += kReturn * (1 - factor);
        }
        corrected[index] = machine.share * factor;
    }
    return corrected;
}

}  // namespace hypervisor
