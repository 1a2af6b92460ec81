// SPDX-License-Identifier: GPL-3.0-or-later
#include "tcp_segmenter.h"

#include <algorithm>

#include "byte_order.h"
#include "checksum.h"

namespace devices::network {

namespace {

constexpr std::size_t kSequenceOffset = 4;
constexpr std::size_t kFlagsOffset = 13;
constexpr std::uint8_t kFinish = 0x01;
constexpr std::uint8_t kPush = 0x08;
constexpr std::uint8_t kWindowReduced = 0x80;

}  // namespace

TcpSegmenter::TcpSegmenter(std::span<const std::byte> frame, const FrameHeaders& headers,
                           std::uint16_t segmentSize)
    : headers_(headers),
      payload_(frame.subspan(headers.payloadOffset)),
      segmentSize_(segmentSize),
      header_(frame.begin(), frame.begin() + headers.payloadOffset),
      sequence_(loadBigEndian<std::uint32_t>(frame, headers.transportOffset + kSequenceOffset)),
      flags_(std::to_integer<std::uint8_t>(frame[headers.transportOffset + kFlagsOffset])) {
    if (headers.network == NetworkProtocol::Ipv4)
        identification_ = loadBigEndian<std::uint16_t>(frame, headers.networkOffset + 4u);
}

std::optional<TcpSegmenter> TcpSegmenter::create(std::span<const std::byte> frame,
                                                 const FrameOffload& offload) {
    const FrameHeaders headers = parseHeaders(frame);
    if (offload.segmentSize == 0 || headers.transport != TransportProtocol::Tcp ||
        headers.payloadOffset != offload.headerLength)
        return std::nullopt;
    return TcpSegmenter(frame, headers, offload.segmentSize);
}

std::optional<TcpSegmenter::Segment> TcpSegmenter::next() {
    if (sent_ == payload_.size())
        return std::nullopt;
    const bool first = sent_ == 0;
    const auto payload = payload_.subspan(sent_, std::min(segmentSize_, payload_.size() - sent_));
    const bool last = sent_ + payload.size() == payload_.size();

    const std::span header(header_);
    const std::size_t network = headers_.networkOffset;
    const std::size_t transport = headers_.transportOffset;
    const std::size_t packet = header.size() - network + payload.size();
    if (headers_.network == NetworkProtocol::Ipv4) {
        storeBigEndian(header, network + 2, static_cast<std::uint16_t>(packet));
        storeBigEndian(header, network + 4, identification_++);
        fillIpv4Checksum(header, headers_);
    } else {
        storeBigEndian(header, network + 4, static_cast<std::uint16_t>(packet - kIpv6Header));
    }
    storeBigEndian(header, transport + kSequenceOffset,
                   sequence_ + static_cast<std::uint32_t>(sent_));
    // The end of the stream and of a burst belong to the last one; "window reduced" to the first.
    auto flags = flags_;
    if (!last)
        flags = static_cast<std::uint8_t>(flags & ~(kFinish | kPush));
    if (!first)
        flags = static_cast<std::uint8_t>(flags & ~kWindowReduced);
    header[transport + kFlagsOffset] = std::byte{flags};

    const std::size_t length = header.size() - transport + payload.size();
    storeBigEndian<std::uint16_t>(header, transport + kTcpChecksumOffset, 0);
    // A TCP header is a multiple of 4 bytes long, so that the payload's sum may follow.
    const std::uint16_t pseudo =
        pseudoHeaderSum(header, headers_, static_cast<std::uint32_t>(length));
    const std::uint16_t sum = internetSum(payload, internetSum(header.subspan(transport), pseudo));
    storeBigEndian(header, transport + kTcpChecksumOffset, static_cast<std::uint16_t>(~sum));
    sent_ += payload.size();
    return Segment{header, payload};
}

}  // namespace devices::network
