// SPDX-License-Identifier: GPL-3.0-or-later
#include "offload_request.h"

#include "byte_order.h"
#include "checksum.h"
#include "frame_headers.h"

namespace devices::network {

namespace {

/// As small as Linux ever makes them: smaller ones would only be there to be very many.
constexpr std::uint32_t kLeastSegment = 8;

/// False when the packet is longer than its header could say.
bool fillLengths(std::span<std::byte> bytes, const FrameHeaders& headers, std::size_t frameLength) {
    const std::size_t packet = frameLength - headers.networkOffset;
    if (headers.network == NetworkProtocol::Ipv4) {
        if (packet > 0xFFFF)
            return false;
        storeBigEndian(bytes, std::size_t{headers.networkOffset} + 2,
                       static_cast<std::uint16_t>(packet));
        return true;
    }
    if (packet - kIpv6Header > 0xFFFF)
        return false;
    storeBigEndian(bytes, std::size_t{headers.networkOffset} + 4,
                   static_cast<std::uint16_t>(packet - kIpv6Header));
    return true;
}

/// How many bytes the packet has from `headers.transportOffset` on by its IP header; a frame may
/// be padded behind. Nothing when the frame does not hold them.
std::optional<std::size_t> transportLength(std::span<const std::byte> bytes,
                                           const FrameHeaders& headers, std::size_t frameLength) {
    const std::size_t network = headers.networkOffset;
    const std::size_t end =
        headers.network == NetworkProtocol::Ipv4
            ? network + loadBigEndian<std::uint16_t>(bytes, network + 2)
            : network + kIpv6Header + loadBigEndian<std::uint16_t>(bytes, network + 4);
    const std::size_t least = headers.payloadOffset;
    if (end < least || end > frameLength)
        return std::nullopt;
    return end - headers.transportOffset;
}

}  // namespace

std::optional<FrameOffload> prepareOffload(std::span<std::byte> beginning, std::size_t frameLength,
                                           const OffloadRequest& request) {
    FrameOffload offload;
    if (!request.any())
        return offload;
    const FrameHeaders headers = parseHeaders(beginning);
    if (headers.network == NetworkProtocol::Other)
        return std::nullopt;
    const bool cut = request.segmentSize != 0;
    if (cut) {
        if (headers.transport != TransportProtocol::Tcp || request.segmentSize < kLeastSegment ||
            frameLength <= headers.payloadOffset || !fillLengths(beginning, headers, frameLength))
            return std::nullopt;
        offload.headerLength = headers.payloadOffset;
        offload.ipv6 = headers.network == NetworkProtocol::Ipv6;
        // What fits into one segment is not to be cut.
        if (frameLength - headers.payloadOffset > request.segmentSize)
            offload.segmentSize = static_cast<std::uint16_t>(request.segmentSize);
    }
    if ((request.ipv4Checksum || cut) && headers.network == NetworkProtocol::Ipv4)
        fillIpv4Checksum(beginning, headers);
    if (request.transportChecksum || cut) {
        if (headers.transport == TransportProtocol::Other)
            return std::nullopt;
        const auto length = transportLength(beginning, headers, frameLength);
        if (!length)
            return std::nullopt;
        offload.checksumStart = headers.transportOffset;
        offload.checksumOffset =
            headers.transport == TransportProtocol::Tcp ? kTcpChecksumOffset : kUdpChecksumOffset;
        storeBigEndian(beginning, std::size_t{offload.checksumStart} + offload.checksumOffset,
                       pseudoHeaderSum(beginning, headers, static_cast<std::uint32_t>(*length)));
    }
    return offload;
}

}  // namespace devices::network
