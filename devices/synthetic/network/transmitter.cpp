// SPDX-License-Identifier: GPL-3.0-or-later
#include "transmitter.h"

#include <poll.h>

#include <algorithm>
#include <array>

#include "devices/network/byte_order.h"
#include "devices/network/checksum.h"
#include "devices/network/offload_request.h"
#include "devices/network/tcp_segmenter.h"
#include "rndis_protocol.h"

namespace devices::synthetic {

using hypervisor::NetworkValue;
using network::FrameOffload;
using network::kEthernetHeader;
using network::kLongestFrame;
using network::kMacSize;
using network::kMostHeaders;
using network::kVlanTag;
using network::kVlanType;
using network::SendOutcome;

namespace {

/// Up to this a copy is cheaper than the pieces.
constexpr std::size_t kCopied = 2'048;
/// More messages than any driver puts into one packet, and a bound for the time that one takes.
constexpr unsigned kMostMessages = 64;
/// How long a port may make the guest wait for room before frames are dropped.
constexpr int kPatience = 10;

iovec piece(std::span<const std::byte> bytes) {
    return {const_cast<std::byte*>(bytes.data()), bytes.size()};
}

}  // namespace

Transmitter::Transmitter(const NetworkSettings& settings, NetworkStatistics& statistics)
    : settings_(settings), statistics_(statistics), copy_(kLongestFrame) {}

void Transmitter::setPort(network::SwitchPort* port) {
    port_ = port;
    stalled_ = false;
}

bool Transmitter::send(const TransmitSource& source, const MacAddress& own) {
    std::uint64_t offset = 0;
    for (unsigned i = 0; i < kMostMessages; ++i) {
        const auto frame = parseDataMessage(source, offset);
        if (!frame)
            return false;
        sendFrame(source, *frame, own);
        offset += frame->messageLength;
        // What is left may be padding.
        if (source.size() - offset < sizeof(rndis::Packet))
            return true;
    }
    return false;
}

void Transmitter::sendFrame(const TransmitSource& source, const TransmittedFrame& frame,
                            const MacAddress& own) {
    if (port_ == nullptr || !port_->isUp()) {
        statistics_.count(NetworkValue::OutgoingDropped);
        return;
    }
    const std::size_t most = frame.offload.segmentSize != 0
                                 ? kLongestFrame - kVlanTag
                                 : settings_.mtu + kEthernetHeader + kVlanTag;
    if (frame.length < kEthernetHeader || frame.length > most) {
        statistics_.count(NetworkValue::OutgoingMalformed);
        return;
    }
    const auto capabilities = port_->capabilities();
    const bool whole = frame.length <= kCopied ||
                       (frame.offload.segmentSize != 0 && !capabilities.segmentation) ||
                       (frame.offload.transportChecksum && !capabilities.checksum);
    const std::size_t copied = whole ? frame.length : kMostHeaders;

    // Room for a tag in front, so that the frame's beginning moves and not its end.
    if (!source.read(frame.offset, std::span(copy_).subspan(kVlanTag, copied))) {
        statistics_.count(NetworkValue::OutgoingMalformed);
        return;
    }
    std::span<std::byte> beginning = std::span(copy_).subspan(kVlanTag, copied);
    if (frame.vlan) {
        beginning = std::span(copy_).first(copied + kVlanTag);
        std::copy_n(copy_.begin() + kVlanTag, 2 * kMacSize, copy_.begin());
        network::storeBigEndian(beginning, 2 * kMacSize, kVlanType);
        network::storeBigEndian(beginning, 2 * kMacSize + 2, *frame.vlan);
    }
    if (!settings_.macSpoofing && !std::ranges::equal(beginning.subspan(kMacSize, kMacSize), own)) {
        statistics_.count(NetworkValue::OutgoingSpoofed);
        return;
    }
    const std::size_t length = frame.length + (frame.vlan ? kVlanTag : 0);
    const auto offload = network::prepareOffload(beginning, length, frame.offload);
    if (!offload) {
        statistics_.count(NetworkValue::OutgoingMalformed);
        return;
    }
    if (whole) {
        sendFinished(beginning, *offload);
        return;
    }
    pieces_.assign(1, piece(beginning));
    if (source.addresses(frame.offset + copied, frame.length - copied, pieces_))
        sendPieces(pieces_, *offload);
    else
        statistics_.count(NetworkValue::OutgoingMalformed);
}

void Transmitter::sendFinished(std::span<std::byte> frame, const FrameOffload& offload) {
    const auto capabilities = port_->capabilities();
    if (offload.segmentation() && !capabilities.segmentation) {
        auto segmenter = network::TcpSegmenter::create(frame, offload);
        if (!segmenter) {
            statistics_.count(NetworkValue::OutgoingMalformed);
            return;
        }
        while (const auto segment = segmenter->next())
            sendPieces(std::array{piece(segment->header), piece(segment->payload)}, {});
        return;
    }
    if (offload.checksum() && !capabilities.checksum) {
        if (network::fillTransportChecksum(frame, offload))
            sendPieces(std::array{piece(frame)}, {});
        else
            statistics_.count(NetworkValue::OutgoingMalformed);
        return;
    }
    sendPieces(std::array{piece(frame)}, offload);
}

void Transmitter::sendPieces(std::span<const iovec> pieces, const FrameOffload& offload) {
    SendOutcome outcome = port_->send(pieces, offload);
    if (outcome == SendOutcome::Full && !stalled_) {
        pollfd polled{port_->descriptor(), POLLOUT, 0};
        if (::poll(&polled, 1, kPatience) > 0)
            outcome = port_->send(pieces, offload);
    }
    stalled_ = outcome == SendOutcome::Full;
    if (outcome == SendOutcome::Sent) {
        statistics_.count(NetworkValue::PacketsSent);
        statistics_.count(NetworkValue::BytesSent, network::lengthOf(pieces));
    } else {
        statistics_.count(NetworkValue::OutgoingDropped);
    }
}

}  // namespace devices::synthetic
