// SPDX-License-Identifier: GPL-3.0-or-later
#include "nvsp_session.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "byte_copy.h"
#include "devices/network/switch_port.h"
#include "rndis_packet.h"

namespace devices::synthetic {

using hypervisor::failure;
using nvsp::MessageBytes;
using nvsp::MessageType;
using nvsp::Status;
using nvsp::Version;

namespace {

/// As Hyper-V says; no guest looks at it.
constexpr std::uint32_t kMostMdlChain = 34;
constexpr std::uint32_t kLeastSubAllocation = 2'048;
constexpr std::uint32_t kSubAllocationUnit = 256;

constexpr bool isKnown(Version version) {
    switch (version) {
        case Version::V1:
        case Version::V2:
        case Version::V4:
        case Version::V5:
        case Version::V6:
        case Version::V61:
            return true;
        case Version::None:
            return false;
    }
    return false;
}

template <class T>
T messageAs(const MessageBytes& bytes) {
    static_assert(sizeof(T) <= sizeof bytes);
    return *structureAt<T>(bytes);
}

std::uint32_t subAllocationSize(std::uint32_t mtu) {
    const auto needed = static_cast<std::uint32_t>(mtu + network::kEthernetHeader +
                                                   network::kVlanTag + DataMessageHeader::kMost);
    return std::max(kLeastSubAllocation,
                    (needed + kSubAllocationUnit - 1) / kSubAllocationUnit * kSubAllocationUnit);
}

}  // namespace

void NvspSession::reset() {
    version_ = Version::None;
    mostFrame_ = settings_.mtu + static_cast<std::uint32_t>(network::kEthernetHeader);
    vlan_ = false;
    subChannels_ = 0;
    receiveBuffer_.reset();
    sendBuffer_.reset();
}

template <class T>
std::span<const std::byte> NvspSession::answer(const T& message) {
    answer_.fill(std::byte{0});
    std::memcpy(answer_.data(), &message, sizeof message);
    return answer_;
}

NvspSession::Completion NvspSession::handle(MessageType type, const MessageBytes& message,
                                            const vmbus::OpenChannel& channel) {
    if (type == MessageType::Init)
        return initialize(message);
    if (version_ == Version::None)
        return failure("network message " + std::to_string(std::to_underlying(type)) +
                       " before a version is agreed on");
    switch (type) {
        case MessageType::SendNdisVersion:
            return std::span<const std::byte>{};
        case MessageType::SendNdisConfig:
            return configure(message);
        case MessageType::SendReceiveBuffer:
            return takeReceiveBuffer(message, channel);
        case MessageType::RevokeReceiveBuffer:
            receiveBuffer_.reset();
            return std::span<const std::byte>{};
        case MessageType::SendSendBuffer:
            return takeSendBuffer(message, channel);
        case MessageType::RevokeSendBuffer:
            sendBuffer_.reset();
            return std::span<const std::byte>{};
        case MessageType::SwitchDataPath:
            // There is no other path than this one, and nobody looks at the answer.
            return std::span<const std::byte>{};
        case MessageType::SubChannel:
            return allocateSubChannels(message, channel);
        default:
            // Of a newer driver, perhaps: an empty answer does less harm than none.
            return answer(std::uint32_t{0});
    }
}

NvspSession::Completion NvspSession::initialize(const MessageBytes& message) {
    const auto request = messageAs<nvsp::Init>(message);
    if (version_ != Version::None)
        return failure("a second agreement on the network protocol's version");
    const auto wanted = static_cast<Version>(request.mostVersion);
    const bool taken = isKnown(wanted) && request.leastVersion <= request.mostVersion;
    if (taken)
        version_ = wanted;
    return answer(nvsp::InitComplete{
        std::to_underlying(MessageType::InitComplete),
        taken ? request.mostVersion : std::to_underlying(Version::V61), kMostMdlChain,
        std::to_underlying(taken ? Status::Success : Status::Failure)});
}

NvspSession::Completion NvspSession::configure(const MessageBytes& message) {
    const auto config = messageAs<nvsp::NdisConfig>(message);
    const auto most = settings_.mtu + static_cast<std::uint32_t>(network::kEthernetHeader);
    mostFrame_ = std::clamp(config.frameSize, std::uint32_t{68}, most);
    vlan_ = (config.capabilitiesLow & nvsp::kVlanCapability) != 0;
    return std::span<const std::byte>{};
}

NvspSession::Completion NvspSession::takeReceiveBuffer(const MessageBytes& message,
                                                       const vmbus::OpenChannel& channel) {
    const auto request = messageAs<nvsp::SendBuffer>(message);
    if (receiveBuffer_)
        return failure("a second receive buffer for one network adapter");
    nvsp::ReceiveBufferComplete complete{};
    complete.type = std::to_underlying(MessageType::SendReceiveBufferComplete);
    complete.status = std::to_underlying(Status::Failure);
    if (auto pages = channel.gpadl(request.gpadl))
        receiveBuffer_ = ReceiveBuffer::create(std::move(pages), subAllocationSize(settings_.mtu),
                                               ++generation_);
    if (receiveBuffer_) {
        complete.status = std::to_underlying(Status::Success);
        complete.sectionCount = 1;
        complete.subAllocationSize = receiveBuffer_->subAllocationSize();
        complete.subAllocationCount = receiveBuffer_->count();
        complete.endOffset = complete.subAllocationSize * complete.subAllocationCount;
    }
    return answer(complete);
}

NvspSession::Completion NvspSession::takeSendBuffer(const MessageBytes& message,
                                                    const vmbus::OpenChannel& channel) {
    const auto request = messageAs<nvsp::SendBuffer>(message);
    if (sendBuffer_)
        return failure("a second send buffer for one network adapter");
    sendBuffer_ = channel.gpadl(request.gpadl);
    if (sendBuffer_ && sendBuffer_->size() < kSendSection)
        sendBuffer_.reset();
    return answer(nvsp::SendBufferComplete{
        std::to_underlying(MessageType::SendSendBufferComplete),
        std::to_underlying(sendBuffer_ ? Status::Success : Status::Failure), kSendSection});
}

NvspSession::Completion NvspSession::allocateSubChannels(const MessageBytes& message,
                                                         const vmbus::OpenChannel& channel) {
    const auto request = messageAs<nvsp::SubChannel>(message);
    const bool sensible = version_ >= Version::V5 && subChannels_ == 0 &&
                          request.operation == nvsp::kAllocateSubChannels;
    const unsigned granted = sensible ? std::min(request.count, settings_.queues - 1) : 0;
    if (granted != 0) {
        subChannels_ = granted;
        channel.offerSubChannels(granted);
    }
    return answer(nvsp::SubChannel{std::to_underlying(MessageType::SubChannel),
                                   std::to_underlying(sensible ? Status::Success : Status::Failure),
                                   granted});
}

}  // namespace devices::synthetic
