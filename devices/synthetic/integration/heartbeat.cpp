// SPDX-License-Identifier: GPL-3.0-or-later
#include "heartbeat.h"

namespace devices::synthetic {

namespace {

constexpr std::chrono::seconds kInterval{2};
/// A guest may be busy for a moment.
constexpr unsigned kUnansweredIsLost = 4;

constexpr ic::Version kVersions[] = {{3, 0}, {1, 0}};

Heartbeat::Applications applicationsFrom(std::uint32_t state) {
    return state <= static_cast<std::uint32_t>(Heartbeat::Applications::Stopped)
               ? static_cast<Heartbeat::Applications>(state)
               : Heartbeat::Applications::Unknown;
}

}  // namespace

Heartbeat::Heartbeat(DeviceThread& thread, std::function<void(Pulse)> changed)
    : IntegrationComponent(thread, {ic::MessageType::Heartbeat, kIcFrameworks, kVersions}),
      changed_(std::move(changed)),
      beat_(timer([this] { beat(); })) {}

Heartbeat::~Heartbeat() {
    stop();
}

vmbus::Offer Heartbeat::offer() {
    using vmbus::operator""_guid;
    return integrationOffer("57164f39-9115-4e78-ab55-382f3bd5422d"_guid,
                            "fd149e91-82e0-4a7d-afa6-2a4166cbd7c0"_guid, "Heartbeat");
}

void Heartbeat::onReady() {
    unanswered_ = 0;
    beat();
}

void Heartbeat::onEnded() {
    beat_.cancel();
    become({});
}

void Heartbeat::beat() {
    beat_.startIn(kInterval);
    if (isBusy()) {
        // The one that is there is enough; the driver reads it when it is back.
        if (++unanswered_ >= kUnansweredIsLost && pulse().contact == Contact::Ok)
            become({.contact = Contact::Lost});
        return;
    }
    const std::uint64_t sequence = sequence_++;
    // Not asked, there is no answer either, which tells enough.
    static_cast<void>(request(
        ic::Heartbeat{.sequence = sequence, .applicationState = 0, .reserved = {}},
        std::chrono::nanoseconds::zero(), [this, sequence](const hypervisor::Result<Reply>& reply) {
            if (!reply || reply->status != ic::kOk)
                return;
            const auto body = bodyOf<ic::Heartbeat>(*reply);
            if (!body)
                return;
            if (body->sequence != sequence + 1)
                return fail("The heartbeat's answer has a wrong sequence number");
            unanswered_ = 0;
            become(
                {.contact = Contact::Ok, .applications = applicationsFrom(body->applicationState)});
        }));
}

void Heartbeat::become(Pulse pulse) {
    if (pulse_.exchange(pulse) != pulse && changed_)
        changed_(pulse);
}

}  // namespace devices::synthetic
