// SPDX-License-Identifier: GPL-3.0-or-later

// What the guest says: BusState's handlers of messages.

#include <fmt/format.h>

#include <algorithm>

#include "bus_state.h"

namespace vmbus {
namespace {

constexpr unsigned kSints = 16;

std::string relidText(Relid relid) {
    return fmt::format("channel {}, which it does not have", relid);
}

}  // namespace

void BusState::guestMessage(VpIndex vp, std::uint32_t connectionId,
                            std::span<const std::byte> message) {
    const auto header = messageFrom<MessageHeader>(message);
    if (!header || message.size() > kMostMessageBytes) {
        violation(std::nullopt, fmt::format("A message has {} bytes", message.size()));
    } else if (header->type == MessageType::InitiateContact) {
        initiateContact(vp, connectionId, message);
    } else if (header->type == MessageType::Unload) {
        unload(vp);
    } else if (!connected_) {
        violation(std::nullopt, fmt::format("Message {} comes without a connection",
                                            static_cast<std::uint32_t>(header->type)));
    } else {
        connectedMessage(header->type, message);
    }
    settleConnection();
}

void BusState::initiateContact(VpIndex vp, std::uint32_t connectionId,
                               std::span<const std::byte> message) {
    const auto request = messageFrom<InitiateContactMessage>(message);
    if (!request) {
        violation(std::nullopt, "The request for contact is too short");
        return;
    }
    // Whoever was connected is gone, without a word: a guest that has crashed, or its kernel that
    // has started another.
    dropConnection();
    pending_ = Answer::Version;
    connection_ = {};
    connection_.vp = request->targetVp < processors_ ? request->targetVp : vp;
    bool understood = request->targetVp < processors_;
    if (request->version >= kVersion5_0) {
        const auto sint = static_cast<unsigned>(request->interruptPageOrSint & 0xFF);
        const auto trustLevel = static_cast<unsigned>(request->interruptPageOrSint >> 8 & 0xFF);
        if (sint < kSints)
            connection_.sint = sint;
        understood = understood && sint < kSints && trustLevel == 0;
        connection_.messageConnection = connectionId;
    } else if (request->interruptPageOrSint != 0 &&
               request->interruptPageOrSint % hypervisor::kPageSize == 0) {
        connection_.interruptPage = request->interruptPageOrSint;
    }
    if (!understood)
        violation(std::nullopt, fmt::format("Contact is wanted at VP {}, SINT and trust level "
                                            "{:#x}, which it does not have",
                                            request->targetVp, request->interruptPageOrSint));
    if (understood && std::ranges::find(kVersions, request->version) != kVersions.end())
        connection_.version = request->version;
    else
        connection_.interruptPage.reset();
}

void BusState::unload(VpIndex vp) {
    if (!connected_ && pending_ == Answer::None) {
        connection_ = {};
        connection_.vp = vp;
    }
    dropConnection();
    pending_ = Answer::Unload;
}

void BusState::connectedMessage(MessageType type, std::span<const std::byte> message) {
    bool longEnough = true;
    const auto with = [&]<class Message>(void (BusState::*handler)(const Message&)) {
        if (const auto request = messageFrom<Message>(message))
            (this->*handler)(*request);
        else
            longEnough = false;
    };
    switch (type) {
        case MessageType::RequestOffers:
            requestOffers();
            break;
        case MessageType::OpenChannel:
            with(&BusState::openChannel);
            break;
        case MessageType::CloseChannel:
            with(&BusState::closeChannel);
            break;
        case MessageType::GpadlHeader:
            if (const auto request = messageFrom<GpadlHeaderMessage>(message))
                gpadlHeader(*request, message.subspan(sizeof(*request)));
            else
                longEnough = false;
            break;
        case MessageType::GpadlBody:
            if (const auto request = messageFrom<GpadlBodyMessage>(message))
                gpadlBody(*request, message.subspan(sizeof(*request)));
            else
                longEnough = false;
            break;
        case MessageType::GpadlTeardown:
            with(&BusState::gpadlTeardown);
            break;
        case MessageType::RelidReleased:
            with(&BusState::relidReleased);
            break;
        case MessageType::ModifyChannel:
            with(&BusState::modifyChannel);
            break;
        case MessageType::TlConnect:
            with(&BusState::tlConnect);
            break;
        default:
            violation(std::nullopt,
                      fmt::format("Message {} is unknown", static_cast<std::uint32_t>(type)));
    }
    if (!longEnough)
        violation(std::nullopt, fmt::format("Message {} has only {} bytes",
                                            static_cast<std::uint32_t>(type), message.size()));
}

void BusState::requestOffers() {
    if (connection_.offersRequested)
        violation(std::nullopt, "Offers are asked for a second time");
    connection_.offersRequested = true;
    for (const Relid relid : channels_.relids()) {
        Channel& channel = *channels_.find(relid);
        if (!channel.offered && !channel.declined && !channel.revoked)
            tellOffer(channel);
    }
    send(BareMessage{.header = {MessageType::AllOffersDelivered, 0}});
}

void BusState::gpadlHeader(const GpadlHeaderMessage& request, std::span<const std::byte> part) {
    const Channel* const channel = known(request.relid);
    if (channel == nullptr || channel->revoked) {
        if (channel == nullptr)
            violation(std::nullopt, fmt::format("GPADL {:#x} is for {}", request.gpadl,
                                                relidText(request.relid)));
        answerGpadl(request.relid, request.gpadl, kUnsuccessful);
        return;
    }
    const auto progress =
        gpadls_.begin(request.relid, request.gpadl, request.rangeBytes, request.rangeCount, part);
    if (progress) {
        if (*progress == GpadlTable::Progress::Complete)
            gpadlComplete(request.relid, request.gpadl);
        return;
    }
    std::uint32_t status = kInvalidParameter;
    switch (progress.error()) {
        case GpadlTable::Refusal::Malformed:
            violation(request.relid,
                      fmt::format("GPADL {:#x} has {} ranges in {} bytes", request.gpadl,
                                  request.rangeCount, request.rangeBytes));
            break;
        case GpadlTable::Refusal::InUse:
            violation(request.relid, fmt::format("GPADL {:#x} is there already", request.gpadl));
            break;
        case GpadlTable::Refusal::TooMany:
            violation(request.relid,
                      fmt::format("GPADL {:#x} is more than the {} GPADLs or {} pages possible",
                                  request.gpadl, GpadlTable::kMostGpadls, GpadlTable::kMostWords));
            status = kInsufficientResources;
            break;
    }
    answerGpadl(request.relid, request.gpadl, status);
}

void BusState::gpadlBody(const GpadlBodyMessage& request, std::span<const std::byte> part) {
    // Those that follow a header that has been refused come here, too: nothing to complain of.
    const Relid relid = gpadls_.assembling(request.gpadl);
    if (relid == 0)
        return;
    if (part.size() < sizeof(std::uint64_t)) {
        violation(relid, fmt::format("GPADL {:#x} goes on with nothing", request.gpadl));
        gpadls_.remove(relid, request.gpadl);
        answerGpadl(relid, request.gpadl, kInvalidParameter);
    } else if (gpadls_.append(relid, request.gpadl, part) == GpadlTable::Progress::Complete) {
        gpadlComplete(relid, request.gpadl);
    }
}

void BusState::gpadlComplete(Relid relid, GpadlId id) {
    if (auto ranges = gpadls_.takeRanges(relid, id)) {
        effects_.emplace_back(MapGpadl{.relid = relid, .id = id, .ranges = std::move(*ranges)});
    } else {
        violation(relid, fmt::format("The ranges of GPADL {:#x} don't fit its pages", id));
        answerGpadl(relid, id, kInvalidParameter);
    }
}

void BusState::gpadlTeardown(const GpadlTeardownMessage& request) {
    const Relid relid = request.relid;
    const GpadlId id = request.gpadl;
    Gpadl* const gpadl = gpadls_.find(relid, id);
    if (gpadl == nullptr) {
        // What is revoked may have lost it without the guest's knowledge.
        const Channel* const channel = known(relid);
        if (channel == nullptr || !channel->revoked)
            violation(
                channel == nullptr ? std::nullopt : std::optional(relid),
                fmt::format("GPADL {:#x} of channel {} is torn down, and not there", id, relid));
        answerTeardown(id);
        return;
    }
    if (gpadl->answerTeardown) {
        violation(relid, fmt::format("GPADL {:#x} is torn down a second time", id));
        return;
    }
    switch (gpadl->state) {
        case Gpadl::State::Assembling:
            gpadls_.remove(relid, id);
            answerTeardown(id);
            return;
        case Gpadl::State::Mapping:
            gpadl->unwanted = true;
            break;
        case Gpadl::State::Mapped:
            gpadl->state = Gpadl::State::Releasing;
            effects_.emplace_back(ReleaseGpadl{.relid = relid, .id = id});
            break;
        case Gpadl::State::Releasing:
            break;
    }
    gpadl->answerTeardown = true;
}

void BusState::openChannel(const OpenChannelMessage& request) {
    Channel* const channel = known(request.relid);
    if (channel == nullptr || channel->revoked) {
        if (channel == nullptr)
            violation(std::nullopt, "The guest opens " + relidText(request.relid));
        answerOpen(request, kUnsuccessful);
        return;
    }
    const bool again = channel->rings == Channel::Rings::Opening ||
                       channel->rings == Channel::Rings::Open || channel->openRequest;
    if (!again && channel->rings == Channel::Rings::Closing) {
        channel->openRequest = request;
        return;
    }
    if (const std::string error = again ? "it is open already" : openingError(request);
        !error.empty()) {
        violation(request.relid, "The channel can't be opened: " + error);
        answerOpen(request, kInvalidParameter);
        return;
    }
    channel->rings = Channel::Rings::Opening;
    channel->openRequest = request;
    effects_.emplace_back(OpenRings{.relid = request.relid,
                                    .ringGpadl = request.ringGpadl,
                                    .hostToGuestPage = request.hostToGuestPage,
                                    .target = request.targetVp,
                                    .userData = request.userData,
                                    .version = connection_.version});
}

std::string BusState::openingError(const OpenChannelMessage& request) const {
    // A control page, and at least one of data.
    constexpr std::uint64_t kLeastPages = 2;
    const Gpadl* const gpadl = gpadls_.find(request.relid, request.ringGpadl);
    if (gpadl == nullptr || gpadl->state != Gpadl::State::Mapped)
        return fmt::format("it has no GPADL {:#x}", request.ringGpadl);
    if (!gpadl->wholePages)
        return fmt::format("GPADL {:#x} is not of whole pages", request.ringGpadl);
    if (request.hostToGuestPage < kLeastPages || request.hostToGuestPage > gpadl->pageCount ||
        gpadl->pageCount - request.hostToGuestPage < kLeastPages)
        return fmt::format("its second ring is said to begin in page {} of {}",
                           request.hostToGuestPage, gpadl->pageCount);
    if (request.targetVp >= processors_)
        return fmt::format("there is no VP {}", request.targetVp);
    return {};
}

void BusState::closeChannel(const RelidMessage& request) {
    Channel* const channel = known(request.relid);
    if (channel == nullptr) {
        violation(std::nullopt, "The guest closes " + relidText(request.relid));
        return;
    }
    if (channel->revoked)
        return;
    if (channel->rings != Channel::Rings::Open) {
        breakOff(*channel, "The guest closes the channel, which is not open");
        return;
    }
    closeRings(*channel);
    revokeSubChannels(request.relid);
}

void BusState::relidReleased(const RelidMessage& request) {
    const Relid relid = request.relid;
    Channel* const channel = known(relid);
    if (channel == nullptr) {
        violation(std::nullopt, "The guest releases " + relidText(relid));
        return;
    }
    channel->offered = false;
    if (channel->revoked) {
        settle(relid);
    } else if (channel->rings != Channel::Rings::Closed) {
        breakOff(*channel, "The guest releases the channel, which is open");
    } else {
        // Linux does so when it has no memory for one more device.
        channel->declined = true;
        revokeSubChannels(relid);
        releaseGpadls(relid);
    }
}

void BusState::modifyChannel(const ModifyChannelMessage& request) {
    Channel* const channel = known(request.relid);
    std::string error;
    if (connection_.version < kVersion4_1)
        error = "in a version that has no such message";
    else if (request.targetVp >= processors_)
        error = fmt::format("to VP {}, which it does not have", request.targetVp);
    else if (channel == nullptr)
        error = "without having that channel";
    else if (!channel->revoked && channel->rings != Channel::Rings::Open)
        error = "while it is not open";
    else if (channel->rings == Channel::Rings::Open)
        effects_.emplace_back(SetTarget{.relid = request.relid, .vp = request.targetVp});
    const std::uint32_t status = error.empty() ? kSuccess : kInvalidParameter;
    const bool answers = connection_.version >= kVersion5_3;
    if (!error.empty()) {
        error = fmt::format("The guest moves channel {} {}", request.relid, error);
        if (channel == nullptr || answers)
            violation(channel == nullptr ? std::nullopt : std::optional(request.relid),
                      std::move(error));
        else
            breakOff(*channel, std::move(error));
    }
    if (answers)
        send(ModifyChannelResponseMessage{.header = {MessageType::ModifyChannelResponse, 0},
                                          .relid = request.relid,
                                          .status = status});
}

void BusState::tlConnect(const TlConnectMessage& request) {
    if (connection_.version < kVersion4_0)
        violation(std::nullopt, "The guest connects a socket in a version that has none");
    else
        effects_.emplace_back(
            ConnectHvSocket{.service = request.service, .endpoint = request.endpoint});
}

}  // namespace vmbus
