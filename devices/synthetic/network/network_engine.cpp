// SPDX-License-Identifier: GPL-3.0-or-later
#include "network_engine.h"

#include <algorithm>
#include <utility>

#include "byte_copy.h"
#include "devices/network/byte_order.h"
#include "devices/network/frame_headers.h"

namespace devices::synthetic {

using hypervisor::NetworkValue;
using network::kEthernetHeader;
using network::kMacSize;
using network::kVlanTag;
using network::kVlanType;
using network::ReceivedFrame;
using network::ReceiveOutcome;
using nvsp::MessageType;
using vmbus::PacketType;
using vmbus::ReceivedPacket;

namespace {

/// Packets of one channel between two looks at the others and the port.
constexpr unsigned kPacketsAtOnce = 64;
/// No driver has more than one request under way; one that sends more takes its answers.
constexpr std::size_t kMostAnswers = 32;
/// Of one packet's ranges: more than Linux's longest, 64 KiB in pieces.
constexpr std::uint64_t kMostPages = 600;

nvsp::RndisPacket rndisMessage(std::uint32_t channelType) {
    return {std::to_underlying(MessageType::SendRndisPacket), channelType, nvsp::kNoSection, 0};
}

template <class T>
std::span<const std::byte> bytesOf(const T& value) {
    return std::as_bytes(std::span(&value, 1));
}

}  // namespace

NetworkEngine::NetworkEngine(const NetworkSettings& settings)
    : settings_(settings),
      statistics_(settings_.counters),
      session_(settings_),
      control_(settings_, statistics_),
      transmitter_(settings_, statistics_) {
    for (unsigned i = 0; i < settings_.queues; ++i)
        queues_.emplace_back(i);
    reset();
}

NetworkEngine::~NetworkEngine() = default;

void NetworkEngine::reset() {
    session_.reset();
    control_.reset();
    answers_.clear();
    tableDue_ = false;
}

void NetworkEngine::open(unsigned index, std::unique_ptr<vmbus::OpenChannel> channel) {
    close(index);
    queues_[index].open(std::move(channel));
}

void NetworkEngine::close(unsigned index) {
    NetworkQueue& queue = queues_[index];
    if (index == 0) {
        // The sub-channels go as well, each by its own close.
        reset();
        for (NetworkQueue& each : queues_)
            each.received.clear();
    } else if (ReceiveBuffer* const buffer = session_.receiveBuffer()) {
        for (const auto& each : queue.received)
            buffer->putBack(each.subAllocation);
        buffer->giveBackAll(index);
    }
    queue.close();
}

void NetworkEngine::setPort(std::unique_ptr<network::SwitchPort> port) {
    transmitter_.setPort(port.get());
    port_ = std::move(port);
    otherPort_ = true;
}

NetworkLink NetworkEngine::link() const {
    const bool connected = port_ != nullptr && port_->isUp();
    return {connected, connected ? port_->speed() : 0};
}

void NetworkEngine::noticeLink() {
    const bool connected = link().connected;
    if (!control_.isInitialized()) {
        // It asks for it later.
        toldConnected_ = connected;
        otherPort_ = false;
        return;
    }
    const auto tell = [this](bool up) {
        if (toldConnected_ == up || answers_.size() >= kMostAnswers)
            return;
        toldConnected_ = up;
        answers_.push_back(RndisControl::linkIndication(up));
    };
    // Behind another port is another network: the guest must look for its address anew.
    if (otherPort_)
        tell(false);
    otherPort_ = otherPort_ && toldConnected_;
    if (!otherPort_)
        tell(connected);
}

bool NetworkEngine::work() {
    bool more = false;
    for (NetworkQueue& queue : queues_)
        if (queue.isUsable())
            more |= serveQueue(queue);
    noticeLink();
    sendAnswers();
    sendReceived();
    more |= servePort();
    return more;
}

void NetworkEngine::startWork() {
    for (NetworkQueue& queue : queues_)
        queue.startWork();
}

bool NetworkEngine::stopWork() {
    bool idle = true;
    for (NetworkQueue& queue : queues_)
        idle &= queue.stopWork();
    return idle;
}

int NetworkEngine::pollDescriptor() const {
    if (port_ == nullptr || !port_->isUp() || holdsFrames())
        return -1;
    return port_->descriptor();
}

// ---- From the guest.

bool NetworkEngine::serveQueue(NetworkQueue& queue) {
    queue.flush();
    unsigned count = 0;
    for (; count < kPacketsAtOnce && queue.mayRead(); ++count) {
        const ReceivedPacket* const packet = queue.read();
        if (packet == nullptr)
            break;
        handlePacket(queue, *packet);
    }
    queue.release();
    return count == kPacketsAtOnce && queue.mayRead();
}

void NetworkEngine::handlePacket(NetworkQueue& queue, const ReceivedPacket& packet) {
    switch (packet.type()) {
        case PacketType::Completion: {
            ReceiveBuffer* const buffer = session_.receiveBuffer();
            // Without a buffer it is one of a buffer that has been revoked.
            if (buffer != nullptr && !buffer->giveBack(packet.transactionId(), queue.index()))
                queue.fail("the completion of a received packet that the guest does not have");
            return;
        }
        case PacketType::InBand:
        case PacketType::GpaDirect:
            handleMessage(queue, packet);
            return;
        case PacketType::TransferPages:
            break;
    }
    queue.fail("a packet of a type that network drivers don't send");
}

void NetworkEngine::handleMessage(NetworkQueue& queue, const ReceivedPacket& packet) {
    // A private copy already: short messages are taken as if zeroes followed.
    nvsp::MessageBytes bytes{};
    const auto payload = packet.payload();
    std::ranges::copy(payload.first(std::min(payload.size(), bytes.size())), bytes.begin());
    const auto type = static_cast<MessageType>(*structureAt<std::uint32_t>(bytes));
    if (type == MessageType::SendRndisPacket) {
        handleRndis(queue, packet, *structureAt<nvsp::RndisPacket>(bytes));
        return;
    }
    if (queue.index() != 0) {
        queue.fail("a control message on a sub-channel of a network adapter");
        return;
    }
    if (type == MessageType::RevokeReceiveBuffer)
        for (NetworkQueue& each : queues_)
            each.received.clear();
    const auto completion = session_.handle(type, bytes, queue.channel());
    if (completion)
        queue.complete(packet, *completion);
    else
        queue.fail(completion.error().message);
}

void NetworkEngine::handleRndis(NetworkQueue& queue, const ReceivedPacket& packet,
                                const nvsp::RndisPacket& message) {
    // A sub-channel that is about to go as well.
    if (!primary().isUsable())
        return;
    if (session_.receiveBuffer() == nullptr) {
        queue.fail("an RNDIS message before the receive buffer");
        return;
    }
    TransmitSource source;
    if (message.sectionIndex != nvsp::kNoSection) {
        const vmbus::GuestPages* const buffer = session_.sendBuffer();
        const std::uint64_t offset =
            std::uint64_t{message.sectionIndex} * NvspSession::kSendSection;
        if (buffer == nullptr || message.sectionSize > NvspSession::kSendSection ||
            offset > buffer->size() || buffer->size() - offset < message.sectionSize) {
            queue.fail("a section outside the send buffer");
            return;
        }
        source.add(*buffer, offset, message.sectionSize);
    }
    std::optional<vmbus::GuestPages> pages;
    if (packet.type() == PacketType::GpaDirect) {
        const auto ranges = packet.gpaRanges(kMostPages);
        auto found = ranges ? vmbus::GuestPages::create(queue.channel().memory(), *ranges)
                            : std::unexpected(ranges.error());
        if (!found) {
            queue.fail(found.error().message);
            return;
        }
        pages = std::move(*found);
        source.add(*pages, 0, pages->size());
    }
    std::uint32_t first = 0;
    nvsp::Status status = nvsp::Status::InvalidRndisPacket;
    const bool control = message.channelType == nvsp::kControlChannel;
    if (control)
        status = nvsp::Status::Success;
    else if (source.read(0, std::as_writable_bytes(std::span(&first, 1))) &&
             control_.isInitialized() && transmitter_.send(source, control_.filter().mac))
        status = nvsp::Status::Success;
    else
        statistics_.count(NetworkValue::OutgoingMalformed);
    queue.complete(packet, bytesOf(nvsp::RndisPacketComplete{
                               std::to_underlying(MessageType::SendRndisPacketComplete),
                               std::to_underlying(status)}));
    // Behind its completion, as Hyper-V has it.
    if (control)
        handleControl(queue, source);
}

void NetworkEngine::handleControl(NetworkQueue& queue, const TransmitSource& source) {
    if (queue.index() != 0 || source.size() > RndisControl::kMostMessage) {
        queue.fail("an RNDIS control message on a sub-channel, or one that is too long");
        return;
    }
    std::vector<std::byte> message(static_cast<std::size_t>(source.size()));
    auto answer = source.read(0, message) ? control_.handle(message, link())
                                          : hypervisor::failure("an RNDIS message can't be read");
    if (!answer) {
        queue.fail(answer.error().message);
        return;
    }
    tableDue_ |= control_.takeScalingChange();
    if (answer->empty())
        return;
    if (answers_.size() >= kMostAnswers) {
        queue.fail("more control requests than answers taken");
        return;
    }
    answers_.push_back(std::move(*answer));
}

// ---- To the guest.

bool NetworkEngine::isReady() {
    return primary().isUsable() && control_.isInitialized() && control_.filter().bits != 0 &&
           session_.receiveBuffer() != nullptr;
}

bool NetworkEngine::holdsFrames() const {
    auto& self = const_cast<NetworkEngine&>(*this);
    if (!self.isReady())
        return false;
    return self.session_.receiveBuffer()->freeCount() == 0 ||
           std::ranges::any_of(queues_,
                               [](const NetworkQueue& queue) { return !queue.received.empty(); });
}

bool NetworkEngine::servePort() {
    if (port_ == nullptr || !port_->isUp() || holdsFrames())
        return false;
    // A guest that is not ready must not find old frames when it is: they are thrown away.
    auto most = static_cast<unsigned>(NetworkQueue::kMostRanges);
    if (isReady())
        most = std::min(most, session_.receiveBuffer()->freeCount());
    const ReceiveOutcome outcome = port_->receive(*this, most);
    sendReceived();
    if (outcome == ReceiveOutcome::Closed) {
        noticeLink();
        sendAnswers();
    }
    return outcome == ReceiveOutcome::More;
}

void NetworkEngine::received(const ReceivedFrame& frame) {
    if (!isReady()) {
        statistics_.count(NetworkValue::IncomingDropped);
        return;
    }
    if (!control_.filter().takes(frame.bytes)) {
        statistics_.count(NetworkValue::IncomingFiltered);
        return;
    }
    deliver(frame.bytes, frame.checksumGood);
}

void NetworkEngine::deliver(std::span<const std::byte> frame, bool checksumGood) {
    ReceivedInfo info;
    const network::FrameHeaders headers = network::parseHeaders(frame);
    if (checksumGood && control_.wantsReceiveChecksum() &&
        headers.transport != network::TransportProtocol::Other)
        info.checksum =
            rndis::kReceivedIpv4HeaderGood |
            (headers.transport == network::TransportProtocol::Tcp ? rndis::kReceivedTcpGood
                                                                  : rndis::kReceivedUdpGood);
    info.hash = control_.scaling().hash(frame, headers);
    const unsigned index = info.hash ? control_.scaling().queueOf(*info.hash) : 0;
    NetworkQueue& queue = queues_[index].isUsable() ? queues_[index] : primary();

    // The addresses go in front, and the rest behind, with or without the tag in between.
    constexpr std::size_t kAddresses = 2 * kMacSize;
    auto rest = frame.subspan(kAddresses);
    const bool tagged = frame.size() >= kEthernetHeader + kVlanTag &&
                        network::loadBigEndian<std::uint16_t>(rest, 0) == kVlanType;
    if (tagged && session_.wantsVlanInfo()) {
        info.vlan = network::loadBigEndian<std::uint16_t>(rest, 2);
        rest = rest.subspan(kVlanTag);
    }
    const std::size_t length = kAddresses + rest.size();
    const std::size_t most = session_.mostFrame() + (tagged && !info.vlan ? kVlanTag : 0);
    ReceiveBuffer& buffer = *session_.receiveBuffer();
    const auto subAllocation = length <= most ? buffer.take() : std::nullopt;
    if (!subAllocation) {
        statistics_.count(NetworkValue::IncomingDropped);
        return;
    }
    const DataMessageHeader header(info, static_cast<std::uint32_t>(length));
    std::array<std::byte, DataMessageHeader::kMost + kAddresses> front;
    auto end = std::ranges::copy(header.bytes(), front.begin()).out;
    end = std::ranges::copy(frame.first(kAddresses), end).out;
    buffer.write(*subAllocation, {front.begin(), end}, rest);
    queue.received.push_back(
        {*subAllocation, static_cast<std::uint32_t>(header.bytes().size() + length)});
    statistics_.count(NetworkValue::PacketsReceived);
    statistics_.count(NetworkValue::BytesReceived, length);
}

void NetworkEngine::sendReceived() {
    ReceiveBuffer* const buffer = session_.receiveBuffer();
    if (buffer == nullptr)
        return;
    for (NetworkQueue& queue : queues_) {
        if (queue.received.empty() || !queue.isUsable())
            continue;
        std::array<std::uint32_t, NetworkQueue::kMostRanges> indices;
        std::array<vmbus::TransferPagesRange, NetworkQueue::kMostRanges> ranges;
        const std::size_t number = queue.received.size();
        for (std::size_t i = 0; i < number; ++i) {
            indices[i] = queue.received[i].subAllocation;
            ranges[i] = {queue.received[i].length, buffer->offsetOf(indices[i])};
        }
        const std::uint64_t transaction =
            buffer->hand(std::span(indices).first(number), queue.index());
        if (queue.sendTransfer(nvsp::kReceiveBufferId, std::span(ranges).first(number), transaction,
                               bytesOf(rndisMessage(nvsp::kDataChannel))))
            queue.received.clear();
        else
            buffer->takeBack(transaction);
    }
}

void NetworkEngine::sendAnswers() {
    ReceiveBuffer* const buffer = session_.receiveBuffer();
    if (buffer == nullptr || !primary().isUsable())
        return;
    while (!answers_.empty()) {
        const auto index = buffer->take();
        if (!index)
            return;
        const std::vector<std::byte>& answer = answers_.front();
        buffer->write(*index, answer, {});
        const std::uint64_t transaction = buffer->hand({&*index, 1}, 0);
        const vmbus::TransferPagesRange range{static_cast<std::uint32_t>(answer.size()),
                                              buffer->offsetOf(*index)};
        if (!primary().sendTransfer(nvsp::kReceiveBufferId, {&range, 1}, transaction,
                                    bytesOf(rndisMessage(nvsp::kControlChannel)))) {
            buffer->takeBack(transaction);
            buffer->putBack(*index);
            return;
        }
        answers_.pop_front();
        if (!primary().isUsable())
            return;
    }
    if (tableDue_) {
        nvsp::IndirectionTable table{};
        table.type = std::to_underlying(MessageType::SendIndirectionTable);
        table.count = nvsp::IndirectionTable::kEntries;
        table.offset = offsetof(nvsp::IndirectionTable, queues);
        for (std::uint32_t i = 0; i < table.count; ++i)
            table.queues[i] = i % (session_.subChannels() + 1);
        tableDue_ = !primary().send(bytesOf(table));
    }
}

}  // namespace devices::synthetic
