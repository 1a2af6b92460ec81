// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "figures.h"
#include "hypervisor/stats/performance_counters.h"

namespace service {

/// The counters of a machine, and which of them history keeps: all of the machine as a whole and of
/// its devices, and of each VP the run times, context switches, intercepts and hypercalls.
struct KnownLayout {
    std::shared_ptr<const CounterLayout> all;
    std::shared_ptr<const CounterLayout> kept;
    /// For each of `kept` its place in `all`.
    std::vector<std::uint32_t> keptPlaces;
};

/// Layouts that are in use, each once: machines with the same counters share one.
///
/// Thread safety: one thread.
class CounterLayouts {
  public:
    static constexpr std::size_t kMostKept = 2048;

    /// `before` is what the same machine had before, or nothing: most often the answer. Names that
    /// came from a worker are made fit to be shown.
    [[nodiscard]] std::shared_ptr<const KnownLayout> find(
        std::vector<hypervisor::PerformanceCounter>& counters,
        const std::shared_ptr<const KnownLayout>& before);

  private:
    std::map<CounterLayout, std::weak_ptr<const KnownLayout>> layouts_;
    std::size_t pruneAt_ = 64;
};

/// A line for each counter, for storing.
[[nodiscard]] std::string layoutText(const CounterLayout& layout);
/// Nothing when `text` is none.
[[nodiscard]] std::optional<CounterLayout> parseLayoutText(std::string_view text);

}  // namespace service
