// SPDX-License-Identifier: GPL-3.0-or-later
#include "virtual_processor_pacing.h"

namespace service {

namespace {

using namespace std::chrono_literals;

// As short as stopping and going on stay cheap; an overdraft of one look is owed and paid.
constexpr auto kLook = 4ms;
constexpr auto kPeriod = 50ms;

}  // namespace

VirtualProcessorPacing::VirtualProcessorPacing(hypervisor::TimerQueue& timers,
                                               VirtualProcessorThreads& processors)
    : processors_(processors), timers_(timers), timer_(timers, [this] { look(); }) {}

VirtualProcessorPacing::~VirtualProcessorPacing() {
    setLimit(std::nullopt);
}

void VirtualProcessorPacing::setLimit(std::optional<double> processors) {
    const std::scoped_lock lock(mutex_);
    if (!processors) {
        budget_.reset();
        timer_.cancel();
        processors_.hold(false);
        return;
    }
    budget_.emplace(*processors, kPeriod);
    lookedAt_ = timers_.now();
    usedBefore_ = processors_.runTime();
    timer_.set(lookedAt_ + kLook);
}

void VirtualProcessorPacing::look() {
    const std::scoped_lock lock(mutex_);
    if (!budget_)
        return;
    // The queue's time, which stands still during a pause.
    const auto now = timers_.now();
    const auto used = processors_.runTime();
    processors_.hold(!budget_->account(now - lookedAt_, used - usedBefore_));
    lookedAt_ = now;
    usedBefore_ = used;
    timer_.set(now + kLook);
}

}  // namespace service
