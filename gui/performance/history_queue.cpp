// SPDX-License-Identifier: GPL-3.0-or-later
#include "history_queue.h"

#include <QDateTime>
#include <algorithm>
#include <tuple>

namespace gui {

using service::RpcResult;
using service::StatsHistoryMethod;
using service::StatsHistoryParams;
using service::StatsHistoryReply;

namespace {

constexpr std::uint32_t kMostPoints = 4'000;
/// Counters times points of one reply: some milliseconds' work.
constexpr std::size_t kMostFigures = 40'000;
/// The service's own bound.
constexpr std::size_t kMostCounters = 256;
/// The finest history is there for exactly the longest time that it is asked for, less what passes
/// while it is asked.
constexpr std::int64_t kMargin = 20;

}  // namespace

HistoryQueue::HistoryQueue(ServiceConnection& connection) : connection_(connection) {
    timer_.setSingleShot(true);
    connect(&timer_, &QTimer::timeout, this, &HistoryQueue::next);
}

void HistoryQueue::ask(CounterKey counter, TimeRange range, QObject* context, Handler handler) {
    waiting_.push_back({std::move(counter), range, context, std::move(handler)});
    if (!asking_)
        timer_.start(0);
}

void HistoryQueue::clear() {
    waiting_.clear();
    asking_ = false;
    ++round_;
}

std::vector<HistoryQueue::Request> HistoryQueue::takePortion() {
    std::erase_if(waiting_, [](const Request& request) { return request.context.isNull(); });
    std::vector<Request> portion;
    if (waiting_.empty())
        return portion;
    const TimeRange range = waiting_.front().range;
    const std::string machine = waiting_.front().counter.machine;
    const auto points = static_cast<std::size_t>(millisecondsOf(range) / stepOf(range));
    const std::size_t most = std::clamp<std::size_t>(kMostFigures / points, 1, kMostCounters);
    std::deque<Request> rest;
    for (Request& request : waiting_)
        if (portion.size() < most && request.range == range && request.counter.machine == machine)
            portion.push_back(std::move(request));
        else
            rest.push_back(std::move(request));
    waiting_ = std::move(rest);
    return portion;
}

void HistoryQueue::next() {
    if (asking_ || connection_.state() != ServiceConnection::State::Connected)
        return;
    std::vector<Request> portion = takePortion();
    if (portion.empty())
        return;
    asking_ = true;
    const std::int64_t now = QDateTime::currentSecsSinceEpoch();
    StatsHistoryParams params;
    if (!portion.front().counter.machine.empty())
        params.machine = portion.front().counter.machine;
    params.from = now - millisecondsOf(portion.front().range) / 1'000 + kMargin;
    params.to = now + 1;
    params.mostPoints = kMostPoints;
    params.counters.emplace();
    for (const Request& request : portion)
        params.counters->push_back(
            {request.counter.set, request.counter.instance, request.counter.name});
    connection_.call<StatsHistoryMethod>(params, this,
                                         [this, round = round_, requests = std::move(portion)](
                                             const RpcResult<StatsHistoryReply>& reply) {
                                             if (round != round_)
                                                 return;
                                             asking_ = false;
                                             // Views change what they want while they are answered.
                                             timer_.start(0);
                                             answer(requests, reply.value_or(StatsHistoryReply{}));
                                         });
}

void HistoryQueue::answer(const std::vector<Request>& requests, const StatsHistoryReply& reply) {
    const std::int64_t step = std::int64_t{reply.stepSeconds} * 1'000;
    for (const Request& request : requests) {
        if (request.context.isNull())
            continue;
        const auto found = std::find_if(
            reply.series.begin(), reply.series.end(), [&](const service::CounterSeries& series) {
                return std::tie(series.set, series.instance, series.name) ==
                       std::tie(request.counter.set, request.counter.instance,
                                request.counter.name);
            });
        std::vector<CounterPoint> points;
        if (found != reply.series.end()) {
            points.reserve(found->values.size());
            std::int64_t time = reply.from * 1'000;
            for (const auto& value : found->values) {
                points.push_back({time, value.value_or(CounterPoint::kGap)});
                time += step;
            }
        }
        request.handler(points, step);
    }
}

}  // namespace gui
