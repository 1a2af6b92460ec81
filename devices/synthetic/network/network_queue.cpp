// SPDX-License-Identifier: GPL-3.0-or-later
#include "network_queue.h"

#include <algorithm>

namespace devices::synthetic {

using vmbus::OutgoingPacket;
using vmbus::PacketType;
using vmbus::ReceivedPacket;
using vmbus::RingReader;
using vmbus::RingWriter;

void NetworkQueue::open(std::unique_ptr<vmbus::OpenChannel> channel) {
    close();
    channel_ = std::move(channel);
}

void NetworkQueue::close() {
    channel_.reset();
    failed_ = false;
    asksForRoom_ = false;
    owed_.clear();
    received.clear();
}

void NetworkQueue::fail(std::string why) {
    if (!isUsable())
        return;
    failed_ = true;
    owed_.clear();
    received.clear();
    channel_->fail(std::move(why));
}

const ReceivedPacket* NetworkQueue::read() {
    switch (channel_->incoming().read(packet_)) {
        case RingReader::Outcome::Packet:
            return &packet_;
        case RingReader::Outcome::Empty:
            return nullptr;
        case RingReader::Outcome::Broken:
            fail(channel_->incoming().why());
            return nullptr;
    }
    return nullptr;
}

void NetworkQueue::release() {
    if (isUsable())
        channel_->release();
}

NetworkQueue::Written NetworkQueue::write(const OutgoingPacket& packet) {
    const std::uint64_t size = RingWriter::sizeOf(packet);
    // A guest that moves its read index to and fro must not keep the thread here.
    constexpr int kMostAttempts = 4;
    for (int i = 0; i < kMostAttempts; ++i) {
        switch (channel_->outgoing().write(packet)) {
            case RingWriter::Outcome::WrittenAndSignal:
                channel_->signalGuest();
                return Written::Yes;
            case RingWriter::Outcome::Written:
                return Written::Yes;
            case RingWriter::Outcome::Impossible:
                fail("the ring to the guest is damaged, or too small for a network adapter");
                return Written::Failed;
            case RingWriter::Outcome::Full:
                asksForRoom_ = true;
                if (!channel_->outgoing().requestSpace(static_cast<std::uint32_t>(size)))
                    return Written::NoRoom;
                // The guest has read meanwhile, and will not tell.
                break;
        }
    }
    return Written::NoRoom;
}

NetworkQueue::Written NetworkQueue::writeCompletion(std::uint64_t transaction,
                                                    std::span<const std::byte> payload) {
    return write({.type = PacketType::Completion,
                  .transactionId = transaction,
                  .payload = std::span(&payload, payload.empty() ? 0 : 1)});
}

void NetworkQueue::complete(const ReceivedPacket& packet, std::span<const std::byte> payload) {
    if (!packet.wantsCompletion() || !isUsable())
        return;
    if (owed_.empty() && writeCompletion(packet.transactionId(), payload) != Written::NoRoom)
        return;
    Owed& owed = owed_.emplace_back();
    owed.transaction = packet.transactionId();
    owed.size = static_cast<std::uint32_t>(payload.size());
    std::ranges::copy(payload, owed.bytes.begin());
}

bool NetworkQueue::send(std::span<const std::byte> payload) {
    return write({.type = PacketType::InBand, .payload = std::span(&payload, 1)}) !=
           Written::NoRoom;
}

bool NetworkQueue::sendTransfer(std::uint16_t set,
                                std::span<const vmbus::TransferPagesRange> ranges,
                                std::uint64_t transaction, std::span<const std::byte> payload) {
    std::array<std::byte,
               sizeof(vmbus::TransferPagesHeader) + kMostRanges * sizeof(vmbus::TransferPagesRange)>
        header;
    const vmbus::TransferPagesHeader start{set, 0, 0, static_cast<std::uint32_t>(ranges.size())};
    auto end = std::ranges::copy(std::as_bytes(std::span(&start, 1)), header.begin()).out;
    end = std::ranges::copy(std::as_bytes(ranges), end).out;
    return write({.type = PacketType::TransferPages,
                  .wantsCompletion = true,
                  .transactionId = transaction,
                  .header = {header.begin(), end},
                  .payload = std::span(&payload, 1)}) != Written::NoRoom;
}

void NetworkQueue::flush() {
    if (asksForRoom_) {
        channel_->outgoing().cancelSpaceRequest();
        asksForRoom_ = false;
    }
    while (!owed_.empty() && isUsable()) {
        const Owed& owed = owed_.front();
        const Written written =
            writeCompletion(owed.transaction, std::span(owed.bytes).first(owed.size));
        if (written == Written::NoRoom)
            return;
        if (written == Written::Yes)
            owed_.pop_front();
    }
}

void NetworkQueue::startWork() {
    if (isUsable())
        channel_->incoming().mask();
}

bool NetworkQueue::stopWork() {
    // With too much owed nothing is read; the guest tells of room.
    return !mayRead() || !channel_->incoming().unmask();
}

}  // namespace devices::synthetic
