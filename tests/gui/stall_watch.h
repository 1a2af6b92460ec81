// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <unistd.h>

#include <QElapsedTimer>
#include <QTimer>
#include <algorithm>

#include "hypervisor/stats/thread_times.h"

namespace tests {

/// How long this thread has waited for a processor, in milliseconds; 0 where it isn't told.
inline qint64 waitedForProcessor() {
    const auto times = hypervisor::readThreadTimes(::getpid(), ::gettid());
    return times ? static_cast<qint64>(times->waitNanoseconds / 1'000'000) : 0;
}

/// Notes how long the event loop was held up at most, by what it did or waited for; what a busy
/// host kept from it does not count.
class StallWatch {
  public:
    StallWatch() {
        restart();
        timer_.setTimerType(Qt::PreciseTimer);
        QObject::connect(&timer_, &QTimer::timeout, [this] {
            const qint64 waited = waitedForProcessor();
            longest_ = std::max(longest_, last_.restart() - (waited - waited_));
            waited_ = waited;
        });
        timer_.start(5);
    }
    void restart() {
        last_.restart();
        waited_ = waitedForProcessor();
        longest_ = 0;
    }
    [[nodiscard]] qint64 longest() const { return longest_; }

  private:
    QElapsedTimer last_;
    QTimer timer_;
    qint64 waited_ = 0;
    qint64 longest_ = 0;
};

}  // namespace tests
