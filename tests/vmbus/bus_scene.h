// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "vmbus/bus_state.h"

namespace vmbus {

/// A bus with 4 VPs between a guest that says what the test has it say, and a host that maps and
/// opens at once, and lets go when it is told to.
class BusScene {
  public:
    BusState state{4};
    /// What the host answers; nothing: not at once.
    std::optional<bool> maps = true;
    std::optional<bool> opens = true;
    bool closesAtOnce = true;
    bool releasesAtOnce = true;

    /// All effects since the last call, a line for each; violations' texts are in `violations`.
    /// "version yes 4": a message; "> close 3": for the host. Messages for others than VP 0's
    /// SINT 2 say so.
    QStringList heard();
    QStringList violations;
    std::vector<Effect> effects;  // behind the lines
    std::vector<OfferChannelMessage> offers;

    template <class Message>
    void post(const Message& message, std::uint32_t connection = kMessageConnection5) {
        post(std::as_bytes(std::span(&message, 1)), connection);
    }
    void post(std::span<const std::byte> bytes, std::uint32_t connection = kMessageConnection5);

    void contact(std::uint32_t version, VpIndex vp = 0, std::uint64_t pageOrSint = kMessageSint);
    void bare(MessageType type);
    void relid(MessageType type, Relid relid);
    void requestOffers() { bare(MessageType::RequestOffers); }
    /// One range of whole pages, in as many messages as it takes.
    void gpadl(Relid relid, GpadlId id, unsigned pages);
    void teardown(Relid relid, GpadlId id);
    void open(Relid relid, GpadlId id, std::uint32_t page = 2, VpIndex vp = 0);
    void close(Relid relid) { this->relid(MessageType::CloseChannel, relid); }
    void releaseRelid(Relid relid) { this->relid(MessageType::RelidReleased, relid); }
    void modify(Relid relid, VpIndex vp);

    /// A guest that has asked for offers; nothing heard.
    void connect(std::uint32_t version = kVersion5_3);
    /// An offered primary; nothing heard.
    Relid offer(std::uint16_t flags = 0);
    /// Its rings in a GPADL of 4 pages, and open; nothing heard.
    void opened(Relid relid, GpadlId id);
    Relid openedOffer(GpadlId id);

  private:
    /// Does what the host does at once.
    void perform();
    void perform(const Effect& effect);

    QStringList lines_;
    unsigned instances_ = 0;
};

}  // namespace vmbus
