// SPDX-License-Identifier: GPL-3.0-or-later
#include "rndis_control.h"

#include <algorithm>
#include <utility>

#include "byte_copy.h"
#include "network_parameter.h"

namespace devices::synthetic {

using hypervisor::failure;
using hypervisor::NetworkValue;
using hypervisor::Result;
using rndis::MessageType;
using rndis::Oid;
using rndis::Status;

namespace {

constexpr std::uint32_t kAlignment = 3;
/// More than any message of kMostPacketsPerMessage; informs the guest only.
constexpr std::uint32_t kMostTransfer = 0x8'0000;

rndis::Header completed(MessageType type, std::size_t length) {
    return {std::to_underlying(type) | rndis::kComplete, static_cast<std::uint32_t>(length)};
}

std::vector<std::byte> plainAnswer(MessageType type, std::uint32_t first, std::uint32_t second) {
    std::vector<std::byte> answer;
    append(answer, rndis::SetComplete{completed(type, sizeof(rndis::SetComplete)), first, second});
    return answer;
}

/// What a request carries; empty when it is not all inside.
std::span<const std::byte> infoIn(std::span<const std::byte> message,
                                  const rndis::Request& request) {
    const std::uint64_t start = sizeof(rndis::Header) + std::uint64_t{request.infoOffset};
    if (start > message.size() || message.size() - start < request.infoLength)
        return {};
    return message.subspan(static_cast<std::size_t>(start), request.infoLength);
}

constexpr auto kSupported =
    std::to_array({Oid::SupportedList,     Oid::HardwareStatus,        Oid::MediaSupported,
                   Oid::MediaInUse,        Oid::MostLookahead,         Oid::MostFrameSize,
                   Oid::LinkSpeed,         Oid::TransmitBlockSize,     Oid::ReceiveBlockSize,
                   Oid::VendorId,          Oid::VendorDescription,     Oid::PacketFilter,
                   Oid::Lookahead,         Oid::DriverVersion,         Oid::MostTotalSize,
                   Oid::MacOptions,        Oid::MediaConnectStatus,    Oid::MostSendPackets,
                   Oid::SentFrames,        Oid::ReceivedFrames,        Oid::SendErrors,
                   Oid::ReceiveErrors,     Oid::ReceivedWithoutBuffer, Oid::PermanentAddress,
                   Oid::CurrentAddress,    Oid::MulticastList,         Oid::MostMulticast,
                   Oid::OffloadParameters, Oid::OffloadCapabilities});

std::uint32_t saturated(std::uint64_t counter) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(counter, 0xFFFF'FFFF));
}

}  // namespace

RndisControl::RndisControl(const NetworkSettings& settings, const NetworkStatistics& statistics)
    : settings_(settings), statistics_(statistics) {
    reset();
}

void RndisControl::reset() {
    initialized_ = false;
    filter_ = {0, settings_.mac, {}};
    scaling_.reset();
    scalingChanged_ = false;
    receiveChecksum_ = true;
}

bool RndisControl::takeScalingChange() {
    return std::exchange(scalingChanged_, false);
}

std::vector<std::byte> RndisControl::linkIndication(bool connected) {
    std::vector<std::byte> message;
    append(message,
           rndis::Indicate{
               {std::to_underlying(MessageType::Indicate), sizeof(rndis::Indicate)},
               std::to_underlying(connected ? Status::MediaConnect : Status::MediaDisconnect),
               0,
               0});
    return message;
}

Result<std::vector<std::byte>> RndisControl::handle(std::span<const std::byte> message,
                                                    const NetworkLink& link) {
    const auto header = structureAt<rndis::Header>(message);
    if (!header || header->length > message.size() || header->length < sizeof *header)
        return failure("an RNDIS control message of an impossible length");
    message = message.first(header->length);
    switch (static_cast<MessageType>(header->type)) {
        case MessageType::Halt:
            reset();
            return std::vector<std::byte>{};
        case MessageType::Reset:
            reset();
            initialized_ = true;
            return plainAnswer(MessageType::Reset, std::to_underlying(Status::Success), 0);
        case MessageType::Initialize:
            if (const auto request = structureAt<rndis::Initialize>(message))
                return initialize(*request);
            break;
        case MessageType::KeepAlive:
            if (const auto request =
                    structureAt<std::uint32_t>(message, offsetof(rndis::Request, requestId)))
                return plainAnswer(MessageType::KeepAlive, *request,
                                   std::to_underlying(Status::Success));
            break;
        case MessageType::Query:
            if (const auto request = structureAt<rndis::Request>(message))
                return query(*request, infoIn(message, *request), link);
            break;
        case MessageType::Set:
            if (const auto request = structureAt<rndis::Request>(message))
                return set(*request, infoIn(message, *request));
            break;
        case MessageType::Packet:
        case MessageType::Indicate:
            break;
    }
    return failure("RNDIS control message " + std::to_string(header->type) + " of " +
                   std::to_string(header->length) + " bytes makes no sense");
}

std::vector<std::byte> RndisControl::initialize(const rndis::Initialize& request) {
    initialized_ = true;
    rndis::InitializeComplete complete{};
    complete.header = completed(MessageType::Initialize, sizeof complete);
    complete.requestId = request.requestId;
    complete.status = std::to_underlying(Status::Success);
    complete.major = 1;
    complete.deviceFlags = 1;  // connectionless
    complete.mostPacketsPerMessage = kMostPacketsPerMessage;
    complete.mostTransfer = kMostTransfer;
    complete.alignment = kAlignment;
    std::vector<std::byte> answer;
    append(answer, complete);
    return answer;
}

std::vector<std::byte> RndisControl::query(const rndis::Request& request,
                                           std::span<const std::byte> info,
                                           const NetworkLink& link) const {
    const auto value = infoOf(static_cast<Oid>(request.oid), info, link);
    const std::size_t size = value ? value->size() : 0;
    rndis::QueryComplete complete{};
    complete.header = completed(MessageType::Query, sizeof complete + size);
    complete.requestId = request.requestId;
    complete.status = std::to_underlying(value ? Status::Success : Status::NotSupported);
    complete.infoLength = static_cast<std::uint32_t>(size);
    complete.infoOffset = size == 0 ? 0 : sizeof complete - sizeof(rndis::Header);
    std::vector<std::byte> answer;
    append(answer, complete);
    if (value)
        answer.insert(answer.end(), value->begin(), value->end());
    return answer;
}

std::optional<std::uint32_t> RndisControl::numberOf(Oid oid, const NetworkLink& link) const {
    const std::uint32_t frame = settings_.mtu + 14;
    switch (oid) {
        case Oid::HardwareStatus:  // ready
        case Oid::MediaSupported:  // 802.3
        case Oid::MediaInUse:
        case Oid::SendErrors:
        case Oid::ReceiveErrors:
            return 0;
        case Oid::MostFrameSize:
            return settings_.mtu;
        case Oid::MostLookahead:
        case Oid::Lookahead:
        case Oid::MostTotalSize:
        case Oid::TransmitBlockSize:
        case Oid::ReceiveBlockSize:
            return frame;
        case Oid::LinkSpeed:
            return link.speed;
        case Oid::VendorId:
            return 0x00FF'FFFF;  // none
        case Oid::PacketFilter:
            return filter_.bits;
        case Oid::DriverVersion:
            return 0x0600;
        case Oid::MacOptions:
            return 0;
        case Oid::MediaConnectStatus:
            return link.connected ? 0 : 1;
        case Oid::MostSendPackets:
            return kMostPacketsPerMessage;
        case Oid::SentFrames:
            return saturated(statistics_.read(NetworkValue::PacketsSent));
        case Oid::ReceivedFrames:
            return saturated(statistics_.read(NetworkValue::PacketsReceived));
        case Oid::ReceivedWithoutBuffer:
            return saturated(statistics_.read(NetworkValue::IncomingDropped));
        case Oid::MostMulticast:
            return static_cast<std::uint32_t>(PacketFilter::kMostMulticast);
        default:
            return std::nullopt;
    }
}

std::optional<RndisControl::Info> RndisControl::infoOf(Oid oid, std::span<const std::byte> request,
                                                       const NetworkLink& link) const {
    Info info;
    switch (oid) {
        case Oid::SupportedList:
            append(info, kSupported);
            return info;
        case Oid::PermanentAddress:
            append(info, settings_.mac);
            return info;
        case Oid::CurrentAddress:
            append(info, filter_.mac);
            return info;
        case Oid::MulticastList:
            for (const MacAddress& address : filter_.multicast)
                append(info, address);
            return info;
        case Oid::VendorDescription:
            for (const char letter : std::string_view("Vireo network adapter"))
                info.push_back(static_cast<std::byte>(letter));
            info.push_back(std::byte{0});
            return info;
        case Oid::FriendlyName:
            // Linux takes 512 bytes at most.
            for (const char16_t letter : std::u16string_view(settings_.name).substr(0, 255))
                append(info, letter);
            return info;
        case Oid::OffloadCapabilities:
            return offloadCapabilities(request);
        case Oid::ReceiveScaleCapabilities:
            // Without: one queue.
            return settings_.queues > 1 ? std::optional(scaleCapabilities()) : std::nullopt;
        default:
            break;
    }
    const auto number = numberOf(oid, link);
    if (!number)
        return std::nullopt;
    append(info, *number);
    return info;
}

RndisControl::Info RndisControl::offloadCapabilities(std::span<const std::byte> request) const {
    // As much of it as the guest's own structure has.
    std::uint16_t size = rndis::kOffloadSizes[0];
    const auto asked = structureAt<rndis::ObjectHeader>(request);
    std::uint8_t revision = 1;
    for (std::uint8_t i = 0; i < std::size(rndis::kOffloadSizes); ++i)
        if (asked && asked->size >= rndis::kOffloadSizes[i]) {
            size = rndis::kOffloadSizes[i];
            revision = static_cast<std::uint8_t>(i + 1);
        }
    rndis::Offload offload{};
    offload.header = {rndis::kOffloadType, revision, size};
    offload.ipv4TransmitEncapsulation = rndis::kEthernetEncapsulation;
    offload.ipv4TransmitChecksum = rndis::kChecksumIpOptions | rndis::kChecksumTcpOptions |
                                   rndis::kChecksumTcp | rndis::kChecksumUdp |
                                   rndis::kChecksumIpv4Header;
    offload.ipv4ReceiveEncapsulation = rndis::kEthernetEncapsulation;
    offload.ipv4ReceiveChecksum = offload.ipv4TransmitChecksum;
    offload.ipv6TransmitEncapsulation = rndis::kEthernetEncapsulation;
    offload.ipv6TransmitChecksum = rndis::kChecksumIpOptions | rndis::kChecksumTcpOptions |
                                   rndis::kChecksumTcp | rndis::kChecksumUdp;
    offload.ipv6ReceiveEncapsulation = rndis::kEthernetEncapsulation;
    offload.ipv6ReceiveChecksum = offload.ipv6TransmitChecksum;
    offload.largeSend4Encapsulation = rndis::kEthernetEncapsulation;
    offload.largeSend4MostSize = kMostLargeSend;
    offload.largeSend4LeastSegments = 2;
    offload.largeSend6Encapsulation = rndis::kEthernetEncapsulation;
    offload.largeSend6MostSize = kMostLargeSend;
    offload.largeSend6LeastSegments = 2;
    offload.largeSend6Options = rndis::kChecksumIpOptions | rndis::kChecksumTcpOptions;
    Info info;
    append(info, offload);
    info.resize(size);
    return info;
}

RndisControl::Info RndisControl::scaleCapabilities() const {
    rndis::ScaleCapabilities capabilities{};
    capabilities.header = {rndis::kScaleCapabilitiesType, 2, rndis::kScaleCapabilitiesSize};
    capabilities.flags = rndis::kScalesByToeplitz | rndis::kScalesTcpIpv4 | rndis::kScalesTcpIpv6;
    capabilities.interruptMessages = settings_.queues;
    capabilities.receiveQueues = settings_.queues;
    capabilities.tableEntries = ReceiveScaling::kMostEntries;
    Info info;
    append(info, capabilities);
    info.resize(rndis::kScaleCapabilitiesSize);
    return info;
}

std::vector<std::byte> RndisControl::set(const rndis::Request& request,
                                         std::span<const std::byte> info) {
    return plainAnswer(MessageType::Set, request.requestId,
                       std::to_underlying(apply(static_cast<Oid>(request.oid), info)));
}

Status RndisControl::apply(Oid oid, std::span<const std::byte> info) {
    switch (oid) {
        case Oid::PacketFilter: {
            const auto bits = structureAt<std::uint32_t>(info);
            if (!bits)
                return Status::InvalidData;
            filter_.bits = *bits;
            // Other machines' frames are not for a guest that may not take their addresses either.
            if (!settings_.macSpoofing)
                filter_.bits &= ~rndis::kPromiscuous;
            return Status::Success;
        }
        case Oid::MulticastList:
            return applyMulticast(info);
        case Oid::OffloadParameters: {
            const auto parameters = structureAt<rndis::OffloadParameters>(info);
            if (!parameters)
                return Status::InvalidData;
            // All four or none is what guests set.
            if (parameters->tcp4Checksum != 0)
                receiveChecksum_ = parameters->tcp4Checksum >= 3;
            return Status::Success;
        }
        case Oid::ReceiveScaleParameters:
            if (settings_.queues < 2)
                return Status::NotSupported;
            if (!scaling_.set(info, settings_.queues))
                return Status::InvalidData;
            scalingChanged_ = true;
            return Status::Success;
        case Oid::ConfigurationParameter:
            return applyParameter(info);
        case Oid::Lookahead:
            return Status::Success;
        default:
            return Status::NotSupported;
    }
}

Status RndisControl::applyMulticast(std::span<const std::byte> info) {
    const std::size_t count = info.size() / sizeof(MacAddress);
    if (info.size() % sizeof(MacAddress) != 0 || count > PacketFilter::kMostMulticast)
        return Status::InvalidData;
    filter_.multicast.clear();
    for (std::size_t i = 0; i < count; ++i)
        filter_.multicast.push_back(*structureAt<MacAddress>(info, i * sizeof(MacAddress)));
    return Status::Success;
}

Status RndisControl::applyParameter(std::span<const std::byte> info) {
    const auto address = macInParameter(info);
    if (!address)
        return Status::InvalidData;
    if (!settings_.macSpoofing && *address != settings_.mac)
        return Status::NotSupported;
    filter_.mac = *address;
    return Status::Success;
}

}  // namespace devices::synthetic
