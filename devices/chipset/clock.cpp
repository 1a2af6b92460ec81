// SPDX-License-Identifier: GPL-3.0-or-later
#include "clock.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace devices {

namespace {

using std::chrono::duration_cast;
using std::chrono::nanoseconds;
using QueueClock = hypervisor::TimerQueue::Clock;

// Far enough for every timer and near enough that no sum of times wraps.
constexpr std::uint64_t kFarFuture = std::uint64_t{1} << 61;

class HostAlarm : public Alarm {
  public:
    HostAlarm(hypervisor::TimerQueue& timers, QueueClock::time_point start,
              std::function<void()> callback)
        : start_(start), timer_(timers, std::move(callback)) {}

    void set(std::uint64_t when) override {
        const auto distance = nanoseconds(static_cast<std::int64_t>(std::min(when, kFarFuture)));
        timer_.set(start_ + duration_cast<QueueClock::duration>(distance));
    }
    void cancel() override { timer_.cancel(); }

  private:
    const QueueClock::time_point start_;
    hypervisor::TimerQueue::Timer timer_;
};

}  // namespace

HostClock::HostClock(hypervisor::TimerQueue& timers) : timers_(timers), start_(timers.now()) {}

std::uint64_t HostClock::now() const {
    return static_cast<std::uint64_t>(
        duration_cast<nanoseconds>(timers_.now() - start_).count());
}

std::int64_t HostClock::timeOfDay() const {
    return duration_cast<nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::unique_ptr<Alarm> HostClock::createAlarm(std::function<void()> callback) {
    return std::make_unique<HostAlarm>(timers_, start_, std::move(callback));
}

}  // namespace devices
