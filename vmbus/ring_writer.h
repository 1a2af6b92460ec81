// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "hypervisor/stats/stats_page.h"
#include "ring_layout.h"
#include "ring_memory.h"

namespace vmbus {

/// A packet to be written: `header` is what the type asks for between descriptor and payload, a
/// multiple of 8 bytes; the payload is in pieces, and padded with zeroes to a multiple of 8.
struct OutgoingPacket {
    PacketType type = PacketType::InBand;
    bool wantsCompletion = false;
    std::uint64_t transactionId = 0;
    std::span<const std::byte> header = {};
    std::span<const std::span<const std::byte>> payload = {};
};

/// Writes packets into one ring whose reader is not trusted: the write index in memory is never
/// read back. Lock-free; for one thread at a time.
class RingWriter {
  public:
    explicit RingWriter(RingMemory memory);

    enum class Outcome : std::uint8_t {
        /// Written, and the reader will see it by itself.
        Written,
        /// Written, and the reader is to be told: it may be asleep.
        WrittenAndSignal,
        /// No room now. requestSpace() has the reader tell when there is.
        Full,
        /// Can never fit into this ring, or the reader has broken the protocol.
        Impossible,
    };
    [[nodiscard]] Outcome write(const OutgoingPacket& packet);

    /// Counts packets, and their bytes without trailers, from now on; both outlive this.
    void countIn(hypervisor::StatsCounter& packets, hypervisor::StatsCounter& bytes) {
        packets_ = &packets;
        bytes_ = &bytes;
    }

    /// How many bytes a packet takes, with descriptor and trailer.
    [[nodiscard]] static std::uint64_t sizeOf(const OutgoingPacket& packet);
    /// Room for packets of that many bytes in all, by sizeOf(): write() takes up to this.
    [[nodiscard]] std::uint32_t freeBytes() const;
    /// Asks the reader to tell when `bytes` are free. True: write again, for they already are and
    /// nobody will tell, or the reader has broken the protocol. A reader whose control page lacks
    /// kPendingSendSizeFeature never tells.
    [[nodiscard]] bool requestSpace(std::uint32_t bytes);
    /// No longer.
    void cancelSpaceRequest();

  private:
    /// The reader's index as it is now, if it is one.
    [[nodiscard]] std::optional<std::uint32_t> currentReadIndex() const;
    /// What write() takes while the reader is at `readIndex`.
    [[nodiscard]] std::uint32_t freeBytesAt(std::uint32_t readIndex) const;
    void place(const OutgoingPacket& packet, std::uint32_t size) const;

    RingMemory memory_;
    // The writer's truth.
    std::uint32_t writeIndex_;
    // The reader's when it was last looked at; it can only have made room since.
    std::uint32_t readIndex_;
    // Both indices were valid whenever they were looked at.
    bool sound_ = true;
    // Both null or none.
    hypervisor::StatsCounter* packets_ = nullptr;
    hypervisor::StatsCounter* bytes_ = nullptr;
};

}  // namespace vmbus
