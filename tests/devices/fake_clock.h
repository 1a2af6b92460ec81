// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "devices/chipset/clock.h"

/// Time that stands still until advance(), on one thread; alarms ring inside advance(), each at
/// its time and in order.
class FakeClock : public devices::Clock {
  public:
    [[nodiscard]] std::uint64_t now() const override { return now_; }
    [[nodiscard]] std::int64_t timeOfDay() const override {
        return startOfDay + static_cast<std::int64_t>(now_);
    }
    [[nodiscard]] std::unique_ptr<devices::Alarm> createAlarm(
        std::function<void()> callback) override {
        auto alarm = std::make_unique<FakeAlarm>(*this, std::move(callback));
        alarms_.push_back(alarm.get());
        return alarm;
    }

    void advance(std::uint64_t nanoseconds) {
        const std::uint64_t end = now_ + nanoseconds;
        while (FakeAlarm* alarm = first()) {
            if (*alarm->when > end)
                break;
            now_ = std::max(now_, *alarm->when);
            alarm->when.reset();
            alarm->callback();
        }
        now_ = end;
    }

    /// The time passes, but the host is too busy to let alarms ring in between.
    void jump(std::uint64_t nanoseconds) { now_ += nanoseconds; }

    /// What timeOfDay() was when now() was zero.
    std::int64_t startOfDay = 0;

  private:
    struct FakeAlarm : public devices::Alarm {
        FakeAlarm(FakeClock& owner, std::function<void()> function)
            : clock(owner), callback(std::move(function)) {}
        ~FakeAlarm() override { std::erase(clock.alarms_, this); }
        void set(std::uint64_t nanoseconds) override { when = nanoseconds; }
        void cancel() override { when.reset(); }

        FakeClock& clock;
        std::function<void()> callback;
        std::optional<std::uint64_t> when;
    };

    [[nodiscard]] FakeAlarm* first() const {
        FakeAlarm* found = nullptr;
        for (FakeAlarm* alarm : alarms_)
            if (alarm->when && (found == nullptr || *alarm->when < *found->when))
                found = alarm;
        return found;
    }

    std::uint64_t now_ = 0;
    std::vector<FakeAlarm*> alarms_;
};
