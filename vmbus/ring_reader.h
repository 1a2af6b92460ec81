// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "hypervisor/stats/stats_page.h"
#include "received_packet.h"
#include "ring_memory.h"

namespace vmbus {

/// Reads the packets of one ring whose writer is not trusted: each packet is copied out before it
/// is looked at, and what the writer could change of the reader's own (the read index) is never
/// read back. Lock-free; for one thread at a time.
class RingReader {
  public:
    /// `mostBytes`: the longest packet that is taken, descriptor included.
    RingReader(RingMemory memory, std::uint32_t mostBytes);

    enum class Outcome : std::uint8_t {
        Packet,
        Empty,
        /// The writer has broken the protocol; why() tells how. Nothing more will be read.
        Broken,
    };
    [[nodiscard]] Outcome read(ReceivedPacket& packet);
    [[nodiscard]] const std::string& why() const { return why_; }

    /// Counts packets, and their bytes without trailers, from now on; both outlive this.
    void countIn(hypervisor::StatsCounter& packets, hypervisor::StatsCounter& bytes) {
        packets_ = &packets;
        bytes_ = &bytes;
    }

    /// Gives the room of what has been read back to the writer. True: the writer waits for that
    /// much and is to be told.
    [[nodiscard]] bool release();

    /// The writer need not tell of further packets.
    void mask();
    /// It has to again. True: something has come meanwhile, and nobody has told or will tell. After
    /// release(): a writer tells only of what it writes behind a read index that has caught up.
    [[nodiscard]] bool unmask();
    /// Whether there are bytes to read; what they are read() says. False in a broken ring. Who does
    /// not mask asks this between release() and sleep.
    [[nodiscard]] bool hasData() const;

  private:
    [[nodiscard]] Outcome broken(std::string why);

    RingMemory memory_;
    std::uint32_t mostBytes_;
    // The reader's truth; the control page has it from release() on.
    std::uint32_t readIndex_;
    std::uint32_t releasedIndex_;
    // The writer's when it was last looked at and found valid: up to there everything is visible.
    std::uint32_t writeIndex_;
    std::string why_;
    // Both null or none.
    hypervisor::StatsCounter* packets_ = nullptr;
    hypervisor::StatsCounter* bytes_ = nullptr;
};

}  // namespace vmbus
