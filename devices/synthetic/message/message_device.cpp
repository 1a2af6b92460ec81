// SPDX-License-Identifier: GPL-3.0-or-later
#include "message_device.h"

#include <cstdlib>
#include <utility>

namespace devices::synthetic {

namespace {

/// Before the other devices have their turn.
constexpr unsigned kPacketsInARow = 64;
/// Of what waits for room.
constexpr std::size_t kMostWaiting = 64;
constexpr std::size_t kMostWaitingBytes = 256 * 1024;

}  // namespace

MessageDevice::~MessageDevice() {
    // The final class has not called stop(): its members went while the thread could use them.
    if (!stopped_)
        std::abort();
}

void MessageDevice::opened(std::unique_ptr<vmbus::OpenChannel> channel) {
    post([this, arrived = std::move(channel)]() mutable {
        letGo();
        channel_ = std::move(arrived);
        onOpened();
        serve();
    });
}

void MessageDevice::closing() {
    post([this] { letGo(); });
}

void MessageDevice::doorbell() {
    if (!rung_.exchange(true))
        post([this] {
            rung_ = false;
            serve();
        });
}

void MessageDevice::stop() {
    if (stopped_.exchange(true))
        return;
    thread_.run(this, [this] { letGo(); });
    thread_.forget(this);
}

void MessageDevice::letGo() {
    if (channel_ == nullptr)
        return;
    onClosed();
    waiting_.clear();
    waitingBytes_ = 0;
    failed_ = false;
    channel_.reset();
}

void MessageDevice::fail(std::string why) {
    if (!isOpen())
        return;
    failed_ = true;
    channel_->fail(std::move(why));
}

bool MessageDevice::holdsBack() const {
    return waiting_.size() >= kMostWaiting / 2 || waitingBytes_ >= kMostWaitingBytes / 2;
}

void MessageDevice::serve() {
    if (!isOpen())
        return;
    if (!waiting_.empty()) {
        flush();
        if (isOpen() && waiting_.empty())
            onRoom();
        if (!isOpen())
            return;
    }
    vmbus::RingReader& ring = channel_->incoming();
    ring.mask();
    for (unsigned i = 0; i < kPacketsInARow && isOpen() && !holdsBack(); ++i) {
        switch (ring.read(packet_)) {
            case vmbus::RingReader::Outcome::Packet:
                onPacket(packet_);
                continue;
            case vmbus::RingReader::Outcome::Broken:
                fail(ring.why());
                return;
            case vmbus::RingReader::Outcome::Empty:
                channel_->release();
                if (!ring.unmask())
                    return;
                ring.mask();
                continue;
        }
    }
    if (!isOpen())
        return;
    channel_->release();
    // Held back, the guest's making room is what goes on with it.
    if (holdsBack())
        static_cast<void>(ring.unmask());
    else
        doorbell();
}

bool MessageDevice::send(std::span<const std::byte> payload, std::uint64_t transactionId) {
    return sendPacket(vmbus::PacketType::InBand, transactionId, payload);
}

bool MessageDevice::complete(std::uint64_t transactionId, std::span<const std::byte> payload) {
    return sendPacket(vmbus::PacketType::Completion, transactionId, payload);
}

bool MessageDevice::sendPacket(vmbus::PacketType type, std::uint64_t transactionId,
                               std::span<const std::byte> payload) {
    if (!isOpen())
        return false;
    if (waiting_.empty()) {
        const Written written = write(type, transactionId, payload);
        if (written != Written::NoRoom)
            return written == Written::Yes;
    }
    if (waiting_.size() >= kMostWaiting || payload.size() > kMostWaitingBytes - waitingBytes_)
        return false;
    waiting_.push_back({type, transactionId, {payload.begin(), payload.end()}});
    waitingBytes_ += payload.size();
    if (waiting_.size() == 1)
        flush();
    return isOpen();
}

MessageDevice::Written MessageDevice::write(vmbus::PacketType type, std::uint64_t transactionId,
                                            std::span<const std::byte> payload) {
    const vmbus::OutgoingPacket packet{
        .type = type, .transactionId = transactionId, .payload = {&payload, 1}};
    switch (channel_->outgoing().write(packet)) {
        case vmbus::RingWriter::Outcome::WrittenAndSignal:
            channel_->signalGuest();
            return Written::Yes;
        case vmbus::RingWriter::Outcome::Written:
            return Written::Yes;
        case vmbus::RingWriter::Outcome::Full:
            return Written::NoRoom;
        case vmbus::RingWriter::Outcome::Impossible:
            break;
    }
    fail("The ring to the guest is too small for a message, or its indices are wrong");
    return Written::Failed;
}

void MessageDevice::flush() {
    bool asked = false;
    while (!waiting_.empty()) {
        const Waiting& first = waiting_.front();
        const Written written = write(first.type, first.transactionId, first.payload);
        if (written == Written::Failed)
            return;
        if (written == Written::Yes) {
            waitingBytes_ -= first.payload.size();
            waiting_.pop_front();
            asked = false;
            continue;
        }
        if (asked) {
            // The guest says now that there is room, now that there is not.
            doorbell();
            return;
        }
        const std::span<const std::byte> payload(first.payload);
        const vmbus::OutgoingPacket packet{.type = first.type, .payload = {&payload, 1}};
        asked = channel_->outgoing().requestSpace(
            static_cast<std::uint32_t>(vmbus::RingWriter::sizeOf(packet)));
        // True says that there is room already, and that nobody will tell.
        if (!asked)
            return;
    }
    channel_->outgoing().cancelSpaceRequest();
}

}  // namespace devices::synthetic
