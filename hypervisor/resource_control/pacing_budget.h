// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>

namespace hypervisor {

/// Whether a machine's VPs may run, so that together they use no more than a given part of the LPs
/// over time: what holds a limit where no control group can. Time earns a budget, running spends
/// it; what was overspent is owed.
class PacingBudget {
  public:
    /// `processors` is how many LPs' time may be used, 0.5 for half of one; greater than 0.
    /// `period` is how much time's earnings are kept at most while the VPs are idle.
    PacingBudget(double processors, std::chrono::nanoseconds period)
        : processors_(processors), most_(processors * static_cast<double>(period.count())) {}

    /// `elapsed` has passed and the VPs have `used` so much since the last call. True: they may
    /// run.
    [[nodiscard]] bool account(std::chrono::nanoseconds elapsed, std::chrono::nanoseconds used) {
        budget_ +=
            processors_ * static_cast<double>(elapsed.count()) - static_cast<double>(used.count());
        if (budget_ > most_)
            budget_ = most_;
        return budget_ > 0;
    }

  private:
    double processors_;
    double most_;
    double budget_ = 0;
};

}  // namespace hypervisor
