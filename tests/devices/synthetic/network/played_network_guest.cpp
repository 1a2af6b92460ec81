// SPDX-License-Identifier: GPL-3.0-or-later
#include "played_network_guest.h"

#include <algorithm>
#include <cstring>

namespace nvsp = devices::synthetic::nvsp;
namespace rndis = devices::synthetic::rndis;
using vmbus::GuestRange;

namespace {

constexpr std::uint64_t kMemory = 32 << 20;
constexpr hypervisor::Gpa kRings = 1 << 20;
constexpr std::size_t kRingPages = 32;
constexpr hypervisor::Gpa kReceiveBuffer = 8 << 20;
constexpr hypervisor::Gpa kSendBuffer = 12 << 20;
constexpr hypervisor::Gpa kPages = 16 << 20;

template <class T>
std::optional<T> at(std::span<const std::byte> bytes, std::size_t offset = 0) {
    if (bytes.size() < offset + sizeof(T))
        return std::nullopt;
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

template <class T>
void put(Bytes& to, const T& value) {
    const auto bytes = vmbus::bytesOf(value);
    to.insert(to.end(), bytes.begin(), bytes.end());
}

GuestRange wholeRange(hypervisor::Gpa start, std::uint32_t size) {
    GuestRange range{size, 0, {}};
    for (std::uint64_t page = 0; page < size / hypervisor::kPageSize; ++page)
        range.frames.push_back(start / hypervisor::kPageSize + page);
    return range;
}

}  // namespace

PlayedNetworkGuest::PlayedNetworkGuest()
    : memory_(hypervisor::GuestMemory::create(kMemory).value()),
      client_(vmbus::ChannelClient::create(*memory_, vmbus::ClientRings::at(kRings, kRingPages))
                  .value()) {}

Bytes PlayedNetworkGuest::padded(std::span<const std::byte> message) {
    Bytes bytes(message.begin(), message.end());
    bytes.resize(std::max(bytes.size(), nvsp::kMessageSize));
    return bytes;
}

void PlayedNetworkGuest::open(vmbus::ChannelDevice& device) {
    completions_.clear();
    received_.clear();
    kept_.clear();
    client_->open(device);
}

bool PlayedNetworkGuest::start(std::uint32_t version) {
    const auto agreed = request(nvsp::Init{1, version, version});
    const auto complete = agreed ? at<nvsp::InitComplete>(*agreed) : std::nullopt;
    if (!complete || complete->type != 2 || complete->status != 1 || complete->version != version)
        return false;
    if (version != 2 && !tell(nvsp::NdisConfig{125, 1'514, 0, nvsp::kVlanCapability, 0}))
        return false;
    if (!tell(std::array<std::uint32_t, 3>{100, 6, version < 0x5'0000 ? 1U : 30U}) ||
        !giveBuffers())
        return false;
    Bytes initialize;
    put(initialize,
        rndis::Initialize{{2, sizeof(rndis::Initialize)}, nextRequest_++, 1, 0, 0x4000});
    const auto answer = control(initialize);
    const auto initialized = answer ? at<rndis::InitializeComplete>(*answer) : std::nullopt;
    return initialized && initialized->header.type == 0x8000'0002 && initialized->status == 0 &&
           initialized->requestId == nextRequest_ - 1 && initialized->alignment == 3;
}

bool PlayedNetworkGuest::giveBuffers() {
    receiveGpadl_ =
        client_->addGpadl(std::array{wholeRange(kReceiveBuffer, kReceiveBufferSize)}).value_or(0);
    auto answer = request(nvsp::SendBuffer{101, receiveGpadl_, nvsp::kReceiveBufferId, 0});
    const auto receive = answer ? at<nvsp::ReceiveBufferComplete>(*answer) : std::nullopt;
    if (!receive || receive->type != 102 || receive->status != 1 || receive->sectionCount != 1 ||
        receive->offset != 0 ||
        receive->subAllocationSize * receive->subAllocationCount > kReceiveBufferSize)
        return false;
    subAllocations_ = receive->subAllocationCount;
    sendGpadl_ =
        client_->addGpadl(std::array{wholeRange(kSendBuffer, kSendBufferSize)}).value_or(0);
    answer = request(nvsp::SendBuffer{104, sendGpadl_, 0, 0});
    const auto send = answer ? at<nvsp::SendBufferComplete>(*answer) : std::nullopt;
    if (!send || send->type != 105 || send->status != 1)
        return false;
    sectionSize_ = send->sectionSize;
    return true;
}

bool PlayedNetworkGuest::setFilter(std::uint32_t bits) {
    Bytes info;
    put(info, bits);
    return set(0x0001'010E, info) == 0U;
}

bool PlayedNetworkGuest::stop() {
    if (!setFilter(0))
        return false;
    Bytes halt;
    put(halt, std::array<std::uint32_t, 3>{3, 12, nextRequest_++});
    const auto range = putInPages(halt);
    if (sendRndis({&range, 1}, nvsp::kNoSection, 0, nvsp::kControlChannel) != 1U)
        return false;
    return tell(nvsp::SendBuffer{103, nvsp::kReceiveBufferId, 0, 0}) &&
           tell(nvsp::SendBuffer{106, 0, 0, 0}) && client_->close() &&
           client_->removeGpadl(receiveGpadl_) && client_->removeGpadl(sendGpadl_);
}

bool PlayedNetworkGuest::tell(std::span<const std::byte> message) {
    return client_->sendInBand(message);
}

std::optional<Bytes> PlayedNetworkGuest::request(std::span<const std::byte> message) {
    const std::uint64_t id = nextId_++;
    if (!client_->sendInBand(message, id))
        return std::nullopt;
    return completion(id);
}

bool PlayedNetworkGuest::takePacket() {
    const auto packet = client_->receive();
    if (!packet)
        return false;
    const Bytes payload(packet->payload().begin(), packet->payload().end());
    switch (packet->type()) {
        case vmbus::PacketType::Completion:
            completions_.emplace_back(packet->transactionId(), payload);
            return true;
        case vmbus::PacketType::InBand:
            told.push_back(payload);
            return true;
        case vmbus::PacketType::TransferPages:
            break;
        case vmbus::PacketType::GpaDirect:
            return false;
    }
    const auto message = at<nvsp::RndisPacket>(payload);
    const auto ranges = packet->transferRanges();
    const auto header = at<vmbus::TransferPagesHeader>(packet->header());
    if (!message || message->type != 107 || !ranges || ranges->empty() || !header ||
        header->setId != nvsp::kReceiveBufferId || !packet->wantsCompletion() ||
        packet->transactionId() == 0)
        return false;
    for (const vmbus::TransferPagesRange& range : *ranges) {
        Bytes bytes(range.byteCount);
        if (std::uint64_t{range.byteOffset} + range.byteCount > kReceiveBufferSize ||
            !memory_->read(kReceiveBuffer + range.byteOffset, bytes))
            return false;
        received_.push_back({message->channelType, std::move(bytes)});
    }
    kept_.push_back(packet->transactionId());
    return keep_ || giveBack();
}

bool PlayedNetworkGuest::giveBack() {
    for (const std::uint64_t id : std::exchange(kept_, {}))
        if (!client_->sendCompletion(id, vmbus::bytesOf(nvsp::RndisPacketComplete{108, 1})))
            return false;
    return true;
}

std::optional<Bytes> PlayedNetworkGuest::completion(std::uint64_t id) {
    for (;;) {
        const auto found =
            std::ranges::find(completions_, id, [](const auto& p) { return p.first; });
        if (found != completions_.end()) {
            Bytes payload = std::move(found->second);
            completions_.erase(found);
            return payload;
        }
        if (!takePacket())
            return std::nullopt;
    }
}

std::optional<PlayedNetworkGuest::Received> PlayedNetworkGuest::receive() {
    while (received_.empty())
        if (!takePacket())
            return std::nullopt;
    Received received = std::move(received_.front());
    received_.pop_front();
    return received;
}

GuestRange PlayedNetworkGuest::putInPages(std::span<const std::byte> bytes) {
    // From the middle of a page on, and only every second page.
    constexpr std::uint32_t kOffset = 100;
    GuestRange range{static_cast<std::uint32_t>(bytes.size()), kOffset, {}};
    std::size_t done = 0;
    for (std::uint64_t page = 0; done < bytes.size() || page == 0; ++page) {
        const hypervisor::Gpa start = kPages + page * 2 * hypervisor::kPageSize;
        const std::size_t offset = page == 0 ? kOffset : 0;
        const std::size_t length = std::min(bytes.size() - done, hypervisor::kPageSize - offset);
        static_cast<void>(memory_->write(start + offset, bytes.subspan(done, length)));
        range.frames.push_back(start / hypervisor::kPageSize);
        done += length;
    }
    return range;
}

std::optional<std::uint32_t> PlayedNetworkGuest::sendRndis(std::span<const GuestRange> ranges,
                                                           std::uint32_t section,
                                                           std::uint32_t sectionSize,
                                                           std::uint32_t channelType) {
    const auto message =
        padded(vmbus::bytesOf(nvsp::RndisPacket{107, channelType, section, sectionSize}));
    const std::uint64_t id = nextId_++;
    const bool sent = ranges.empty() ? client_->sendInBand(message, id)
                                     : client_->sendGpaDirect(ranges, message, id);
    const auto payload = sent ? completion(id) : std::nullopt;
    const auto complete = payload ? at<nvsp::RndisPacketComplete>(*payload) : std::nullopt;
    if (!complete || complete->type != 108)
        return std::nullopt;
    return complete->status;
}

std::optional<Bytes> PlayedNetworkGuest::control(const Bytes& message) {
    const auto range = putInPages(message);
    if (sendRndis({&range, 1}, nvsp::kNoSection, 0, nvsp::kControlChannel) != 1U)
        return std::nullopt;
    for (;;) {
        // Frames may come in between.
        const auto answer = std::ranges::find(received_, nvsp::kControlChannel,
                                              [](const Received& r) { return r.channelType; });
        if (answer != received_.end()) {
            Bytes bytes = std::move(answer->message);
            received_.erase(answer);
            return bytes;
        }
        if (!takePacket())
            return std::nullopt;
    }
}

std::optional<std::pair<std::uint32_t, Bytes>> PlayedNetworkGuest::query(std::uint32_t oid,
                                                                         const Bytes& info) {
    Bytes message;
    const std::uint32_t id = nextRequest_++;
    const auto length = static_cast<std::uint32_t>(sizeof(rndis::Request) + info.size());
    put(message,
        rndis::Request{{4, length}, id, oid, static_cast<std::uint32_t>(info.size()), 20, 0});
    message.insert(message.end(), info.begin(), info.end());
    const auto answer = control(message);
    const auto complete = answer ? at<rndis::QueryComplete>(*answer) : std::nullopt;
    if (!complete || complete->header.type != 0x8000'0004 || complete->requestId != id ||
        complete->header.length != answer->size())
        return std::nullopt;
    if (complete->infoLength == 0)
        return std::pair(complete->status, Bytes{});
    if (8 + complete->infoOffset + complete->infoLength > answer->size())
        return std::nullopt;
    const auto start = answer->begin() + 8 + complete->infoOffset;
    return std::pair(complete->status, Bytes(start, start + complete->infoLength));
}

std::optional<std::uint32_t> PlayedNetworkGuest::set(std::uint32_t oid, const Bytes& info) {
    Bytes message;
    const std::uint32_t id = nextRequest_++;
    const auto length = static_cast<std::uint32_t>(sizeof(rndis::Request) + info.size());
    put(message,
        rndis::Request{{5, length}, id, oid, static_cast<std::uint32_t>(info.size()), 20, 0});
    message.insert(message.end(), info.begin(), info.end());
    const auto answer = control(message);
    const auto complete = answer ? at<rndis::SetComplete>(*answer) : std::nullopt;
    if (!complete || complete->header.type != 0x8000'0005 || complete->requestId != id)
        return std::nullopt;
    return complete->status;
}

Bytes PlayedNetworkGuest::dataMessage(std::span<const std::byte> frame,
                                      const std::vector<Info>& infos) {
    rndis::Packet packet{};
    const auto infoLength = static_cast<std::uint32_t>(infos.size() * 16);
    const std::size_t length = (sizeof packet + infoLength + frame.size() + 7) / 8 * 8;
    packet.header = {1, static_cast<std::uint32_t>(length)};
    packet.dataOffset = 36 + infoLength;
    packet.dataLength = static_cast<std::uint32_t>(frame.size());
    packet.packetInfoOffset = infoLength == 0 ? 0 : 36;
    packet.packetInfoLength = infoLength;
    Bytes message;
    put(message, packet);
    for (const auto& [type, value] : infos)
        put(message, std::array<std::uint32_t, 4>{16, type, 12, value});
    message.insert(message.end(), frame.begin(), frame.end());
    message.resize(length);
    return message;
}

std::optional<std::uint32_t> PlayedNetworkGuest::sendDirect(const Bytes& messages) {
    const auto range = putInPages(messages);
    return sendRndis({&range, 1}, nvsp::kNoSection, 0, nvsp::kDataChannel);
}

std::optional<std::uint32_t> PlayedNetworkGuest::sendInSection(std::uint32_t section,
                                                               const Bytes& messages) {
    static_cast<void>(
        memory_->write(kSendBuffer + std::uint64_t{section} * sectionSize_, messages));
    return sendRndis({}, section, static_cast<std::uint32_t>(messages.size()), nvsp::kDataChannel);
}

std::optional<std::uint32_t> PlayedNetworkGuest::sendSplit(std::uint32_t section,
                                                           const Bytes& messages,
                                                           std::size_t first) {
    const auto all = std::span(messages);
    static_cast<void>(
        memory_->write(kSendBuffer + std::uint64_t{section} * sectionSize_, all.first(first)));
    const auto range = putInPages(all.subspan(first));
    return sendRndis({&range, 1}, section, static_cast<std::uint32_t>(first), nvsp::kDataChannel);
}

Bytes PlayedNetworkGuest::Received::frame() const {
    const auto packet = at<rndis::Packet>(message);
    if (!packet || packet->header.type != 1 || packet->header.length != message.size() ||
        8 + packet->dataOffset + packet->dataLength != message.size())
        return {};
    return {message.begin() + 8 + packet->dataOffset, message.end()};
}

std::optional<std::uint32_t> PlayedNetworkGuest::Received::info(std::uint32_t type) const {
    const auto packet = at<rndis::Packet>(message);
    if (!packet)
        return std::nullopt;
    for (std::uint32_t done = 0; done < packet->packetInfoLength;) {
        const std::size_t start = 8 + packet->packetInfoOffset + done;
        const auto entry = at<rndis::PacketInfo>(message, start);
        if (!entry || entry->size < sizeof *entry)
            return std::nullopt;
        if (entry->type == type)
            return at<std::uint32_t>(message, start + entry->offset);
        done += entry->size;
    }
    return std::nullopt;
}
