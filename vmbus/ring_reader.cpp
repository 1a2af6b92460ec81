// SPDX-License-Identifier: GPL-3.0-or-later
#include "ring_reader.h"

#include <fmt/core.h>

#include <atomic>
#include <utility>

namespace vmbus {

namespace {

using Field = std::atomic_ref<std::uint32_t>;

// Sequentially consistent accesses below are the protocol's full barriers: of a store to one field
// and a load of another here, and the reverse in the writer, one at least sees the other's store.

}  // namespace

RingReader::RingReader(RingMemory memory, std::uint32_t mostBytes)
    : memory_(std::move(memory)),
      mostBytes_(mostBytes),
      readIndex_(Field(memory_.control().readIndex).load(std::memory_order_relaxed)),
      releasedIndex_(readIndex_),
      writeIndex_(readIndex_) {
    if (!memory_.isIndex(readIndex_))
        why_ =
            fmt::format("a ring of {} bytes is to be read from {} on", memory_.size(), readIndex_);
}

RingReader::Outcome RingReader::broken(std::string why) {
    why_ = std::move(why);
    return Outcome::Broken;
}

RingReader::Outcome RingReader::read(ReceivedPacket& packet) {
    if (!why_.empty())
        return Outcome::Broken;
    if (readIndex_ == writeIndex_) {
        const std::uint32_t index =
            Field(memory_.control().writeIndex).load(std::memory_order_acquire);
        if (!memory_.isIndex(index))
            return broken(
                fmt::format("a ring of {} bytes is written up to {}", memory_.size(), index));
        if (index == readIndex_)
            return Outcome::Empty;
        writeIndex_ = index;
    }

    const std::uint32_t used = memory_.distance(readIndex_, writeIndex_);
    PacketDescriptor descriptor;
    if (used < sizeof(descriptor) + kPacketTrailer)
        return broken(fmt::format("{} bytes are in a ring: no packet is so short", used));
    memory_.read(readIndex_, reinterpret_cast<std::byte*>(&descriptor), sizeof(descriptor));
    const std::uint32_t payloadOffset = descriptor.payloadOffset8 * kRingUnit;
    const std::uint32_t length = descriptor.length8 * kRingUnit;
    if (payloadOffset < sizeof(descriptor) || payloadOffset > length)
        return broken(
            fmt::format("a packet of {} bytes has its payload at byte {}", length, payloadOffset));
    if (length > used - kPacketTrailer)
        return broken(
            fmt::format("a packet of {} bytes stands in {} bytes of a ring", length, used));
    if (length > mostBytes_)
        return broken(fmt::format("a packet has {} bytes, {} more than its device takes", length,
                                  length - mostBytes_));

    const auto bodyLength = static_cast<std::uint32_t>(length - sizeof(descriptor));
    packet.descriptor_ = descriptor;
    packet.headerLength_ = payloadOffset - sizeof(descriptor);
    packet.length_ = bodyLength;
    if (packet.body_.size() < bodyLength)
        packet.body_.resize(bodyLength);
    memory_.read(memory_.advanced(readIndex_, sizeof(descriptor)), packet.body_.data(), bodyLength);
    readIndex_ = memory_.advanced(readIndex_, length + static_cast<std::uint32_t>(kPacketTrailer));
    if (packets_ != nullptr) {
        packets_->add();
        bytes_->add(length);
    }
    return Outcome::Packet;
}

bool RingReader::release() {
    const std::uint32_t released = memory_.distance(releasedIndex_, readIndex_);
    if (released == 0)
        return false;
    releasedIndex_ = readIndex_;
    RingControl& control = memory_.control();
    Field(control.readIndex).store(readIndex_, std::memory_order_seq_cst);
    const std::uint64_t pending = Field(control.pendingSendSize).load(std::memory_order_seq_cst);
    if (pending == 0)
        return false;
    const std::uint32_t index = Field(control.writeIndex).load(std::memory_order_seq_cst);
    if (!memory_.isIndex(index))
        return false;  // read() will say it
    // Only who makes the room enough tells: the writer waits from "not enough" on.
    const std::uint64_t free = memory_.size() - memory_.distance(readIndex_, index);
    return free > pending && free <= pending + released;
}

void RingReader::mask() {
    Field(memory_.control().interruptMask).store(1, std::memory_order_relaxed);
}

bool RingReader::unmask() {
    Field(memory_.control().interruptMask).store(0, std::memory_order_seq_cst);
    return hasData();
}

bool RingReader::hasData() const {
    return why_.empty() &&
           (readIndex_ != writeIndex_ ||
            Field(memory_.control().writeIndex).load(std::memory_order_seq_cst) != readIndex_);
}

}  // namespace vmbus
