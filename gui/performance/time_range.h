// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <array>
#include <cstddef>
#include <cstdint>

namespace gui {

// How much of the past a graph shows.

enum class TimeRange : unsigned char { Minute, FiveMinutes, Hour, Day };
inline constexpr std::array kTimeRanges{TimeRange::Minute, TimeRange::FiveMinutes, TimeRange::Hour,
                                        TimeRange::Day};

[[nodiscard]] constexpr std::int64_t millisecondsOf(TimeRange range) {
    switch (range) {
        case TimeRange::Minute:
            return 60'000;
        case TimeRange::FiveMinutes:
            return 300'000;
        case TimeRange::Hour:
            return 3'600'000;
        case TimeRange::Day:
            return 86'400'000;
    }
    return 0;
}

/// Between two points: as fine as the service's history is for such a time.
[[nodiscard]] constexpr std::int64_t stepOf(TimeRange range) {
    return range == TimeRange::Day ? 60'000 : 1'000;
}

/// A quarter more than is shown at first, to look back at while time goes on.
[[nodiscard]] constexpr std::size_t pointsOf(TimeRange range) {
    return static_cast<std::size_t>(millisecondsOf(range) / stepOf(range) * 5 / 4);
}

/// "5 min".
[[nodiscard]] QString textOf(TimeRange range);

}  // namespace gui
