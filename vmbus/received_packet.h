// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "guest_pages.h"
#include "hypervisor/error.h"
#include "ring_layout.h"

namespace vmbus {

/// A packet out of a ring: a private copy, whose descriptor has been checked (header and payload
/// lie inside), and nothing else of it. Reused from packet to packet.
class ReceivedPacket {
  public:
    [[nodiscard]] PacketType type() const { return static_cast<PacketType>(descriptor_.type); }
    [[nodiscard]] bool wantsCompletion() const {
        return (descriptor_.flags & kCompletionRequested) != 0;
    }
    [[nodiscard]] std::uint64_t transactionId() const { return descriptor_.transactionId; }
    /// What stands between descriptor and payload; empty for in-band packets and completions.
    [[nodiscard]] std::span<const std::byte> header() const {
        return std::span(body_).first(headerLength_);
    }
    /// Padded to a multiple of 8 bytes.
    [[nodiscard]] std::span<const std::byte> payload() const {
        return std::span(body_).first(length_).subspan(headerLength_);
    }

    /// The ranges of a GPA-direct packet; at most `mostPages` pages in all. Fails when the packet
    /// is of another type or does not hold what its counts say.
    [[nodiscard]] hypervisor::Result<std::vector<GuestRange>> gpaRanges(
        std::uint64_t mostPages) const;
    /// The ranges of a transfer-page packet.
    [[nodiscard]] hypervisor::Result<std::vector<TransferPagesRange>> transferRanges() const;

  private:
    friend class RingReader;
    PacketDescriptor descriptor_{};
    std::size_t headerLength_ = 0;
    /// All behind the descriptor; `length_` bytes of it are this packet's. Only ever grows, so that
    /// reading neither allocates nor clears again and again.
    std::vector<std::byte> body_;
    std::size_t length_ = 0;
};

}  // namespace vmbus
