// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "intercept_handler.h"

namespace hypervisor {

/// A VP has this many synthetic interrupt sources (TLFS, SINTx registers).
inline constexpr unsigned kSintCount = 16;
/// Of each source: event flags.
inline constexpr unsigned kEventFlagCount = 2048;
inline constexpr std::size_t kMessagePayloadSize = 240;

/// What a slot of a VP's message page holds (TLFS, SynIC message format).
struct SynicMessage {
    /// Not 0. Bit 31 is set in the hypervisor's own messages.
    std::uint32_t type = 1;
    /// At most kMessagePayloadSize.
    std::uint8_t size = 0;
    std::array<std::byte, kMessagePayloadSize> payload{};
};

/// Who answers when a guest posts a message or signals an event (HvCallPostMessage,
/// HvCallSignalEvent). Called on the thread of the VP that does it, of several VPs at a time;
/// returns fast.
class GuestConnections {
  public:
    virtual ~GuestConnections() = default;

    enum class Post : std::uint8_t {
        Taken,
        /// There is no such connection.
        Unknown,
        /// Too much is waiting; the guest tries again.
        NoRoom,
    };
    /// `payload` is a private copy, at most kMessagePayloadSize bytes.
    [[nodiscard]] virtual Post postMessage(VpIndex vp, std::uint32_t connection, std::uint32_t type,
                                           std::span<const std::byte> payload) = 0;
    /// False: there is no such connection.
    [[nodiscard]] virtual bool signalEvent(VpIndex vp, std::uint32_t connection,
                                           std::uint16_t flag) = 0;
};

/// The host's side of a partition's synthetic interrupt controllers. Any thread may call any
/// method but setConnections().
class SyntheticInterrupts {
  public:
    virtual ~SyntheticInterrupts() = default;

    /// Writes the message into the slot of `sint` of the VP, at once or as soon as the guest has
    /// emptied it, in the order in which they come. False, with nothing done, when too many wait
    /// already, or when there is no such VP or SINT.
    [[nodiscard]] virtual bool postMessage(VpIndex vp, unsigned sint,
                                           const SynicMessage& message) = 0;
    /// How many messages wait for their slot.
    [[nodiscard]] virtual std::size_t waitingMessages(VpIndex vp, unsigned sint) const = 0;
    /// Forgets what waits for its slot, but for the hypervisor's own messages.
    virtual void discardMessages() = 0;
    /// Sets a flag in the VP's event page, and interrupts the VP when it was not set. What the
    /// guest has not enabled is not written: false.
    virtual bool setEventFlag(VpIndex vp, unsigned sint, unsigned flag) = 0;

    /// Before the first VP runs, and with null when none does any more.
    virtual void setConnections(GuestConnections* connections) = 0;
};

}  // namespace hypervisor
