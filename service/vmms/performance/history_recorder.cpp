// SPDX-License-Identifier: GPL-3.0-or-later
#include "history_recorder.h"

#include <algorithm>
#include <utility>

namespace service {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kMostFilled = 5s;

}  // namespace

std::vector<HistoryChunk> HistoryRecorder::add(
    std::chrono::sys_time<std::chrono::milliseconds> from,
    std::chrono::sys_time<std::chrono::milliseconds> to,
    const std::shared_ptr<const KnownLayout>& layout, std::span<const double> values) {
    // The point of second s is what happened from s to s + 1, give or take.
    const auto last = std::chrono::round<std::chrono::seconds>(to) - 1s;
    auto second = std::chrono::round<std::chrono::seconds>(from);
    second = std::clamp(second, last - (kMostFilled - 1s), last);
    std::vector<HistoryChunk> done;
    for (; second <= last; second += 1s)
        addPoint(second, layout, values, done);
    return done;
}

void HistoryRecorder::addPoint(std::chrono::sys_seconds second,
                               const std::shared_ptr<const KnownLayout>& layout,
                               std::span<const double> values, std::vector<HistoryChunk>& done) {
    const bool fits = layout_ == layout && count_ != 0 &&
                      second >= start_ + std::chrono::seconds(count_) - 1s &&
                      windowStart(0, second) == windowStart(0, start_);
    if (!fits) {
        if (auto chunk = finish())
            done.push_back(std::move(*chunk));
        if (layout_ != layout && ++layouts_ > kMostLayouts) {
            layout_.reset();
            return;
        }
        layout_ = layout;
        start_ = second;
    }
    const std::size_t size = layout->keptPlaces.size();
    const auto point = static_cast<std::size_t>((second - start_).count());
    // A second that comes again replaces the point; one that was missed has none.
    count_ = point + 1;
    points_.resize(count_ * size, kNoValue);
    for (std::size_t counter = 0; counter < size; ++counter)
        points_[point * size + counter] = encodeValue(values[layout->keptPlaces[counter]]);
}

std::optional<HistoryChunk> HistoryRecorder::unfinished() const {
    if (count_ == 0)
        return std::nullopt;
    HistoryChunk chunk;
    chunk.start = start_;
    chunk.points = count_;
    chunk.layout = layout_->kept;
    const std::size_t size = layout_->keptPlaces.size();
    chunk.averages.resize(points_.size());
    for (std::size_t point = 0; point < count_; ++point)
        for (std::size_t counter = 0; counter < size; ++counter)
            chunk.averages[counter * count_ + point] = points_[point * size + counter];
    return chunk;
}

std::optional<HistoryChunk> HistoryRecorder::finish() {
    auto chunk = unfinished();
    points_.clear();
    count_ = 0;
    return chunk;
}

}  // namespace service
