// SPDX-License-Identifier: GPL-3.0-or-later
#include "time_window.h"

#include <algorithm>
#include <cmath>

namespace gui {

namespace {

constexpr std::int64_t kShortest = 5'000;
/// Samples are of whole seconds and come a little after them: curves reach the edge at any time.
constexpr std::int64_t kBehind = 1'200;

}  // namespace

void TimeWindow::setRange(TimeRange range) {
    range_ = range;
    moved_ = false;
    if (paused_ && held_)
        held_ = TimeSpan{held_->to - millisecondsOf(range), held_->to};
    else
        held_.reset();
}

void TimeWindow::setPaused(bool paused, std::int64_t now) {
    if (paused == paused_)
        return;
    if (paused)
        held_ = seen(now);
    else if (!moved_)
        held_.reset();
    paused_ = paused;
}

void TimeWindow::reset(std::int64_t now) {
    moved_ = false;
    held_.reset();
    if (paused_)
        held_ = seen(now);
}

TimeSpan TimeWindow::seen(std::int64_t now) const {
    if (held_)
        return *held_;
    // What is a second late does not show in a longer time.
    const std::int64_t to = now - kBehind;
    return {to - millisecondsOf(range_), to};
}

void TimeWindow::zoom(double factor, std::int64_t anchor, std::int64_t now) {
    const TimeSpan before = seen(now);
    const auto length =
        static_cast<std::int64_t>(std::llround(static_cast<double>(before.length()) * factor));
    const std::int64_t most = millisecondsOf(range_);
    if (length >= most && !paused_) {
        reset(now);
        return;
    }
    const std::int64_t allowed = std::clamp(length, kShortest, most);
    const double part =
        static_cast<double>(anchor - before.from) / static_cast<double>(before.length());
    const std::int64_t from =
        anchor - static_cast<std::int64_t>(std::llround(part * static_cast<double>(allowed)));
    hold({from, from + allowed}, now);
}

void TimeWindow::pan(std::int64_t milliseconds, std::int64_t now) {
    const TimeSpan before = seen(now);
    hold({before.from + milliseconds, before.to + milliseconds}, now);
}

void TimeWindow::hold(TimeSpan span, std::int64_t now) {
    const std::int64_t latest = std::max(now, held_ ? held_->to : now);
    const std::int64_t earliest = now - millisecondsOf(range_) * 5 / 4;
    std::int64_t shift = 0;
    if (span.to > latest)
        shift = latest - span.to;
    else if (span.from < earliest)
        shift = std::min(earliest - span.from, latest - span.to);
    held_ = TimeSpan{span.from + shift, span.to + shift};
    moved_ = true;
}

}  // namespace gui
