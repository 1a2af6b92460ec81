// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

namespace hypervisor {

/// What one machine did in the last tenth of a second. All in LPs: time divided by time.
struct MachineObservation {
    /// What it gets when all are busy: fairShares().
    double share;
    /// What it can use at most: its VPs, or its limit.
    double most;
    /// What its VPs ran, and what they waited while they wanted to run.
    double run;
    double wait;
};

/// What each machine should have run of the LPs' time that all together ran: what it wanted, but
/// in proportion to the shares where that is too much. Sums to the sum of `run`, or to what all
/// wanted if that is less.
[[nodiscard]] std::vector<double> entitlements(std::span<const MachineObservation> machines);

/// The control law that closes what the kernel's weights leave open: a machine that waited and got
/// less than its entitlement has its weight raised step by step, one that got more has it lowered,
/// and one that does not compete goes back to its plain share.
///
/// The machines' order is the caller's, and must stay the same between updates; after a change of
/// machines or settings begin anew with reset().
class SlowCorrection {
  public:
    /// How far a weight may be from its share, either way.
    static constexpr double kMost = 4;

    void reset(std::size_t machines);
    /// The shares times what they are corrected by, for groupWeights().
    [[nodiscard]] std::vector<double> update(std::span<const MachineObservation> machines);

  private:
    std::vector<double> factors_;
    /// Smoothed run and entitlement: a tenth of a second is only a few of the scheduler's turns.
    std::vector<double> run_;
    std::vector<double> entitled_;
};

}  // namespace hypervisor
