// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "integration_component.h"

namespace devices::synthetic {

/// Asks the guest every two seconds whether it is alive.
class Heartbeat final : public IntegrationComponent {
  public:
    enum class Contact : std::uint8_t {
        /// The guest has not answered since it opened the channel, or the channel is closed.
        None,
        Ok,
        /// It has answered, and does no longer.
        Lost,
    };
    /// What the guest says of its applications; Linux says nothing.
    enum class Applications : std::uint8_t { Unknown = 0, Healthy = 1, Critical = 2, Stopped = 3 };
    struct Pulse {
        Contact contact = Contact::None;
        Applications applications = Applications::Unknown;
        friend bool operator==(const Pulse&, const Pulse&) = default;
    };

    /// `changed` is called on the thread.
    Heartbeat(DeviceThread& thread, std::function<void(Pulse)> changed);
    ~Heartbeat() override;

    [[nodiscard]] static vmbus::Offer offer();
    /// Any thread.
    [[nodiscard]] Pulse pulse() const { return pulse_; }

  private:
    void onReady() override;
    void onEnded() override;
    void beat();
    void become(Pulse pulse);

    const std::function<void(Pulse)> changed_;
    std::atomic<Pulse> pulse_ = Pulse{};

    // Of the thread.
    DeviceTimer beat_;
    std::uint64_t sequence_ = 0;
    /// Beats since the last answer.
    unsigned unanswered_ = 0;
};

}  // namespace devices::synthetic
