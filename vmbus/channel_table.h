// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "bus_effects.h"
#include "protocol.h"

namespace vmbus {

/// A channel as the bus's state machine sees it.
struct Channel {
    Relid relid = 0;
    Offer offer;
    /// 0: is a primary itself.
    Relid primary = 0;
    std::uint16_t subChannelIndex = 0;

    enum class Rings : std::uint8_t {
        Closed,
        /// OpenRings waits for its answer.
        Opening,
        Open,
        /// CloseRings waits for its answer.
        Closing,
    };
    Rings rings = Rings::Closed;
    /// Of the state Opening: closed() has come first.
    bool givenUp = false;
    /// The guest's open request: the one that is under way (Opening), or that waits for the device
    /// to let go of what the guest has closed (Closing).
    std::optional<OpenChannelMessage> openRequest;

    /// Whether the guest has been told of the channel in this connection, and has not released it.
    bool offered = false;
    /// The guest has released it without being asked: it won't be told of it again before it
    /// makes a new connection.
    bool declined = false;
    /// Is being taken away.
    bool revoked = false;
    /// The guest has been told that.
    bool rescinded = false;
};

/// All channels of a machine by their relids.
class ChannelTable {
  public:
    /// Null when all relids are taken. A relid that has become free is reused as late as possible,
    /// for the sake of guests that still signal it.
    [[nodiscard]] Channel* add(const Offer& offer, Relid primary = 0,
                               std::uint16_t subChannelIndex = 0);
    [[nodiscard]] Channel* find(Relid relid);
    void remove(Relid relid) { channels_.erase(relid); }

    /// In the order of relids; for loops that add or remove channels.
    [[nodiscard]] std::vector<Relid> relids() const;
    [[nodiscard]] std::vector<Relid> subChannels(Relid primary) const;
    /// Nothing is with a device, or on the way to one.
    [[nodiscard]] bool allClosed() const;

  private:
    std::map<Relid, Channel> channels_;
    Relid last_ = 0;
};

}  // namespace vmbus
