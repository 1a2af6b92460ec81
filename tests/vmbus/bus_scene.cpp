// SPDX-License-Identifier: GPL-3.0-or-later
#include "bus_scene.h"

#include <algorithm>
#include <cstring>

namespace vmbus {
namespace {

QString status(std::uint32_t value) {
    return value == kSuccess ? "ok" : "failed";
}

QString hex(std::uint64_t value) {
    return QString::number(value, 16);
}

template <class Message>
Message exactly(const SendMessage& sent) {
    // A message of another length is none.
    return sent.length == sizeof(Message) ? messageFrom<Message>(sent.content()).value()
                                          : Message{};
}

QString line(const SendMessage& sent) {
    const auto header = messageFrom<MessageHeader>(sent.content());
    if (!header || header->padding != 0)
        return "bad header";
    switch (header->type) {
        case MessageType::OfferChannel: {
            const auto offer = exactly<OfferChannelMessage>(sent);
            return QString("offer %1.%2").arg(offer.relid).arg(offer.subChannelIndex);
        }
        case MessageType::RescindOffer:
            return QString("rescind %1").arg(exactly<RelidMessage>(sent).relid);
        case MessageType::AllOffersDelivered:
            return sent.length == 8 ? "all offers" : "bad length";
        case MessageType::OpenChannelResult: {
            const auto result = exactly<OpenChannelResultMessage>(sent);
            return QString("open %1.%2 ").arg(result.relid).arg(result.openId) +
                   status(result.status);
        }
        case MessageType::GpadlCreated: {
            const auto created = exactly<GpadlCreatedMessage>(sent);
            return QString("created %1 ").arg(created.relid) + hex(created.gpadl) + ' ' +
                   status(created.status);
        }
        case MessageType::GpadlTorndown:
            return "torndown " + hex(exactly<GpadlTorndownMessage>(sent).gpadl);
        case MessageType::VersionResponse: {
            const auto response = exactly<VersionResponseMessage>(sent);
            return response.supported == 1 && response.connectionState == 0
                       ? QString("version yes %1").arg(response.messageConnection)
                       : "version no";
        }
        case MessageType::UnloadResponse:
            return sent.length == 8 ? "unloaded" : "bad length";
        case MessageType::TlConnectResult:
            return "socket " + status(exactly<TlConnectResultMessage>(sent).status);
        case MessageType::ModifyChannelResponse: {
            const auto response = exactly<ModifyChannelResponseMessage>(sent);
            return QString("modified %1 ").arg(response.relid) + status(response.status);
        }
        default:
            return "bad type";
    }
}

struct Describe {
    QString operator()(const SendMessage& sent) const {
        const QString text = line(sent);
        return sent.vp == 0 && sent.sint == kMessageSint
                   ? text
                   : text + QString(" at VP %1 SINT %2").arg(sent.vp).arg(sent.sint);
    }
    QString operator()(const DiscardMessages&) const { return "> discard"; }
    QString operator()(const MapGpadl& map) const {
        std::size_t pages = 0;
        for (const GuestRange& range : map.ranges)
            pages += range.frames.size();
        return QString("> map %1 ").arg(map.relid) + hex(map.id) + QString(" of %1").arg(pages);
    }
    QString operator()(const ReleaseGpadl& release) const {
        return QString("> release %1 ").arg(release.relid) + hex(release.id);
    }
    QString operator()(const OpenRings& open) const {
        return QString("> open %1 ").arg(open.relid) + hex(open.ringGpadl) +
               QString(" at %1 VP %2").arg(open.hostToGuestPage).arg(open.target);
    }
    QString operator()(const CloseRings& close) const {
        return QString("> close %1").arg(close.relid);
    }
    QString operator()(const SetTarget& target) const {
        return QString("> target %1 VP %2").arg(target.relid).arg(target.vp);
    }
    QString operator()(const Forget& forget) const {
        return QString("> forget %1").arg(forget.relid);
    }
    QString operator()(const ConnectHvSocket&) const { return "> socket"; }
    QString operator()(const SetInterruptPage& page) const {
        return "> page " + (page.gpa ? hex(*page.gpa) : QString("none"));
    }
    QString operator()(const Violation& violation) const {
        return violation.relid ? QString("> violation %1").arg(*violation.relid) : "> violation";
    }
};

}  // namespace

QStringList BusScene::heard() {
    perform();
    return std::exchange(lines_, {});
}

void BusScene::perform() {
    for (std::vector<Effect> some = state.takeEffects(); !some.empty(); some = state.takeEffects())
        for (const Effect& effect : some) {
            lines_ << std::visit(Describe{}, effect);
            effects.push_back(effect);
            perform(effect);
        }
}

void BusScene::perform(const Effect& effect) {
    if (const auto* const map = std::get_if<MapGpadl>(&effect)) {
        if (maps)
            state.gpadlMapped(map->relid, map->id, *maps);
    } else if (const auto* const release = std::get_if<ReleaseGpadl>(&effect)) {
        if (releasesAtOnce)
            state.gpadlReleased(release->relid, release->id);
    } else if (const auto* const opening = std::get_if<OpenRings>(&effect)) {
        if (opens)
            state.ringsOpened(opening->relid, *opens);
    } else if (const auto* const closing = std::get_if<CloseRings>(&effect)) {
        if (closesAtOnce)
            state.closed(closing->relid);
    } else if (const auto* const violation = std::get_if<Violation>(&effect)) {
        violations << QString::fromStdString(violation->text);
    } else if (const auto* const sent = std::get_if<SendMessage>(&effect)) {
        if (sent->length == sizeof(OfferChannelMessage))
            offers.push_back(exactly<OfferChannelMessage>(*sent));
    }
}

void BusScene::post(std::span<const std::byte> bytes, std::uint32_t connection) {
    state.guestMessage(0, connection, bytes);
    perform();
}

void BusScene::contact(std::uint32_t version, VpIndex vp, std::uint64_t pageOrSint) {
    InitiateContactMessage message{};
    message.header.type = MessageType::InitiateContact;
    message.version = version;
    message.targetVp = vp;
    message.interruptPageOrSint = pageOrSint;
    post(message, version >= kVersion5_0 ? kMessageConnection5 : kMessageConnection);
}

void BusScene::bare(MessageType type) {
    post(BareMessage{.header = {type, 0}});
}

void BusScene::relid(MessageType type, Relid relid) {
    post(RelidMessage{.header = {type, 0}, .relid = relid});
}

void BusScene::gpadl(Relid relid, GpadlId id, unsigned pages) {
    std::vector<std::uint64_t> words{std::uint64_t{pages} * hypervisor::kPageSize};
    for (unsigned i = 0; i < pages; ++i)
        words.push_back(0x1000 + i);
    const GpadlHeaderMessage header{.header = {MessageType::GpadlHeader, 0},
                                    .relid = relid,
                                    .gpadl = id,
                                    .rangeBytes = static_cast<std::uint16_t>(8 * words.size()),
                                    .rangeCount = 1};
    const GpadlBodyMessage body{.header = {MessageType::GpadlBody, 0}, .number = 0, .gpadl = id};
    std::span<const std::uint64_t> rest = words;
    // As Linux does: the header with up to 26 pages, bodies with up to 28.
    const auto send = [&](const auto& front, std::size_t most) {
        const auto part = std::as_bytes(rest.first(std::min(most, rest.size())));
        std::vector<std::byte> bytes(sizeof(front) + part.size());
        std::memcpy(bytes.data(), &front, sizeof(front));
        std::memcpy(bytes.data() + sizeof(front), part.data(), part.size());
        rest = rest.subspan(part.size() / 8);
        post(std::span<const std::byte>(bytes));
    };
    send(header, 27);
    while (!rest.empty())
        send(body, 28);
}

void BusScene::teardown(Relid relid, GpadlId id) {
    post(GpadlTeardownMessage{
        .header = {MessageType::GpadlTeardown, 0}, .relid = relid, .gpadl = id});
}

void BusScene::open(Relid relid, GpadlId id, std::uint32_t page, VpIndex vp) {
    OpenChannelMessage message{};
    message.header.type = MessageType::OpenChannel;
    message.relid = relid;
    message.openId = relid;
    message.ringGpadl = id;
    message.targetVp = vp;
    message.hostToGuestPage = page;
    post(message);
}

void BusScene::modify(Relid relid, VpIndex vp) {
    post(ModifyChannelMessage{
        .header = {MessageType::ModifyChannel, 0}, .relid = relid, .targetVp = vp});
}

void BusScene::connect(std::uint32_t version) {
    contact(version);
    requestOffers();
    static_cast<void>(heard());
}

Relid BusScene::offer(std::uint16_t flags) {
    Offer offer;
    offer.type = "f8615163-df3e-46c5-913f-f2d2f965ed0e"_guid;
    offer.instance.bytes[0] = static_cast<std::uint8_t>(++instances_);
    offer.flags = flags;
    const Relid relid = state.offer(offer).value();
    static_cast<void>(heard());
    return relid;
}

void BusScene::opened(Relid relid, GpadlId id) {
    gpadl(relid, id, 4);
    open(relid, id);
    static_cast<void>(heard());
}

Relid BusScene::openedOffer(GpadlId id) {
    const Relid relid = offer();
    opened(relid, id);
    return relid;
}

}  // namespace vmbus
