// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "time_range.h"

namespace gui {

/// A part of time, milliseconds since 1970.
struct TimeSpan {
    std::int64_t from = 0;
    std::int64_t to = 0;

    [[nodiscard]] std::int64_t length() const { return to - from; }
    bool operator==(const TimeSpan&) const = default;
};

/// Which part of time a graph shows: the last of its range as time goes on, or what someone has
/// zoomed and panned to, or where they have paused. No I/O: `now` is told.
class TimeWindow {
  public:
    [[nodiscard]] TimeRange range() const { return range_; }
    void setRange(TimeRange range);
    [[nodiscard]] bool isPaused() const { return paused_; }
    void setPaused(bool paused, std::int64_t now);
    /// It moves as time goes on.
    [[nodiscard]] bool follows() const { return !held_; }
    /// Zoomed or panned, beside being paused.
    [[nodiscard]] bool isMoved() const { return moved_; }
    void reset(std::int64_t now);

    [[nodiscard]] TimeSpan seen(std::int64_t now) const;
    /// `factor` below 1 shows less time; `anchor` stays where it is.
    void zoom(double factor, std::int64_t anchor, std::int64_t now);
    /// Towards the past if negative.
    void pan(std::int64_t milliseconds, std::int64_t now);

  private:
    void hold(TimeSpan span, std::int64_t now);

    TimeRange range_ = TimeRange::FiveMinutes;
    bool paused_ = false;
    bool moved_ = false;
    // While it does not follow.
    std::optional<TimeSpan> held_;
};

}  // namespace gui
