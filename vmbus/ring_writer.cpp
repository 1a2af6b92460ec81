// SPDX-License-Identifier: GPL-3.0-or-later
#include "ring_writer.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <utility>

namespace vmbus {

namespace {

using Field = std::atomic_ref<std::uint32_t>;

// Sequentially consistent accesses below are the protocol's full barriers: of a store to one field
// and a load of another here, and the reverse in the reader, one at least sees the other's store.

constexpr std::uint64_t kMostUnits = std::numeric_limits<std::uint16_t>::max();

std::uint64_t payloadSize(const OutgoingPacket& packet) {
    std::uint64_t size = 0;
    for (const auto& piece : packet.payload)
        size += piece.size();
    return size;
}

constexpr std::uint64_t padded(std::uint64_t size) {
    return (size + kRingUnit - 1) / kRingUnit * kRingUnit;
}

}  // namespace

RingWriter::RingWriter(RingMemory memory)
    : memory_(std::move(memory)),
      writeIndex_(Field(memory_.control().writeIndex).load(std::memory_order_relaxed)),
      readIndex_(Field(memory_.control().readIndex).load(std::memory_order_acquire)),
      sound_(memory_.isIndex(writeIndex_) && memory_.isIndex(readIndex_)) {}

std::uint64_t RingWriter::sizeOf(const OutgoingPacket& packet) {
    return sizeof(PacketDescriptor) + packet.header.size() + padded(payloadSize(packet)) +
           kPacketTrailer;
}

std::optional<std::uint32_t> RingWriter::currentReadIndex() const {
    const std::uint32_t index = Field(memory_.control().readIndex).load(std::memory_order_seq_cst);
    if (!sound_ || !memory_.isIndex(index))
        return std::nullopt;
    return index;
}

std::uint32_t RingWriter::freeBytesAt(std::uint32_t readIndex) const {
    // A ring that is full to the last byte would look empty.
    return memory_.size() - memory_.distance(readIndex, writeIndex_) - kRingUnit;
}

RingWriter::Outcome RingWriter::write(const OutgoingPacket& packet) {
    const std::uint64_t size = sizeOf(packet);
    if (!sound_ || size > memory_.size() - kRingUnit ||
        size - kPacketTrailer > kMostUnits * kRingUnit || packet.header.size() % kRingUnit != 0)
        return Outcome::Impossible;
    if (size > freeBytesAt(readIndex_)) {
        const auto index = currentReadIndex();
        if (!index) {
            sound_ = false;
            return Outcome::Impossible;
        }
        readIndex_ = *index;
        if (size > freeBytesAt(readIndex_))
            return Outcome::Full;
    }

    const auto ringSize = static_cast<std::uint32_t>(size);
    place(packet, ringSize);
    if (packets_ != nullptr) {
        packets_->add();
        bytes_->add(size - kPacketTrailer);
    }
    const std::uint32_t before = writeIndex_;
    writeIndex_ = memory_.advanced(before, ringSize);
    RingControl& control = memory_.control();
    Field(control.writeIndex).store(writeIndex_, std::memory_order_seq_cst);
    if (Field(control.interruptMask).load(std::memory_order_seq_cst) != 0)
        return Outcome::Written;
    const auto index = currentReadIndex();
    if (!index) {
        sound_ = false;
        return Outcome::Written;
    }
    readIndex_ = *index;
    // The reader had read all before this packet: it may have gone to sleep.
    return readIndex_ == before ? Outcome::WrittenAndSignal : Outcome::Written;
}

void RingWriter::place(const OutgoingPacket& packet, std::uint32_t size) const {
    const std::uint64_t headed = sizeof(PacketDescriptor) + packet.header.size();
    const PacketDescriptor descriptor = {
        .type = static_cast<std::uint16_t>(packet.type),
        .payloadOffset8 = static_cast<std::uint16_t>(headed / kRingUnit),
        .length8 = static_cast<std::uint16_t>((size - kPacketTrailer) / kRingUnit),
        .flags = packet.wantsCompletion ? kCompletionRequested : std::uint16_t{0},
        .transactionId = packet.transactionId};
    std::uint32_t at = writeIndex_;
    const auto put = [&](std::span<const std::byte> bytes) {
        const auto length = static_cast<std::uint32_t>(bytes.size());
        memory_.write(at, bytes.data(), length);
        at = memory_.advanced(at, length);
    };
    put(std::as_bytes(std::span(&descriptor, 1)));
    put(packet.header);
    for (const auto& piece : packet.payload)
        put(piece);
    static constexpr std::array<std::byte, kRingUnit> kZeroes = {};
    const std::uint64_t payload = payloadSize(packet);
    put(std::span(kZeroes).first(padded(payload) - payload));
    const std::uint64_t trailer = std::uint64_t{writeIndex_} << 32;
    put(std::as_bytes(std::span(&trailer, 1)));
    memory_.written(writeIndex_, size);
}

std::uint32_t RingWriter::freeBytes() const {
    const auto index = currentReadIndex();
    return index ? freeBytesAt(*index) : 0;
}

bool RingWriter::requestSpace(std::uint32_t bytes) {
    // What never fits is never told of.
    const auto size =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(padded(bytes), memory_.size()));
    // By the reader's rule, which tells when more than this is free.
    Field(memory_.control().pendingSendSize).store(size, std::memory_order_seq_cst);
    const auto index = currentReadIndex();
    if (index && size > freeBytesAt(*index))
        return false;
    cancelSpaceRequest();
    return true;
}

void RingWriter::cancelSpaceRequest() {
    Field(memory_.control().pendingSendSize).store(0, std::memory_order_relaxed);
}

}  // namespace vmbus
