// SPDX-License-Identifier: GPL-3.0-or-later
#include "integration_component.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace devices::synthetic {

namespace {

constexpr std::size_t kHeaders = sizeof(ic::PipeHeader) + sizeof(ic::Header);
/// Questions without an answer, until nothing more is asked.
constexpr std::size_t kMostMissing = 4;

template <class T>
void append(std::vector<std::byte>& to, const T& value) {
    const auto bytes = std::as_bytes(std::span(&value, 1));
    to.insert(to.end(), bytes.begin(), bytes.end());
}

template <class Range, class T>
bool isAmong(const Range& range, const T& value) {
    return std::ranges::find(range, value) != std::ranges::end(range);
}

}  // namespace

IntegrationComponent::IntegrationComponent(DeviceThread& thread, const Protocol& protocol)
    : MessageDevice(thread), protocol_(protocol), limit_(timer([this] { giveUp(); })) {}

void IntegrationComponent::onOpened() {
    state_ = State::Negotiating;
    missing_.clear();
    std::vector<std::byte> body;
    append(body, ic::Negotiate{static_cast<std::uint16_t>(protocol_.frameworks.size()),
                               static_cast<std::uint16_t>(protocol_.messages.size()), 0});
    for (const ic::Version version : protocol_.frameworks)
        append(body, version);
    for (const ic::Version version : protocol_.messages)
        append(body, version);
    frameworkVersion_ = {};
    messageVersion_ = {};
    if (sendRequest(ic::MessageType::Negotiate, body))
        asked_ = Asked{lastTransaction_, ic::MessageType::Negotiate,
                       [this](const hypervisor::Result<Reply>& reply) {
                           if (reply)
                               negotiated(*reply);
                       }};
}

bool IntegrationComponent::sendRequest(ic::MessageType type, std::span<const std::byte> body) {
    // Never 0, and none of the few that are missing: they are more than 200 transactions apart.
    lastTransaction_ = static_cast<std::uint8_t>(lastTransaction_ % 255 + 1);
    while (isAmong(missing_, lastTransaction_))
        lastTransaction_ = static_cast<std::uint8_t>(lastTransaction_ % 255 + 1);
    std::vector<std::byte> message;
    message.reserve(kHeaders + body.size());
    append(message, ic::PipeHeader{ic::kPipeData,
                                   static_cast<std::uint32_t>(sizeof(ic::Header) + body.size())});
    append(message, ic::Header{.framework = frameworkVersion_,
                               .type = std::to_underlying(type),
                               .message = messageVersion_,
                               .size = static_cast<std::uint16_t>(body.size()),
                               .status = ic::kOk,
                               .transaction = lastTransaction_,
                               .flags = ic::kTransactionFlag | ic::kRequestFlag,
                               .reserved = 0});
    message.insert(message.end(), body.begin(), body.end());
    return send(message, lastTransaction_);
}

hypervisor::Result<void> IntegrationComponent::request(std::span<const std::byte> body,
                                                       std::chrono::nanoseconds limit,
                                                       Answer answer) {
    switch (state_) {
        case State::Closed:
            return hypervisor::failure(
                "The guest can't be asked: its driver for this integration component does not "
                "run. Start the guest, and install its integration services.");
        case State::Negotiating:
            return hypervisor::failure(
                "The guest can't be asked: its driver for this integration component waits, maybe "
                "for a service in the guest. Start the guest's integration services.");
        case State::Unsupported:
            return hypervisor::failure(
                "The guest can't be asked: its driver speaks no version of this integration "
                "component that is known here.");
        case State::Ready:
            break;
    }
    if (isBusy())
        return hypervisor::failure("The guest can't be asked: it has not answered yet.");
    if (missing_.size() >= kMostMissing)
        return hypervisor::failure(
            "The guest can't be asked: it has not answered several times. Restart its "
            "integration services.");
    if (!sendRequest(protocol_.type, body))
        return hypervisor::failure("The guest can't be asked: its channel is failing.");
    asked_ = Asked{lastTransaction_, protocol_.type, std::move(answer)};
    if (limit > limit.zero())
        limit_.startIn(limit);
    // Drivers that take one packet per signal may have kept an earlier one.
    if (!missing_.empty())
        channel().signalGuest();
    return {};
}

void IntegrationComponent::giveUp() {
    if (!asked_)
        return;
    Asked asked = std::move(*asked_);
    asked_.reset();
    missing_.push_back(asked.transaction);
    asked.answer(hypervisor::failure("The guest has not answered in time."));
}

void IntegrationComponent::onPacket(const vmbus::ReceivedPacket& packet) {
    const auto payload = packet.payload();
    if (packet.type() != vmbus::PacketType::InBand || payload.size() < kHeaders)
        return fail("An integration component's packet is no message");
    ic::PipeHeader pipe;
    ic::Header header;
    std::memcpy(&pipe, payload.data(), sizeof pipe);
    std::memcpy(&header, payload.data() + sizeof pipe, sizeof header);
    if (pipe.type != ic::kPipeData || pipe.size < sizeof header ||
        pipe.size > payload.size() - sizeof pipe)
        return fail("An integration component's message is longer than its packet");
    if ((header.flags & ic::kResponseFlag) == 0)
        return fail("An integration component's message is no answer");
    if (!asked_ || header.transaction != asked_->transaction) {
        if (std::erase(missing_, header.transaction) == 0)
            return fail("An integration component has answered what it was not asked");
        // One packet per signal: ours may still be behind the late one.
        if (asked_)
            channel().signalGuest();
        return;
    }
    if (header.type != std::to_underlying(asked_->type))
        return fail("An integration component has answered with a message of another type");
    limit_.cancel();
    Asked asked = std::move(*asked_);
    asked_.reset();
    asked.answer(Reply{header.status, payload.subspan(kHeaders, pipe.size - sizeof header)});
}

void IntegrationComponent::negotiated(const Reply& reply) {
    struct Chosen {
        ic::Negotiate counts;
        ic::Version framework;
        ic::Version message;
    };
    const auto chosen = bodyOf<Chosen>(reply);
    if (!chosen)
        return;
    if (reply.status != ic::kOk ||
        (chosen->counts.frameworkCount == 0 && chosen->counts.messageCount == 0)) {
        state_ = State::Unsupported;
        return;
    }
    if (chosen->counts.frameworkCount != 1 || chosen->counts.messageCount != 1 ||
        !isAmong(protocol_.frameworks, chosen->framework) ||
        !isAmong(protocol_.messages, chosen->message))
        return fail("An integration component has chosen versions that it was not offered");
    frameworkVersion_ = chosen->framework;
    messageVersion_ = chosen->message;
    state_ = State::Ready;
    onReady();
}

void IntegrationComponent::onClosed() {
    state_ = State::Closed;
    limit_.cancel();
    missing_.clear();
    if (asked_) {
        Asked asked = std::move(*asked_);
        asked_.reset();
        asked.answer(hypervisor::failure("The guest has closed the channel before it answered."));
    }
    onEnded();
}

vmbus::Offer integrationOffer(const vmbus::Guid& type, const vmbus::Guid& instance,
                              std::string name) {
    vmbus::Offer offer{.type = type,
                       .instance = instance,
                       .flags = vmbus::kNamedPipeFlag,
                       .name = std::move(name)};
    std::memcpy(offer.userData.data(), &vmbus::kMessagePipeMode, sizeof vmbus::kMessagePipeMode);
    return offer;
}

std::string integrationStatusText(std::uint32_t status) {
    switch (status) {
        case ic::kFail:
            return "it failed there; the guest's log may tell more";
        case ic::kNotSupported:
            return "the guest does not support it";
        case ic::kExists:
            return "there is such a file already";
        case ic::kInvalidArgument:
            return "the guest calls it invalid";
        case ic::kDiskFull:
            return "the guest's disk is full";
        case ic::kNoMoreItems:
            return "the guest has no such item";
        case ic::kNotConnected:
            return "the device is not connected";
        case ic::kGuidNotFound:
            return "the guest has no such adapter";
        default:
            return fmt::format("the guest answered 0x{:08x}", status);
    }
}

}  // namespace devices::synthetic
