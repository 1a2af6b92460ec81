// SPDX-License-Identifier: GPL-3.0-or-later
#include "device_thread.h"

#include <future>
#include <system_error>

namespace devices::synthetic {

hypervisor::Result<std::unique_ptr<DeviceThread>> DeviceThread::create(Clock& clock) {
    std::unique_ptr<DeviceThread> made(new DeviceThread(clock));
    made->alarm_ = clock.createAlarm([thread = made.get()] { thread->wake(); });
    try {
        made->thread_ = std::thread([thread = made.get()] { thread->serve(); });
    } catch (const std::system_error& error) {
        return hypervisor::systemFailure("Can't start the thread of the synthetic devices",
                                         error.code().value());
    }
    return made;
}

std::unique_ptr<DeviceThread> DeviceThread::createByHand(Clock& clock) {
    return std::unique_ptr<DeviceThread>(new DeviceThread(clock));
}

DeviceThread::~DeviceThread() {
    {
        const std::scoped_lock lock(mutex_);
        ending_ = true;
    }
    work_.notify_one();
    if (thread_.joinable())
        thread_.join();
    // Waits for a ring that is under way, so not under the lock, which that takes.
    alarm_.reset();
}

void DeviceThread::post(const void* owner, Function function) {
    {
        const std::scoped_lock lock(mutex_);
        posted_.push_back({owner, std::move(function)});
    }
    work_.notify_one();
}

void DeviceThread::run(const void* owner, Function function) {
    if (isCurrent()) {
        function();
        return;
    }
    std::promise<void> done;
    post(owner, [&] {
        function();
        done.set_value();
    });
    done.get_future().wait();
}

void DeviceThread::forget(const void* owner) {
    // Destroyed without the lock: what functions hold may call back to other components.
    std::deque<Posted> dropped;
    std::unique_lock lock(mutex_);
    std::deque<Posted> kept;
    for (Posted& posted : posted_)
        (posted.owner == owner ? dropped : kept).push_back(std::move(posted));
    posted_ = std::move(kept);
    std::erase_if(timers_, [&](auto& entry) {
        if (entry.second.owner != owner)
            return false;
        entry.second.timer->key_ = {};
        return true;
    });
    if (!isCurrent())
        finished_.wait(lock, [&] { return running_ != owner; });
    lock.unlock();
}

bool DeviceThread::isCurrent() const {
    return alarm_ == nullptr || thread_.get_id() == std::this_thread::get_id();
}

std::size_t DeviceThread::runDue(std::size_t most) {
    std::unique_lock lock(mutex_);
    std::size_t steps = 0;
    while (steps < most && step(lock))
        ++steps;
    return steps;
}

void DeviceThread::serve() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
        if (step(lock))
            continue;
        // Of the past, it rings at once: the time may have come since step() looked.
        if (timers_.empty())
            alarm_->cancel();
        else
            alarm_->set(timers_.begin()->first.first);
        work_.wait(lock, [&] { return ending_ || woken_ || !posted_.empty(); });
        woken_ = false;
    }
}

bool DeviceThread::step(std::unique_lock<std::mutex>& lock) {
    bool ran = false;
    if (!timers_.empty() && timers_.begin()->first.first <= clock_.now()) {
        const Timed timed = timers_.begin()->second;
        timers_.erase(timers_.begin());
        timed.timer->key_ = {};
        running_ = timed.owner;
        lock.unlock();
        timed.timer->callback_();
        lock.lock();
        ran = true;
    }
    if (!posted_.empty()) {
        Posted posted = std::move(posted_.front());
        posted_.pop_front();
        running_ = posted.owner;
        lock.unlock();
        posted.function();
        posted.function = nullptr;
        lock.lock();
        ran = true;
    }
    if (ran) {
        running_ = nullptr;
        finished_.notify_all();
    }
    return ran;
}

void DeviceThread::wake() {
    {
        const std::scoped_lock lock(mutex_);
        woken_ = true;
    }
    work_.notify_one();
}

void DeviceTimer::startIn(std::chrono::nanoseconds delay) {
    {
        const std::scoped_lock lock(thread_.mutex_);
        if (key_.second != 0)
            thread_.timers_.erase(key_);
        const std::uint64_t now = thread_.clock_.now();
        key_ = {now + static_cast<std::uint64_t>(delay.count()), ++thread_.timerNumber_};
        thread_.timers_.emplace(key_, DeviceThread::Timed{owner_, this});
        thread_.woken_ = true;
    }
    thread_.work_.notify_one();
}

void DeviceTimer::cancel() {
    const std::scoped_lock lock(thread_.mutex_);
    if (key_.second != 0)
        thread_.timers_.erase(key_);
    key_ = {};
}

}  // namespace devices::synthetic
