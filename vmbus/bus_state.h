// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bus_effects.h"
#include "channel_table.h"
#include "gpadl_table.h"
#include "hypervisor/error.h"
#include "message_bytes.h"
#include "protocol.h"

namespace vmbus {

/// The VMBus of one machine as a pure state machine: messages of the guest, wishes of the host and
/// answers to effects go in, effects come out. No I/O, no guest memory, no threads, no locks.
///
/// Use: one call at a time, then takeEffects(), each carried out in the order given. An answer may
/// come from within that, or any time later; no order among answers is asked for. Effects are as
/// many as there are channels and GPADLs at most (for one call).
///
/// A guest message causes at most one message to the guest at once, but REQUESTOFFERS, which causes
/// one for each channel, and those for which channels are taken away. Who queues messages until the
/// guest has room bounds that queue by letting the guest's PostMessage fail with "insufficient
/// buffers" as long as it is long: guests repeat it.
///
/// What the guest gets wrong:
/// - what it waits for is answered, with a failure where there is one;
/// - a channel whose protocol it breaks in other ways is revoked;
/// - all of it is reported as a Violation, the first kMostViolations since the last reset.
class BusState {
  public:
    static constexpr unsigned kMostViolations = 100;

    /// VPs 0 to `processors` - 1 exist.
    explicit BusState(VpIndex processors);

    // Wishes of the host.

    /// Relid of the new channel, which the guest hears of now or when it asks for offers, and again
    /// at each new connection. Channels with kHvSocketFlag are different: they belong to the
    /// connection that they have been offered in. Fails when all relids are taken, and for sockets
    /// without a guest that knows them.
    [[nodiscard]] hypervisor::Result<Relid> offer(const Offer& offer);
    /// Offers sub-channels 1 to `count` of an open channel; their relids in that order. Fewer or
    /// none when relids run out, when `primary` is not open, is itself a sub-channel or has
    /// sub-channels already. They are revoked when the primary is closed.
    [[nodiscard]] std::vector<Relid> offerSubChannels(Relid primary, unsigned count);
    /// Takes a channel and its sub-channels away: device removed, or protocol broken. CloseRings
    /// and ReleaseGpadl follow at once, the guest hears of it when all is let go, and Forget comes
    /// when it has released the relid, or at the end of the connection. May be repeated.
    void revoke(Relid relid);
    /// The machine is reset: the guest knows nothing any more. Sub-channels, sockets and what has
    /// been revoked go, the other channels stay; answers that are due are still awaited.
    void reset();
    /// Tells the guest that nobody takes its ConnectHvSocket.
    void hvSocketRefused(const Guid& service, const Guid& endpoint);

    // The guest.

    /// A message of type kChannelMessageType that `vp` has posted to `connectionId`, one of those
    /// for which takesConnection() is true. `message` must be a private copy.
    void guestMessage(VpIndex vp, std::uint32_t connectionId, std::span<const std::byte> message);
    [[nodiscard]] static constexpr bool takesConnection(std::uint32_t connectionId) {
        return connectionId == kMessageConnection || connectionId == kMessageConnection5;
    }

    // Answers to effects. Those that nothing is waiting for are ignored.

    void gpadlMapped(Relid relid, GpadlId id, bool mapped);
    void gpadlReleased(Relid relid, GpadlId id);
    /// With false the device has never got the channel, and closed() does not follow.
    void ringsOpened(Relid relid, bool opened);
    /// The device has let go. Without CloseRings before: it has given the channel up, which is
    /// revoked then.
    void closed(Relid relid);

    [[nodiscard]] std::vector<Effect> takeEffects();

    /// Of the guest that is connected now.
    [[nodiscard]] std::optional<std::uint32_t> version() const;

  private:
    /// Where and how a guest wants to be talked to.
    struct Connection {
        std::uint32_t version = 0;
        VpIndex vp = 0;
        unsigned sint = kMessageSint;
        std::uint32_t messageConnection = kMessageConnection;
        std::optional<hypervisor::Gpa> interruptPage;
        bool offersRequested = false;
    };
    enum class Answer : std::uint8_t { None, Version, Unload };

    // Guest messages, in bus_messages.cpp.
    void initiateContact(VpIndex vp, std::uint32_t connectionId,
                         std::span<const std::byte> message);
    void unload(VpIndex vp);
    void connectedMessage(MessageType type, std::span<const std::byte> message);
    void requestOffers();
    void gpadlHeader(const GpadlHeaderMessage& request, std::span<const std::byte> part);
    void gpadlBody(const GpadlBodyMessage& request, std::span<const std::byte> part);
    void gpadlComplete(Relid relid, GpadlId id);
    void gpadlTeardown(const GpadlTeardownMessage& request);
    void openChannel(const OpenChannelMessage& request);
    /// Why the request can't be fulfilled; empty: it can.
    [[nodiscard]] std::string openingError(const OpenChannelMessage& request) const;
    void closeChannel(const RelidMessage& request);
    void relidReleased(const RelidMessage& request);
    void modifyChannel(const ModifyChannelMessage& request);
    void tlConnect(const TlConnectMessage& request);

    // To the guest, as long as it is connected.
    template <class Message>
    void send(const Message& message) {
        if (connected_)
            deliver(message);
    }
    template <class Message>
    void deliver(const Message& message) {
        effects_.emplace_back(messageTo(connection_.vp, connection_.sint, message));
    }
    void tellOffer(Channel& channel);
    void answerOpen(const OpenChannelMessage& request, std::uint32_t status);
    void answerGpadl(Relid relid, GpadlId id, std::uint32_t status);
    void answerTeardown(GpadlId id);
    void violation(std::optional<Relid> relid, std::string text);
    /// A violation that costs the guest the channel.
    void breakOff(Channel& channel, std::string text);

    /// The channel that the guest knows by that relid.
    [[nodiscard]] Channel* known(Relid relid);
    void revokeOne(Channel& channel);
    void revokeSubChannels(Relid primary);
    void closeRings(Channel& channel);
    void releaseGpadls(Relid relid);
    void forgetGpadl(Relid relid, GpadlId id);
    /// The guest knows nothing any more: all is to be let go.
    void dropConnection();
    /// Does what waited for the device to let go of this channel: rescind it, or forget it.
    void settle(Relid relid);
    void settleConnection();

    const VpIndex processors_;
    ChannelTable channels_;
    GpadlTable gpadls_;
    /// The guest's, or the one that it will have when all of the last one is let go.
    Connection connection_;
    bool connected_ = false;
    /// What the guest waits for until all is let go.
    Answer pending_ = Answer::None;
    unsigned violations_ = 0;
    std::vector<Effect> effects_;
};

}  // namespace vmbus
