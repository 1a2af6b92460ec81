// SPDX-License-Identifier: GPL-3.0-or-later
#include "thread_alarm.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <type_traits>

namespace hypervisor {

namespace {

static_assert(std::is_same_v<timer_t, void*>);
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

int alarmSignal() {
    return SIGRTMIN + 1;
}

}  // namespace

void ThreadAlarm::ring(const void* alarm) {
    const auto* self = static_cast<const ThreadAlarm*>(alarm);
    self->word_.fetch_or(self->bits_, std::memory_order_acq_rel);
    if (self->flag_ != nullptr)
        std::atomic_ref(*self->flag_).store(1, std::memory_order_release);
}

Result<void> ThreadAlarm::bind() {
    struct sigaction action {};
    action.sa_sigaction = [](int, siginfo_t* info, void*) {
        // Not one that another process has sent.
        if (info->si_code == SI_TIMER)
            ring(info->si_value.sival_ptr);
    };
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, alarmSignal());
    if (::sigaction(alarmSignal(), &action, nullptr) != 0 ||
        ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr) != 0)
        return systemFailure("cannot set the signal up that a VP's timer sends", errno);
    deleteTimer();
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = alarmSignal();
    event.sigev_value.sival_ptr = this;
    event._sigev_un._tid = ::gettid();
    timer_t timer{};
    if (::timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
        return systemFailure("cannot create a timer for a VP", errno);
    timer_ = timer;
    if (wanted_)
        set(*wanted_);
    return {};
}

void ThreadAlarm::set(Clock::time_point when) {
    wanted_ = when;
    if (!timer_)
        return;
    // A time of 0 would disarm it.
    const std::chrono::nanoseconds time = std::max(when.time_since_epoch(), Clock::duration(1));
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    itimerspec setting{};
    setting.it_value.tv_sec = seconds.count();
    setting.it_value.tv_nsec = (time - seconds).count();
    ::timer_settime(*timer_, TIMER_ABSTIME, &setting, nullptr);
}

void ThreadAlarm::cancel() {
    if (!wanted_)
        return;
    wanted_.reset();
    const itimerspec never{};
    if (timer_)
        ::timer_settime(*timer_, 0, &never, nullptr);
}

void ThreadAlarm::deleteTimer() {
    // A signal that is under way to the calling thread arrives before this returns.
    if (timer_)
        ::timer_delete(*timer_);
    timer_.reset();
}

ThreadAlarm::~ThreadAlarm() {
    deleteTimer();
}

}  // namespace hypervisor
