// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>

#include "integration_component.h"

namespace devices::synthetic {

/// Tells the guest the host's time: after each open and on demand so that it sets its clock, and
/// every five seconds as a sample that it may steer it by.
class TimeSynchronization final : public IntegrationComponent {
  public:
    struct Sample {
        /// The host's time of day, in nanoseconds since 1970-01-01 00:00 UTC; not before 1601.
        std::int64_t timeOfDay = 0;
        /// What the partition's reference counter said at that moment, in 100 ns.
        std::uint64_t referenceTime = 0;
    };

    /// `sample` reads both clocks together; it is called on the thread.
    TimeSynchronization(DeviceThread& thread, std::function<Sample()> sample);
    ~TimeSynchronization() override;

    [[nodiscard]] static vmbus::Offer offer();
    /// The guest is to set its clock now: the machine has been paused. Any thread.
    void synchronize();

  private:
    void onReady() override;
    void onEnded() override;
    void tell();

    const std::function<Sample()> sample_;

    // Of the thread.
    DeviceTimer next_;
    bool wantsSync_ = false;
};

}  // namespace devices::synthetic
