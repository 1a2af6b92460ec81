// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "counter_layouts.h"
#include "history_chunk.h"

namespace service {

/// Collects one machine's figures, a point a second, into chunks of ten seconds.
class HistoryRecorder {
  public:
    /// How often a machine may change its counters; one that does so more often, because its worker
    /// is not what it was, is not recorded any more. Its layouts would fill the database.
    static constexpr std::size_t kMostLayouts = 256;

    /// Figures of the time from `from` to `to`, rounded to seconds: a point for each, of a long
    /// time for the last few, and one at least. Gives the chunks that this has completed.
    [[nodiscard]] std::vector<HistoryChunk> add(
        std::chrono::sys_time<std::chrono::milliseconds> from,
        std::chrono::sys_time<std::chrono::milliseconds> to,
        const std::shared_ptr<const KnownLayout>& layout, std::span<const double> values);
    /// What there is of a chunk, which goes on.
    [[nodiscard]] std::optional<HistoryChunk> unfinished() const;
    /// The same, and the next figures begin a new one.
    [[nodiscard]] std::optional<HistoryChunk> finish();

  private:
    void addPoint(std::chrono::sys_seconds second, const std::shared_ptr<const KnownLayout>& layout,
                  std::span<const double> values, std::vector<HistoryChunk>& done);

    // Points of one second, one after the other: turned when they leave.
    std::vector<ValueCode> points_;
    std::size_t count_ = 0;
    std::chrono::sys_seconds start_;
    std::shared_ptr<const KnownLayout> layout_;
    std::size_t layouts_ = 0;
};

}  // namespace service
