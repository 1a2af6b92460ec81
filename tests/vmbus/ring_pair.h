// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "vmbus/ring_reader.h"
#include "vmbus/ring_writer.h"

namespace vmbus {

enum class Pages : bool { InOrder, Scattered };

/// One ring in memory of its own, with both its ends.
struct RingPair {
    static constexpr std::uint64_t kFirstFrame = 16;

    explicit RingPair(std::size_t dataPages, Pages order = Pages::InOrder,
                      std::uint32_t mostBytes = 0x1'0000)
        : RingPair(dataPages, order, mostBytes, RingControl{}) {}
    /// With a control page as the other side may have left it.
    RingPair(std::size_t dataPages, Pages order, std::uint32_t mostBytes,
             const RingControl& control)
        : memory(hypervisor::GuestMemory::create(4 << 20).value()),
          ring(make(*memory, dataPages, order, control)),
          writer(ring),
          reader(ring, mostBytes) {}

    [[nodiscard]] std::uint32_t size() const { return ring.size(); }
    [[nodiscard]] RingControl& control() const { return ring.control(); }

    /// Puts bytes where a writer of no good will would put them, and its write index behind them.
    void place(std::uint32_t offset, std::span<const std::byte> bytes) const {
        ring.write(offset, bytes.data(), static_cast<std::uint32_t>(bytes.size()));
        control().writeIndex = ring.advanced(offset, static_cast<std::uint32_t>(bytes.size()));
    }
    /// A descriptor at `offset`, with `used` bytes of the ring in use from there on.
    void place(std::uint32_t offset, const PacketDescriptor& descriptor, std::uint32_t used) const {
        place(offset, std::as_bytes(std::span(&descriptor, 1)));
        control().writeIndex = ring.advanced(offset, used);
    }

    std::unique_ptr<hypervisor::GuestMemory> memory;
    RingMemory ring;
    RingWriter writer;
    RingReader reader;

  private:
    static RingMemory make(const hypervisor::GuestMemory& memory, std::size_t dataPages,
                           Pages order, const RingControl& control) {
        GuestRange range{.byteCount = static_cast<std::uint32_t>((dataPages + 1) * 4096),
                         .byteOffset = 0,
                         .frames = {}};
        for (std::size_t i = 0; i <= dataPages; ++i)
            range.frames.push_back(kFirstFrame + (order == Pages::InOrder ? i : dataPages - i));
        auto pages = std::make_shared<const GuestPages>(
            GuestPages::create(memory, std::span(&range, 1)).value());
        std::memcpy(pages->page(0), &control, sizeof(control));
        return RingMemory::create(std::move(pages), 0, dataPages + 1).value();
    }
};

/// A payload of `size` bytes that differs from number to number.
inline std::vector<std::byte> payloadOf(std::size_t size, std::uint64_t number) {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::byte>((number * 31 + i * 7 + i / 256) % 255 + 1);
    return bytes;
}

/// An in-band packet of one piece.
inline RingWriter::Outcome writeInBand(RingWriter& writer, std::span<const std::byte> payload,
                                       std::uint64_t transactionId = 0) {
    return writer.write({.transactionId = transactionId, .payload = std::span(&payload, 1)});
}

/// The packet's payload is `payload` and zeroes up to a multiple of 8 bytes.
inline bool carries(const ReceivedPacket& packet, std::span<const std::byte> payload) {
    const auto found = packet.payload();
    if (found.size() != (payload.size() + 7) / 8 * 8)
        return false;
    if (!payload.empty() && std::memcmp(found.data(), payload.data(), payload.size()) != 0)
        return false;
    for (const std::byte padding : found.subspan(payload.size()))
        if (padding != std::byte{})
            return false;
    return true;
}

}  // namespace vmbus
