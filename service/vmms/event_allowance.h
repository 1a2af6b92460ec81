// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <chrono>
#include <utility>

namespace service {

/// How many events may be recorded that a guest causes as it likes: some at once, and then one now
/// and then, so that it can't push everybody else's out of the journal.
class EventAllowance {
  public:
    using Clock = std::chrono::steady_clock;

    static constexpr unsigned kAtOnce = 20;
    static constexpr Clock::duration kForOneMore = std::chrono::seconds(10);

    enum class Answer : unsigned char {
        Record,
        /// The first one of those that are not recorded: worth saying so.
        Exhausted,
        Drop,
    };
    [[nodiscard]] Answer ask(Clock::time_point now) {
        const auto more = (now - countedFrom_) / kForOneMore;
        countedFrom_ += more * kForOneMore;
        left_ = static_cast<unsigned>(
            std::min<Clock::rep>(static_cast<Clock::rep>(left_) + more, kAtOnce));
        if (left_ > 0) {
            --left_;
            exhausted_ = false;
            return Answer::Record;
        }
        return std::exchange(exhausted_, true) ? Answer::Drop : Answer::Exhausted;
    }

  private:
    Clock::time_point countedFrom_ = Clock::now();
    unsigned left_ = kAtOnce;
    bool exhausted_ = false;
};

}  // namespace service
