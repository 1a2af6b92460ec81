// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace gui {

/// A figure at a time in milliseconds since 1970. No figure, a gap, is a NaN.
struct CounterPoint {
    static constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

    std::int64_t time = 0;
    double value = kGap;

    [[nodiscard]] bool isGap() const { return value != value; }
};

/// What one counter was over some time: history first, then what has come since it is watched.
/// Bounded: the oldest points go. Points are in order of time, no two at the same.
class CounterSeries {
  public:
    /// `step` in milliseconds: points that come more often are averaged, and where none has come
    /// for some steps there is a gap.
    CounterSeries(std::int64_t step, std::size_t mostPoints);

    /// A figure that has just been taken, or that it is not there now. Returns from which time on
    /// points are others than before; nothing if none are. One that is older than the newest is
    /// dropped.
    std::optional<std::int64_t> append(std::int64_t time, std::optional<double> value);
    /// What comes from now on is live; everything before is history, which the next mergeHistory()
    /// replaces.
    void beginLive();
    /// Puts `history`, in order of time, before the live points. `historyStep` is the time between
    /// its points. Nothing of it means that there is none, and then what is known stays.
    void mergeHistory(std::span<const CounterPoint> history, std::int64_t historyStep);

    [[nodiscard]] std::span<const CounterPoint> points() const;
    /// Those from this time on.
    [[nodiscard]] std::span<const CounterPoint> pointsFrom(std::int64_t time) const;
    /// Of exactly that time.
    [[nodiscard]] std::optional<double> exactly(std::int64_t time) const;
    /// Of the point that is nearest; nothing in a gap or outside.
    [[nodiscard]] std::optional<double> near(std::int64_t time) const;
    /// The newest figure, unless there is a gap after it.
    [[nodiscard]] std::optional<double> newest() const;
    [[nodiscard]] bool hasFigures() const;
    [[nodiscard]] std::int64_t step() const { return step_; }

    /// The same points with another bound.
    [[nodiscard]] CounterSeries withMost(std::size_t mostPoints) const;

  private:
    void push(CounterPoint point);
    void bound();

    std::int64_t step_;
    std::size_t most_;
    // Up to twice `most_`, so that the front is cut off only now and then.
    std::vector<CounterPoint> points_;
    std::optional<std::int64_t> firstLive_;
    bool live_ = false;
    // The last point is history's, and how far behind now that may be.
    std::optional<std::int64_t> historyBehind_;
    // How many figures the last point is the mean of.
    std::size_t inLast_ = 0;
};

}  // namespace gui
