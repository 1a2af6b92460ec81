// SPDX-License-Identifier: GPL-3.0-or-later
#include "rndis_packet.h"

#include <cstring>
#include <utility>

#include "byte_copy.h"
#include "rndis_protocol.h"

namespace devices::synthetic {

using rndis::PacketInfoType;

namespace {

/// Many times what any driver sends.
constexpr std::uint32_t kMostPacketInfo = 512;
constexpr std::uint32_t kNumberInfoSize = sizeof(rndis::PacketInfo) + sizeof(std::uint32_t);
constexpr std::uint32_t kHeaderSize = sizeof(rndis::Header);
constexpr std::uint32_t kPacketSize = sizeof(rndis::Packet);

/// RNDIS has a VLAN tag as priority, CFI, number from bit 0 on; frames from bit 15 down.
std::uint16_t tagOf(std::uint32_t info) {
    return static_cast<std::uint16_t>((info & 7) << 13 | (info >> 3 & 1) << 12 |
                                      (info >> 4 & 0xFFF));
}

std::uint32_t infoOfTag(std::uint16_t tag) {
    return tag >> 13 | (tag >> 12 & 1U) << 3 | (tag & 0xFFFU) << 4;
}

void applyInfo(std::uint32_t type, std::uint32_t value, TransmittedFrame& frame) {
    switch (static_cast<PacketInfoType>(type)) {
        case PacketInfoType::Checksum:
            frame.offload.ipv4Checksum = (value & rndis::kTransmitIpv4Header) != 0;
            frame.offload.transportChecksum =
                (value & (rndis::kTransmitTcp | rndis::kTransmitUdp)) != 0;
            return;
        case PacketInfoType::LargeSend:
            frame.offload.segmentSize = value & rndis::kSegmentSizeMask;
            return;
        case PacketInfoType::Vlan:
            frame.vlan = tagOf(value);
            return;
        case PacketInfoType::HashValue:
            return;
    }
}

bool parseInfo(std::span<const std::byte> bytes, TransmittedFrame& frame) {
    while (!bytes.empty()) {
        const auto info = structureAt<rndis::PacketInfo>(bytes);
        if (!info || info->size < sizeof *info || info->size > bytes.size())
            return false;
        const auto value = structureAt<std::uint32_t>(bytes.first(info->size), info->offset);
        if (value && (info->type & rndis::kInternalInfo) == 0)
            applyInfo(info->type, *value, frame);
        bytes = bytes.subspan(info->size);
    }
    return true;
}

}  // namespace

std::optional<TransmittedFrame> parseDataMessage(const TransmitSource& source,
                                                 std::uint64_t offset) {
    rndis::Packet packet;
    if (!source.read(offset, std::as_writable_bytes(std::span(&packet, 1))))
        return std::nullopt;
    const std::uint64_t length = packet.header.length;
    if (packet.header.type != std::to_underlying(rndis::MessageType::Packet) ||
        length < sizeof packet || length > source.size() - offset)
        return std::nullopt;
    const std::uint64_t data = sizeof(rndis::Header) + std::uint64_t{packet.dataOffset};
    const std::uint64_t info = sizeof(rndis::Header) + std::uint64_t{packet.packetInfoOffset};
    if (data > length || length - data < packet.dataLength)
        return std::nullopt;

    TransmittedFrame frame;
    frame.messageLength = length;
    frame.offset = offset + data;
    frame.length = packet.dataLength;
    if (packet.packetInfoLength != 0) {
        std::array<std::byte, kMostPacketInfo> copy;
        if (packet.packetInfoLength > copy.size() || info > length ||
            length - info < packet.packetInfoLength)
            return std::nullopt;
        const auto bytes = std::span(copy).first(packet.packetInfoLength);
        if (!source.read(offset + info, bytes) || !parseInfo(bytes, frame))
            return std::nullopt;
    }
    return frame;
}

DataMessageHeader::DataMessageHeader(const ReceivedInfo& info, std::uint32_t frameLength) {
    std::size_t end = sizeof(rndis::Packet);
    const auto put = [&](const auto& value) {
        std::memcpy(bytes_.data() + end, &value, sizeof value);
        end += sizeof value;
    };
    const auto putInfo = [&](PacketInfoType type, std::uint32_t value) {
        put(rndis::PacketInfo{kNumberInfoSize, std::to_underlying(type),
                              sizeof(rndis::PacketInfo)});
        put(value);
    };
    if (info.checksum)
        putInfo(PacketInfoType::Checksum, *info.checksum);
    if (info.vlan)
        putInfo(PacketInfoType::Vlan, infoOfTag(*info.vlan));
    if (info.hash)
        putInfo(PacketInfoType::HashValue, *info.hash);
    length_ = end;

    rndis::Packet packet{};
    const auto inFront = static_cast<std::uint32_t>(end);
    packet.header = {std::to_underlying(rndis::MessageType::Packet), inFront + frameLength};
    packet.dataOffset = inFront - kHeaderSize;
    packet.dataLength = frameLength;
    if (end > sizeof packet) {
        packet.packetInfoOffset = kPacketSize - kHeaderSize;
        packet.packetInfoLength = inFront - kPacketSize;
    }
    std::memcpy(bytes_.data(), &packet, sizeof packet);
}

}  // namespace devices::synthetic
