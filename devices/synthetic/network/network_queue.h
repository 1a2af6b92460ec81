// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "vmbus/channel.h"

namespace devices::synthetic {

/// One channel of an adapter, its primary one or a sub-channel, as long as the guest has it open:
/// reads packets, owes completions until there is room for them, and gathers what is received into
/// one packet.
///
/// Thread safety: for the adapter's thread.
class NetworkQueue {
  public:
    static constexpr std::size_t kMostRanges = 32;

    explicit NetworkQueue(unsigned index) : index_(index) {}

    void open(std::unique_ptr<vmbus::OpenChannel> channel);
    /// Lets go of it.
    void close();

    [[nodiscard]] unsigned index() const { return index_; }
    /// Open, and the guest has not broken its protocol.
    [[nodiscard]] bool isUsable() const { return channel_ != nullptr && !failed_; }
    [[nodiscard]] vmbus::OpenChannel& channel() { return *channel_; }
    void fail(std::string why);

    /// More may be read: not too many completions are owed.
    [[nodiscard]] bool mayRead() const { return isUsable() && owed_.size() < kMostOwed; }
    /// The next packet, valid until the next call; null when there is none now.
    [[nodiscard]] const vmbus::ReceivedPacket* read();
    /// Gives the room of what has been read back.
    void release();

    /// Completes `packet`, where it wants that, when there is room.
    void complete(const vmbus::ReceivedPacket& packet, std::span<const std::byte> payload);
    /// An in-band message that nobody waits for; false when there is no room.
    [[nodiscard]] bool send(std::span<const std::byte> payload);
    /// A transfer-page packet; false when there is no room.
    [[nodiscard]] bool sendTransfer(std::uint16_t set,
                                    std::span<const vmbus::TransferPagesRange> ranges,
                                    std::uint64_t transaction, std::span<const std::byte> payload);

    /// Sends what is owed, as far as there is room. When that is not all of it, the guest is asked
    /// to tell of room.
    void flush();

    /// Sub-allocations that hold received frames, and their messages' lengths; to be sent at the
    /// end of the burst.
    struct Received {
        std::uint32_t subAllocation;
        std::uint32_t length;
    };
    std::vector<Received> received;

    /// The guest need not tell of packets.
    void startWork();
    /// It has to again; false when there is something to do at once.
    [[nodiscard]] bool stopWork();

  private:
    /// As many as a guest can have sent without looking at completions, and more.
    static constexpr std::size_t kMostOwed = 512;
    static constexpr std::size_t kMostCompletion = 40;
    struct Owed {
        std::uint64_t transaction;
        std::uint32_t size;
        std::array<std::byte, kMostCompletion> bytes;
    };
    enum class Written : std::uint8_t { Yes, NoRoom, Failed };

    [[nodiscard]] Written write(const vmbus::OutgoingPacket& packet);
    [[nodiscard]] Written writeCompletion(std::uint64_t transaction,
                                          std::span<const std::byte> payload);

    const unsigned index_;
    std::unique_ptr<vmbus::OpenChannel> channel_;
    bool failed_ = false;
    bool asksForRoom_ = false;
    vmbus::ReceivedPacket packet_;
    std::deque<Owed> owed_;
};

}  // namespace devices::synthetic
