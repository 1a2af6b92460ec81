// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/stats/performance_counters.h"
#include "hypervisor/stats/stats_view.h"
#include "hypervisor/stats/thread_times.h"

namespace service {

/// How many files of VPs' threads may be kept open, all machines' together.
class OpenFileBudget {
  public:
    /// Half of what the process may have open.
    [[nodiscard]] static OpenFileBudget ofProcess();
    explicit OpenFileBudget(std::size_t most) : left_(most) {}

    [[nodiscard]] bool take() {
        if (left_ == 0)
            return false;
        --left_;
        return true;
    }
    void giveBack() { ++left_; }

  private:
    std::size_t left_;
};

/// Takes samples of one machine, with the files of its VPs' threads kept open as far as `budget`
/// allows.
///
/// Thread safety: one thread, which also has `budget`.
class MachineSampler {
  public:
    MachineSampler(std::unique_ptr<hypervisor::StatsView> view, pid_t worker,
                   OpenFileBudget& budget)
        : view_(std::move(view)), worker_(worker), budget_(budget) {}
    ~MachineSampler();
    MachineSampler(const MachineSampler&) = delete;
    MachineSampler& operator=(const MachineSampler&) = delete;

    [[nodiscard]] hypervisor::Result<hypervisor::MachineSample> sample();

  private:
    struct Thread {
        std::uint32_t id = 0;
        std::optional<hypervisor::ThreadTimesFile> file;
    };
    [[nodiscard]] std::optional<hypervisor::ThreadTimes> readThread(Thread& thread,
                                                                    std::uint32_t id);
    void closeFile(Thread& thread);

    const std::unique_ptr<hypervisor::StatsView> view_;
    const pid_t worker_;
    OpenFileBudget& budget_;
    std::vector<Thread> threads_;
};

}  // namespace service
