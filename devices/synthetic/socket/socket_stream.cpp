// SPDX-License-Identifier: GPL-3.0-or-later
#include "socket_stream.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "socket_protocol.h"

namespace devices::synthetic {

using vmbus::PacketType;
using vmbus::RingReader;
using vmbus::RingWriter;

SocketStream::Received SocketStream::broken(std::string why) {
    broken_ = true;
    channel_->fail("A socket of the guest's: " + std::move(why));
    return Received::Broken;
}

SocketStream::Received SocketStream::receive() {
    bytes_ = {};
    if (broken_)
        return Received::Broken;
    if (guestEnded_)
        return Received::End;
    RingReader& incoming = channel_->incoming();
    RingReader::Outcome outcome = incoming.read(packet_);
    if (outcome == RingReader::Outcome::Empty) {
        channel_->release();
        // It may have written before it knew of the room.
        if (incoming.hasData())
            outcome = incoming.read(packet_);
    }
    if (outcome == RingReader::Outcome::Empty)
        return Received::Nothing;
    if (outcome == RingReader::Outcome::Broken)
        return broken(incoming.why());
    socket::Header header{};
    const auto payload = packet_.payload();
    if (packet_.type() != PacketType::InBand || payload.size() < sizeof header)
        return broken("a packet is none of a stream");
    std::memcpy(&header, payload.data(), sizeof header);
    const auto content = payload.subspan(sizeof header);
    if (header.type != socket::kData || header.size > content.size())
        return broken("a packet has more bytes than it is long");
    if (header.size == 0) {
        guestEnded_ = true;
        channel_->release();
        return Received::End;
    }
    bytes_ = content.first(header.size);
    return Received::Bytes;
}

bool SocketStream::sendPacket(std::span<const std::byte> bytes) {
    // A guest that moves its index to and fro could keep this going for ever.
    constexpr unsigned kMostTries = 16;
    const socket::Header header{socket::kData, static_cast<std::uint32_t>(bytes.size())};
    const std::array payload{std::as_bytes(std::span(&header, 1)), bytes};
    const vmbus::OutgoingPacket packet{.type = PacketType::InBand, .payload = payload};
    RingWriter& out = channel_->outgoing();
    for (unsigned tries = 0; tries < kMostTries; ++tries) {
        switch (out.write(packet)) {
            case RingWriter::Outcome::WrittenAndSignal:
                channel_->signalGuest();
                [[fallthrough]];
            case RingWriter::Outcome::Written:
                out.cancelSpaceRequest();
                return true;
            case RingWriter::Outcome::Full:
                if (!out.requestSpace(static_cast<std::uint32_t>(RingWriter::sizeOf(packet))))
                    return false;
                break;
            case RingWriter::Outcome::Impossible:
                static_cast<void>(broken("bytes can't be written to its ring"));
                return false;
        }
    }
    static_cast<void>(broken("its read index does not stand still"));
    return false;
}

std::size_t SocketStream::send(std::span<const std::byte> bytes) {
    std::size_t sent = 0;
    while (!broken_ && sent < bytes.size()) {
        const auto piece = bytes.subspan(sent, std::min(bytes.size() - sent, socket::kMostSent));
        if (!sendPacket(piece))
            break;
        sent += piece.size();
    }
    return sent;
}

bool SocketStream::finish() {
    return !broken_ && sendPacket({});
}

}  // namespace devices::synthetic
