// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "channel.h"
#include "guest_pages.h"
#include "guid.h"
#include "hypervisor/guest_memory.h"
#include "hypervisor/intercept_handler.h"

namespace vmbus {

using hypervisor::VpIndex;

/// Number of a channel in one machine, 1 to kLastRelid; also its event flag's.
using Relid = std::uint32_t;
inline constexpr Relid kLastRelid = 2047;
/// Chosen by the guest; belongs to one channel, and others may use the same.
using GpadlId = std::uint32_t;

/// For message slot `sint` of `vp`, type kChannelMessageType, behind those sent before.
struct SendMessage {
    VpIndex vp = 0;
    unsigned sint = 0;
    std::uint8_t length = 0;
    std::array<std::byte, 240> bytes{};

    [[nodiscard]] std::span<const std::byte> content() const {
        return std::span(bytes).first(length);
    }
};

/// The guest's connection is over: what SendMessage has asked for and is still waiting for a free
/// slot is not to be sent any more.
struct DiscardMessages {};

/// Finds the pages; answered by gpadlMapped().
struct MapGpadl {
    Relid relid = 0;
    GpadlId id = 0;
    std::vector<GuestRange> ranges;
};

/// Nobody gets the pages by this id any more; gpadlReleased() once nobody has them. Exactly one
/// for each MapGpadl that has been answered with true.
struct ReleaseGpadl {
    Relid relid = 0;
    GpadlId id = 0;
};

/// Hands the channel to its device; answered by ringsOpened(). The GPADL is mapped and of whole
/// pages: those below `hostToGuestPage` (at least two) are the ring to the host, those from there
/// on (at least two) the one to the guest.
struct OpenRings {
    Relid relid = 0;
    GpadlId ringGpadl = 0;
    std::uint32_t hostToGuestPage = 0;
    /// Whose event flag tells the guest of this channel.
    VpIndex target = 0;
    UserData userData{};
    std::uint32_t version = 0;
};

/// The device is to let go; answered by closed(). One for each OpenRings answered with true, unless
/// the device has let go by itself.
struct CloseRings {
    Relid relid = 0;
};

/// From here on the channel's events go to that VP only. In front of the message that tells so.
struct SetTarget {
    Relid relid = 0;
    VpIndex vp = 0;
};

/// The channel is no more, and the relid free for another: the last that is heard of it.
struct Forget {
    Relid relid = 0;
};

/// A guest's socket wants to connect: offer a channel of that type and instance, with
/// kHvSocketFlag, or call hvSocketRefused().
struct ConnectHvSocket {
    Guid service;   // the offer's type
    Guid endpoint;  // the offer's instance
};

/// Of guests below version 5.0: the page of a bit for each channel. Needed for channels without a
/// dedicated interrupt only, which are never offered. Page-aligned, otherwise not checked.
struct SetInterruptPage {
    std::optional<hypervisor::Gpa> gpa;
};

/// The guest has broken the protocol; for the owner's events.
struct Violation {
    std::optional<Relid> relid;
    std::string text;
};

using Effect =
    std::variant<SendMessage, DiscardMessages, MapGpadl, ReleaseGpadl, OpenRings, CloseRings,
                 SetTarget, Forget, ConnectHvSocket, SetInterruptPage, Violation>;

}  // namespace vmbus
