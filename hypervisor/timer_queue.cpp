// SPDX-License-Identifier: GPL-3.0-or-later
#include "timer_queue.h"

#include <stop_token>
#include <utility>

namespace hypervisor {

TimerQueue::TimerQueue(std::uint32_t timeDivisor)
    : time_(timeDivisor), thread_([this](const std::stop_token& stop) { serve(stop); }) {}

TimerQueue::~TimerQueue() {
    thread_.request_stop();
    thread_.join();
}

void TimerQueue::serve(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        const bool frozen = time_.frozen();
        if (pending_.empty() || frozen) {
            changed_.wait(lock, stop, [this] { return !pending_.empty() && !time_.frozen(); });
            continue;
        }
        const auto first = pending_.begin();
        const Clock::time_point when = first->first;
        if (now() < when) {
            // Woken early when a nearer alarm comes in; the loop looks again either way.
            changed_.wait_until(lock, stop, time_.hostTimeFor(when), [this, when] {
                return pending_.empty() || pending_.begin()->first < when || time_.frozen();
            });
            continue;
        }
        Timer* timer = first->second;
        pending_.erase(first);
        timer->queued_ = false;
        running_ = timer;
        lock.unlock();
        timer->callback_();
        lock.lock();
        running_ = nullptr;
        finished_.notify_all();
    }
}

void TimerQueue::freeze() {
    const std::scoped_lock lock(mutex_);
    time_.freeze();
    changed_.notify_one();
}

void TimerQueue::thaw() {
    const std::scoped_lock lock(mutex_);
    time_.thaw();
    changed_.notify_one();
}

TimerQueue::Timer::Timer(TimerQueue& queue, std::function<void()> callback)
    : queue_(queue), callback_(std::move(callback)) {}

TimerQueue::Timer::~Timer() {
    std::unique_lock lock(queue_.mutex_);
    if (queued_)
        queue_.pending_.erase(position_);
    queued_ = false;
    queue_.finished_.wait(lock, [this] { return queue_.running_ != this; });
    // A callback that was running may have set the timer again.
    if (queued_)
        queue_.pending_.erase(position_);
}

void TimerQueue::Timer::set(Clock::time_point when) {
    const std::scoped_lock lock(queue_.mutex_);
    if (queued_)
        queue_.pending_.erase(position_);
    position_ = queue_.pending_.emplace(when, this);
    queued_ = true;
    if (position_ == queue_.pending_.begin())
        queue_.changed_.notify_one();
}

void TimerQueue::Timer::cancel() {
    const std::scoped_lock lock(queue_.mutex_);
    if (queued_)
        queue_.pending_.erase(position_);
    queued_ = false;
}

}  // namespace hypervisor
