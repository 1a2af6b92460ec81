// SPDX-License-Identifier: GPL-3.0-or-later
#include "guest_shutdown.h"

#include <memory>

#include "wire_text.h"

namespace devices::synthetic {

namespace {

constexpr ic::Version kVersions[] = {{3, 2}, {3, 1}, {3, 0}, {1, 0}};
constexpr ic::Version kRestartVersion{3, 1};
constexpr ic::Version kHibernateVersion{3, 2};

constexpr std::chrono::seconds kAnswerLimit{30};
/// Planned, of no further kind: SHTDN_REASON_FLAG_PLANNED. Windows writes it into its log.
constexpr std::uint32_t kReason = 0x8000'0000;

}  // namespace

GuestShutdown::GuestShutdown(DeviceThread& thread)
    : IntegrationComponent(thread, {ic::MessageType::Shutdown, kIcFrameworks, kVersions}) {}

GuestShutdown::~GuestShutdown() {
    stop();
}

vmbus::Offer GuestShutdown::offer() {
    using vmbus::operator""_guid;
    return integrationOffer("0e0b6031-5213-4934-818b-38d90ced39db"_guid,
                            "b6650ff7-33bc-4840-8048-e0676786f393"_guid, "Shutdown");
}

void GuestShutdown::shutDown(Options options, Done done) {
    post([this, what = std::move(options), whenDone = std::move(done)]() mutable {
        ask(what, std::move(whenDone));
    });
}

void GuestShutdown::ask(const Options& options, Done done) {
    ic::Shutdown body{.reason = kReason, .timeoutSeconds = 0, .flags = 0, .text = {}};
    if (options.force)
        body.flags |= ic::kShutdownForce;
    if (!writeText(options.text, body.text))
        return done(hypervisor::failure(
            "Can't ask the guest to shut down: the text for its users is not valid UTF-8 or is "
            "longer than 1,023 characters. Shorten it."));
    ic::Version needed{};
    switch (options.kind) {
        case Kind::PowerOff:
            break;
        case Kind::Restart:
            body.flags |= ic::kShutdownRestart;
            needed = kRestartVersion;
            break;
        case Kind::Hibernate:
            body.flags |= ic::kShutdownHibernate;
            needed = kHibernateVersion;
            break;
    }
    if (state() == State::Ready && version() < needed)
        return done(hypervisor::failure(
            "Can't ask the guest to restart or hibernate: its shutdown component is too old and "
            "knows only turning off."));
    // Shared with the answer, which is dropped when the guest can't be asked.
    const auto shared = std::make_shared<Done>(std::move(done));
    const auto asked =
        request(body, kAnswerLimit, [shared](const hypervisor::Result<Reply>& reply) {
            if (!reply)
                (*shared)(std::unexpected(reply.error()));
            else if (reply->status != ic::kOk)
                (*shared)(hypervisor::failure("The guest refuses to shut down: " +
                                              integrationStatusText(reply->status) + "."));
            else
                (*shared)({});
        });
    if (!asked)
        (*shared)(std::unexpected(asked.error()));
}

}  // namespace devices::synthetic
