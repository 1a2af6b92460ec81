// SPDX-License-Identifier: GPL-3.0-or-later
#include "volume_shadow_copy.h"

#include <memory>

namespace devices::synthetic {

namespace {

constexpr ic::Version kFrameworks[] = {{3, 0}};
constexpr ic::Version kVersions[] = {{5, 0}};

/// The driver itself gives its daemon 30 s, and says so then.
constexpr std::chrono::seconds kAnswerLimit{35};
/// A guest has much to write; no backup should hold it for longer.
constexpr std::chrono::seconds kFreezeLimit{60};

}  // namespace

VolumeShadowCopy::VolumeShadowCopy(DeviceThread& thread)
    : IntegrationComponent(thread, {ic::MessageType::VolumeShadowCopy, kFrameworks, kVersions}) {}

VolumeShadowCopy::~VolumeShadowCopy() {
    stop();
}

vmbus::Offer VolumeShadowCopy::offer() {
    using vmbus::operator""_guid;
    return integrationOffer("35fa2e29-ea23-4236-96ae-3a6ebacba440"_guid,
                            "2450ee40-33bf-4fbd-892e-9fb06e9214cf"_guid, "Backup");
}

void VolumeShadowCopy::checkSupport(Done done) {
    post([this, whenDone = std::move(done)]() mutable {
        ask(ic::ShadowCopyOperation::HotBackup, std::move(whenDone));
    });
}

void VolumeShadowCopy::freeze(Done done) {
    post([this, whenDone = std::move(done)]() mutable {
        ask(ic::ShadowCopyOperation::Freeze, std::move(whenDone));
    });
}

void VolumeShadowCopy::thaw(Done done) {
    post([this, whenDone = std::move(done)]() mutable {
        ask(ic::ShadowCopyOperation::Thaw, std::move(whenDone));
    });
}

void VolumeShadowCopy::ask(ic::ShadowCopyOperation operation, Done done) {
    const auto shared = std::make_shared<Done>(std::move(done));
    const auto asked = request(
        ic::ShadowCopy{.operation = std::to_underlying(operation), .reserved = {}, .flags = 0},
        operation == ic::ShadowCopyOperation::Freeze ? kFreezeLimit : kAnswerLimit,
        [this, shared, operation](const hypervisor::Result<Reply>& reply) {
            if (!reply)
                return (*shared)(std::unexpected(reply.error()));
            if (reply->status != ic::kOk)
                return (*shared)(hypervisor::failure(
                    "The guest can't prepare its file systems for a backup: " +
                    integrationStatusText(reply->status) + ". Is its snapshot service running?"));
            if (operation == ic::ShadowCopyOperation::HotBackup) {
                const auto body = bodyOf<ic::ShadowCopy>(*reply);
                if (!body || body->flags == 0)
                    return (*shared)(
                        hypervisor::failure("The guest can't be backed up while it runs."));
            }
            (*shared)({});
        });
    if (!asked)
        (*shared)(std::unexpected(asked.error()));
}

}  // namespace devices::synthetic
