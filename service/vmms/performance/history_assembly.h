// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "history_chunk.h"
#include "history_query.h"
#include "hypervisor/error.h"

namespace service {

/// At which level a query is answered, and the points of the answer.
struct HistoryPlan {
    std::size_t level = 0;
    std::chrono::sys_seconds from;
    /// A multiple of the level's.
    std::chrono::seconds step{1};
    std::size_t points = 0;

    /// `available` says from when on each level still has everything. Fails with what is wrong
    /// with the query.
    [[nodiscard]] static hypervisor::Result<HistoryPlan> create(
        const HistoryQuery& query, std::chrono::sys_seconds now,
        const std::array<std::chrono::sys_seconds, kHistoryLevels.size()>& available);

    [[nodiscard]] std::chrono::sys_seconds to() const {
        return from + step * static_cast<std::int64_t>(points);
    }
};

/// Puts an answer together from chunks.
class HistoryAssembly {
  public:
    HistoryAssembly(const HistoryQuery& query, const HistoryPlan& plan);

    /// Chunks of the plan's level come first, then finer ones, which fill points for which there
    /// is no other level's.
    void add(const HistoryChunk& chunk);
    [[nodiscard]] HistoryAnswer take();

  private:
    struct Series {
        CounterName counter;
        std::vector<double> sums;
        std::vector<std::uint32_t> counts;
        std::vector<ValueCode> maxima;
    };
    /// For each series its place in the layout, or none.
    [[nodiscard]] const std::vector<std::optional<std::size_t>>& placesIn(
        const std::shared_ptr<const CounterLayout>& layout);

    const HistoryPlan plan_;
    std::vector<Series> series_;
    // For each point the level that it is from, one more than the coarsest while it is from none.
    std::vector<std::uint8_t> owners_;
    // Chunks in a row mostly have the same layout.
    std::shared_ptr<const CounterLayout> layout_;
    std::vector<std::optional<std::size_t>> places_;
};

}  // namespace service
