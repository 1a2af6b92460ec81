// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage_channel.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "storage_controller.h"

namespace devices::synthetic {

using vmbus::PacketType;
using vmbus::RingReader;
using vmbus::RingWriter;

namespace {

/// Packets taken before others on the same thread have their turn.
constexpr unsigned kBatch = 64;

ScsiRequest scsiRequestOf(const StoragePacket& packet) {
    ScsiRequest request;
    std::memcpy(&request, packet.payload.data(), sizeof(request));
    return request;
}

std::optional<scsi::DataDirection> directionOf(std::uint8_t direction) {
    switch (direction) {
        case kDirectionToDevice:
            return scsi::DataDirection::ToDevice;
        case kDirectionFromDevice:
            return scsi::DataDirection::FromDevice;
        case kDirectionNone:
            return scsi::DataDirection::None;
        default:
            return std::nullopt;
    }
}

// Linux takes the answer to these as a success whatever it says: with memory that nobody has
// written to it would see a disk that is not there.
bool isTakenAsGood(scsi::Operation operation) {
    return operation == scsi::Operation::Inquiry || operation == scsi::Operation::ModeSense6 ||
           operation == scsi::Operation::ModeSense10;
}

}  // namespace

void StorageChannel::opened(std::unique_ptr<vmbus::OpenChannel> channel) {
    open_ = std::move(channel);
    closing_ = false;
    broken_ = false;
    held_ = false;
    spaceRequested_ = false;
    serve();
}

void StorageChannel::closing() {
    if (!open_)
        return;
    closing_ = true;
    if (underWay_ == 0)
        letGo();
}

void StorageChannel::letGo() {
    waiting_.clear();
    enumerating_ = false;
    const std::unique_ptr<vmbus::OpenChannel> channel = std::move(open_);
    controller_.closed(*this);
}

void StorageChannel::ring() {
    if (!rung_.exchange(true))
        controller_.engine().post([controller = controller_.weak_from_this(), this] {
            if (const auto alive = controller.lock())
                serve();
        });
}

void StorageChannel::serve() {
    // Before anything is looked at: who writes from here on asks again.
    rung_.exchange(false);
    if (isOpen() && sendWaiting())
        takeRequests();
}

void StorageChannel::resume() {
    if (held_ && !taking_ && isOpen() && mayTake())
        takeRequests();
}

bool StorageChannel::mayTake() const {
    return underWay_ < kMaximumRequests && waiting_.empty() && !controller_.resetting();
}

void StorageChannel::takeRequests() {
    RingReader& incoming = open_->incoming();
    taking_ = true;
    held_ = false;
    incoming.mask();
    for (unsigned taken = 0; isOpen();) {
        if (!mayTake() || taken == kBatch) {
            // The ring stays masked: what makes this go on is not the guest.
            held_ = true;
            open_->release();
            if (mayTake())
                ring();
            break;
        }
        const RingReader::Outcome outcome = incoming.read(packet_);
        if (outcome == RingReader::Outcome::Packet) {
            ++taken;
            take();
        } else if (outcome == RingReader::Outcome::Empty) {
            open_->release();
            if (!incoming.unmask())
                break;
            incoming.mask();
        } else {
            fail(incoming.why());
        }
    }
    taking_ = false;
}

void StorageChannel::take() {
    const auto payload = packet_.payload();
    if (payload.size() < sizeof(StoragePacket))
        return fail(fmt::format("A storage packet of {} bytes is too short.", payload.size()));
    if (packet_.type() != PacketType::InBand && packet_.type() != PacketType::GpaDirect)
        return fail(fmt::format("A packet of type {} is none of storage.",
                                static_cast<unsigned>(packet_.type())));
    if (!packet_.wantsCompletion())
        return fail("A storage packet asks for no completion.");
    StoragePacket packet;
    std::memcpy(&packet, payload.data(), sizeof(packet));
    switch (static_cast<StorageOperation>(packet.operation)) {
        case StorageOperation::ExecuteSrb:
            return execute(packet);
        case StorageOperation::ResetLun:
        case StorageOperation::ResetAdapter:
        case StorageOperation::ResetBus:
            resetId_ = packet_.transactionId();
            return controller_.reset(*this);
        default:
            break;
    }
    if (kind_ == Kind::Sub)
        return fail(
            fmt::format("Storage operation {} is for the primary channel.", packet.operation));
    unsigned offered = 0;
    const StoragePacket answer = controller_.answer(packet, offered);
    complete(packet_.transactionId(), answer);
    if (offered != 0 && isOpen())
        open_->offerSubChannels(offered);
}

void StorageChannel::resetDone() {
    if (!isOpen())
        return;
    StoragePacket answer{};
    answer.operation = static_cast<std::uint32_t>(StorageOperation::CompleteIo);
    complete(resetId_, answer);
}

void StorageChannel::execute(const StoragePacket& packet) {
    if (free_.empty()) {
        slots_.push_back(std::make_unique<Slot>());
        slots_.back()->channel = this;
        free_.push_back(slots_.back().get());
    }
    Slot& slot = *free_.back();
    slot.transactionId = packet_.transactionId();
    slot.request = scsiRequestOf(packet);
    scsi::Command& command = slot.command;
    command.buffers.clear();
    command.dataLength = 0;
    std::optional<SrbStatus> refused;
    if (!findData(slot, refused))
        return;
    if (!controller_.ready() || slot.request.blockLength > scsi::Command::kMaximumBlock)
        refused = SrbStatus::InvalidRequest;
    if (refused) {
        slot.pages.reset();
        slot.request.srbStatus = static_cast<std::uint8_t>(*refused);
        slot.request.scsiStatus = kScsiGood;
        slot.request.senseLength = 0;
        slot.request.dataLength = 0;
        slot.request.blockOrSense = {};
        return answerSrb(slot.transactionId, slot.request);
    }
    free_.pop_back();
    ++underWay_;
    controller_.commandBegins();
    std::copy_n(slot.request.blockOrSense.begin(), command.block.size(), command.block.begin());
    command.length = slot.request.blockLength;
    command.context = &slot;
    command.completed = &StorageChannel::completed;
    controller_.execute(slot.request, command);
}

bool StorageChannel::findData(Slot& slot, std::optional<SrbStatus>& refused) {
    scsi::Command& command = slot.command;
    const auto direction = directionOf(slot.request.direction);
    if (!direction) {
        refused = SrbStatus::InvalidRequest;
        return true;
    }
    command.direction = *direction;
    if (packet_.type() == PacketType::InBand)
        return true;
    const auto ranges = packet_.gpaRanges(StorageController::kMaximumPages);
    if (!ranges) {
        fail(ranges.error().message);
        return false;
    }
    auto pages = vmbus::GuestPages::create(open_->memory(), *ranges);
    // Memory of a device is no place for data, but a guest may have been told to put it there.
    if (!pages || !pages->addresses(0, slot.request.dataLength, command.buffers)) {
        refused = SrbStatus::InvalidRequest;
        return true;
    }
    slot.pages = std::move(*pages);
    command.dataLength = slot.request.dataLength;
    return true;
}

void StorageChannel::completed(scsi::Command& command) {
    Slot& slot = *static_cast<Slot*>(command.context);
    slot.channel->finish(slot);
}

void StorageChannel::finish(Slot& slot) {
    scsi::Command& command = slot.command;
    if (slot.pages && command.incoming() != 0) {
        if (command.outcome != scsi::Outcome::Good && isTakenAsGood(command.operation()))
            for (const iovec& buffer : command.buffers)
                std::memset(buffer.iov_base, 0, buffer.iov_len);
        slot.pages->written(0, command.dataLength);
    }
    slot.pages.reset();
    ScsiRequest answer = slot.request;
    answer.blockOrSense = {};
    answer.dataLength = static_cast<std::uint32_t>(command.transferred);
    answer.scsiStatus = kScsiGood;
    answer.senseLength = 0;
    switch (command.outcome) {
        case scsi::Outcome::Good:
            answer.srbStatus = static_cast<std::uint8_t>(SrbStatus::Success);
            break;
        case scsi::Outcome::NoUnit:
            answer.srbStatus = static_cast<std::uint8_t>(SrbStatus::NoDevice);
            answer.scsiStatus = kScsiCheckCondition;
            break;
        case scsi::Outcome::CheckCondition: {
            const auto sense = command.sense.fixedFormat();
            const std::size_t length =
                std::min<std::size_t>(sense.size(), slot.request.senseLength);
            std::copy_n(sense.begin(), length, answer.blockOrSense.begin());
            answer.senseLength = static_cast<std::uint8_t>(length);
            answer.srbStatus = static_cast<std::uint8_t>(static_cast<unsigned>(SrbStatus::Error) |
                                                         (length != 0 ? kAutosenseValid : 0));
            answer.scsiStatus = kScsiCheckCondition;
            break;
        }
    }
    const std::uint64_t transactionId = slot.transactionId;
    free_.push_back(&slot);
    --underWay_;
    if (isOpen())
        answerSrb(transactionId, answer);
    controller_.commandEnds();
    if (closing_ && open_ && underWay_ == 0)
        letGo();
    else
        resume();
}

void StorageChannel::answerSrb(std::uint64_t transactionId, const ScsiRequest& request) {
    StoragePacket answer{};
    answer.operation = static_cast<std::uint32_t>(StorageOperation::CompleteIo);
    std::memcpy(answer.payload.data(), &request, sizeof(request));
    complete(transactionId, answer);
}

void StorageChannel::complete(std::uint64_t transactionId, const StoragePacket& packet) {
    send({PacketType::Completion, transactionId, packet});
}

void StorageChannel::enumerate() {
    if (!isOpen() || enumerating_)
        return;
    StoragePacket packet{};
    packet.operation = static_cast<std::uint32_t>(StorageOperation::EnumerateBus);
    enumerating_ = true;
    send({PacketType::InBand, 0, packet});
}

void StorageChannel::send(const Outgoing& outgoing) {
    if (!waiting_.empty() || (!trySend(outgoing) && isOpen()))
        waiting_.push_back(outgoing);
}

bool StorageChannel::sendWaiting() {
    while (!waiting_.empty()) {
        if (!trySend(waiting_.front()))
            return false;
        waiting_.pop_front();
    }
    if (spaceRequested_) {
        spaceRequested_ = false;
        open_->outgoing().cancelSpaceRequest();
    }
    return true;
}

bool StorageChannel::trySend(const Outgoing& outgoing) {
    // A guest that moves its index to and fro could keep this going for ever.
    constexpr unsigned kMaximumTries = 16;
    const std::array payload{std::as_bytes(std::span(&outgoing.packet, 1))};
    const vmbus::OutgoingPacket packet{outgoing.type, false, outgoing.transactionId, {}, payload};
    RingWriter& out = open_->outgoing();
    for (unsigned tries = 0; tries < kMaximumTries; ++tries) {
        switch (out.write(packet)) {
            case RingWriter::Outcome::WrittenAndSignal:
                open_->signalGuest();
                [[fallthrough]];
            case RingWriter::Outcome::Written:
                if (outgoing.type == PacketType::InBand)
                    enumerating_ = false;
                return true;
            case RingWriter::Outcome::Full:
                spaceRequested_ = true;
                if (!out.requestSpace(static_cast<std::uint32_t>(RingWriter::sizeOf(packet))))
                    return false;
                break;
            case RingWriter::Outcome::Impossible:
                fail("An answer can't be written to the guest's ring.");
                return false;
        }
    }
    fail("The guest's read index does not stand still.");
    return false;
}

void StorageChannel::fail(std::string why) {
    broken_ = true;
    waiting_.clear();
    enumerating_ = false;
    open_->fail(std::move(why));
}

}  // namespace devices::synthetic
