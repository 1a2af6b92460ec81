// SPDX-License-Identifier: GPL-3.0-or-later
#include "bus_state.h"

#include <fmt/format.h>

#include <utility>

namespace vmbus {

using hypervisor::failure;
using hypervisor::Result;

BusState::BusState(VpIndex processors) : processors_(processors) {}

Result<Relid> BusState::offer(const Offer& offer) {
    if ((offer.flags & kHvSocketFlag) != 0 &&
        !(connected_ && connection_.offersRequested && connection_.version >= kVersion4_0))
        return failure("No guest is connected to the VMBus that knows Hyper-V sockets.");
    Channel* const channel = channels_.add(offer);
    if (channel == nullptr)
        return failure(
            fmt::format("The VMBus has {} channels, more are not possible. Remove "
                        "devices from the machine.",
                        kLastRelid));
    if (connected_ && connection_.offersRequested)
        tellOffer(*channel);
    return channel->relid;
}

std::vector<Relid> BusState::offerSubChannels(Relid primary, unsigned count) {
    std::vector<Relid> offered;
    const Channel* const channel = channels_.find(primary);
    if (channel == nullptr || channel->rings != Channel::Rings::Open || channel->revoked ||
        channel->primary != 0)
        return offered;
    for (const Relid other : channels_.subChannels(primary))
        if (!channels_.find(other)->revoked)
            return offered;
    for (unsigned i = 1; i <= count; ++i) {
        Channel* const added =
            channels_.add(channel->offer, primary, static_cast<std::uint16_t>(i));
        if (added == nullptr)
            break;
        tellOffer(*added);
        offered.push_back(added->relid);
    }
    return offered;
}

void BusState::tellOffer(Channel& channel) {
    OfferChannelMessage message{};
    message.header.type = MessageType::OfferChannel;
    message.type = channel.offer.type;
    message.instance = channel.offer.instance;
    message.flags = channel.offer.flags | kEnumerateDeviceFlag;
    message.mmioMegabytes = channel.offer.mmioMegabytes;
    message.userData = channel.offer.userData;
    message.subChannelIndex = channel.subChannelIndex;
    message.relid = channel.relid;
    message.monitorId = kNoMonitor;
    message.dedicatedInterrupt = 1;
    message.connectionId = kEventConnection | channel.relid;
    send(message);
    channel.offered = true;
}

void BusState::answerOpen(const OpenChannelMessage& request, std::uint32_t status) {
    send(OpenChannelResultMessage{.header = {MessageType::OpenChannelResult, 0},
                                  .relid = request.relid,
                                  .openId = request.openId,
                                  .status = status});
}

void BusState::answerGpadl(Relid relid, GpadlId id, std::uint32_t status) {
    send(GpadlCreatedMessage{
        .header = {MessageType::GpadlCreated, 0}, .relid = relid, .gpadl = id, .status = status});
}

void BusState::answerTeardown(GpadlId id) {
    send(GpadlTorndownMessage{.header = {MessageType::GpadlTorndown, 0}, .gpadl = id});
}

void BusState::revoke(Relid relid) {
    if (Channel* const channel = channels_.find(relid))
        revokeOne(*channel);
    settleConnection();
}

void BusState::revokeOne(Channel& channel) {
    if (channel.revoked)
        return;
    const Relid relid = channel.relid;
    channel.revoked = true;
    revokeSubChannels(relid);
    if (const auto request = std::exchange(channel.openRequest, std::nullopt))
        answerOpen(*request, kUnsuccessful);
    if (channel.rings == Channel::Rings::Open)
        closeRings(channel);
    releaseGpadls(relid);
    settle(relid);
}

void BusState::revokeSubChannels(Relid primary) {
    for (const Relid relid : channels_.subChannels(primary))
        revokeOne(*channels_.find(relid));
}

void BusState::closeRings(Channel& channel) {
    channel.rings = Channel::Rings::Closing;
    effects_.emplace_back(CloseRings{.relid = channel.relid});
}

void BusState::releaseGpadls(Relid relid) {
    for (const GpadlId id : gpadls_.of(relid)) {
        Gpadl& gpadl = *gpadls_.find(relid, id);
        switch (gpadl.state) {
            case Gpadl::State::Assembling:
                gpadls_.remove(relid, id);
                if (known(relid) != nullptr)
                    answerGpadl(relid, id, kUnsuccessful);
                break;
            case Gpadl::State::Mapping:
                if (!std::exchange(gpadl.unwanted, true) && known(relid) != nullptr)
                    answerGpadl(relid, id, kUnsuccessful);
                break;
            case Gpadl::State::Mapped:
                gpadl.state = Gpadl::State::Releasing;
                effects_.emplace_back(ReleaseGpadl{.relid = relid, .id = id});
                break;
            case Gpadl::State::Releasing:
                break;
        }
    }
}

void BusState::settle(Relid relid) {
    Channel* const channel = channels_.find(relid);
    if (channel == nullptr || !channel->revoked || channel->rings != Channel::Rings::Closed ||
        !gpadls_.none(relid))
        return;
    const Relid primary = channel->primary;
    if (!channel->offered) {
        channels_.remove(relid);
        effects_.emplace_back(Forget{.relid = relid});
    } else if (!channel->rescinded) {
        // A guest that loses a primary looks for the sub-channels to close with it, and expects
        // to know already which of them it loses.
        for (const Relid other : channels_.subChannels(relid)) {
            const Channel& sub = *channels_.find(other);
            if (sub.offered && !sub.rescinded)
                return;
        }
        // Only now: guests take the memory of a rescinded channel back without a word.
        send(RelidMessage{.header = {MessageType::RescindOffer, 0}, .relid = relid});
        channel->rescinded = true;
    }
    if (primary != 0)
        settle(primary);
}

void BusState::reset() {
    dropConnection();
    pending_ = Answer::None;
    connection_ = {};
    violations_ = 0;
}

void BusState::dropConnection() {
    effects_.emplace_back(DiscardMessages{});
    if (std::exchange(connected_, false) && connection_.interruptPage)
        effects_.emplace_back(SetInterruptPage{});
    const std::vector<Relid> relids = channels_.relids();
    for (const Relid relid : relids) {
        Channel& channel = *channels_.find(relid);
        channel.offered = false;
        channel.declined = false;
        channel.rescinded = false;
        channel.openRequest.reset();
        if (channel.rings == Channel::Rings::Open)
            closeRings(channel);
        releaseGpadls(relid);
    }
    for (const Relid relid : relids) {
        Channel* const channel = channels_.find(relid);
        if (channel == nullptr)
            continue;
        if (channel->primary != 0 || (channel->offer.flags & kHvSocketFlag) != 0)
            channel->revoked = true;
        settle(relid);
    }
}

void BusState::settleConnection() {
    if (pending_ == Answer::None || !channels_.allClosed() || !gpadls_.empty())
        return;
    const Answer answer = std::exchange(pending_, Answer::None);
    if (answer == Answer::Unload) {
        deliver(BareMessage{.header = {MessageType::UnloadResponse, 0}});
        connection_ = {};
        return;
    }
    connected_ = connection_.version != 0;
    if (connection_.interruptPage)
        effects_.emplace_back(SetInterruptPage{.gpa = connection_.interruptPage});
    VersionResponseMessage message{};
    message.header.type = MessageType::VersionResponse;
    message.supported = connected_ ? 1 : 0;
    if (connection_.version >= kVersion5_0)
        message.messageConnection = connection_.messageConnection;
    deliver(message);
}

void BusState::hvSocketRefused(const Guid& service, const Guid& endpoint) {
    if (connection_.version >= kVersion4_1)
        send(TlConnectResultMessage{.header = {MessageType::TlConnectResult, 0},
                                    .endpoint = endpoint,
                                    .service = service,
                                    .status = kConnectionRefused});
}

void BusState::gpadlMapped(Relid relid, GpadlId id, bool mapped) {
    Gpadl* const gpadl = gpadls_.find(relid, id);
    if (gpadl == nullptr || gpadl->state != Gpadl::State::Mapping)
        return;
    if (mapped && !gpadl->unwanted) {
        gpadl->state = Gpadl::State::Mapped;
        answerGpadl(relid, id, kSuccess);
    } else if (mapped) {
        gpadl->state = Gpadl::State::Releasing;
        effects_.emplace_back(ReleaseGpadl{.relid = relid, .id = id});
    } else {
        if (!gpadl->unwanted) {
            violation(relid, fmt::format("GPADL {:#x} is of pages that are not memory", id));
            answerGpadl(relid, id, kInvalidParameter);
        }
        forgetGpadl(relid, id);
    }
}

void BusState::gpadlReleased(Relid relid, GpadlId id) {
    const Gpadl* const gpadl = gpadls_.find(relid, id);
    if (gpadl != nullptr && gpadl->state == Gpadl::State::Releasing)
        forgetGpadl(relid, id);
}

void BusState::forgetGpadl(Relid relid, GpadlId id) {
    if (gpadls_.find(relid, id)->answerTeardown)
        answerTeardown(id);
    gpadls_.remove(relid, id);
    settle(relid);
    settleConnection();
}

void BusState::ringsOpened(Relid relid, bool opened) {
    Channel* const channel = channels_.find(relid);
    if (channel == nullptr || channel->rings != Channel::Rings::Opening)
        return;
    const auto request = std::exchange(channel->openRequest, std::nullopt);
    if (std::exchange(channel->givenUp, false) || !opened) {
        channel->rings = Channel::Rings::Closed;
        if (request)
            answerOpen(*request, kUnsuccessful);
        settle(relid);
        settleConnection();
    } else if (request) {
        channel->rings = Channel::Rings::Open;
        answerOpen(*request, kSuccess);
    } else {
        // Revoked, or the guest's connection has ended.
        closeRings(*channel);
    }
}

void BusState::closed(Relid relid) {
    Channel* const channel = channels_.find(relid);
    if (channel == nullptr)
        return;
    switch (channel->rings) {
        case Channel::Rings::Closed:
            return;
        case Channel::Rings::Opening:
            channel->givenUp = true;
            return;
        case Channel::Rings::Open:
            channel->rings = Channel::Rings::Closed;
            revokeOne(*channel);
            break;
        case Channel::Rings::Closing:
            channel->rings = Channel::Rings::Closed;
            if (const auto request = std::exchange(channel->openRequest, std::nullopt))
                openChannel(*request);
            settle(relid);
            break;
    }
    settleConnection();
}

std::vector<Effect> BusState::takeEffects() {
    return std::exchange(effects_, {});
}

std::optional<std::uint32_t> BusState::version() const {
    return connected_ ? std::optional(connection_.version) : std::nullopt;
}

Channel* BusState::known(Relid relid) {
    Channel* const channel = channels_.find(relid);
    return channel != nullptr && channel->offered ? channel : nullptr;
}

void BusState::violation(std::optional<Relid> relid, std::string text) {
    if (violations_ >= kMostViolations)
        return;
    ++violations_;
    effects_.emplace_back(Violation{.relid = relid, .text = std::move(text)});
}

void BusState::breakOff(Channel& channel, std::string text) {
    violation(channel.relid, std::move(text));
    revokeOne(channel);
}

}  // namespace vmbus
