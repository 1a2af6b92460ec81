// SPDX-License-Identifier: GPL-3.0-or-later
#include "adapter_engine.h"

#include <poll.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace devices::tulip {

using hypervisor::NetworkValue;
using network::ReceiveOutcome;
using network::SendOutcome;

namespace {

/// Descriptors, or frames, before something else has its turn.
constexpr unsigned kMostSteps = 64;
/// Frames that wait for the guest: what a burst of a port has, and some.
constexpr std::size_t kMostWaiting = 64;
constexpr unsigned kMostTaken = 32;
/// How long a port may make the guest wait for room before frames are dropped, in milliseconds.
constexpr int kPortPatience = 10;
/// The same of a guest, in nanoseconds: longer than a busy host keeps VPs from running, because what
/// is lost costs connections seconds. And how often to look, in milliseconds, because drivers don't
/// tell of room.
constexpr std::uint64_t kGuestPatience = 1'000'000'000;
constexpr int kLookAgain = 1;

}  // namespace

AdapterEngine::AdapterEngine(const AdapterSettings& settings, Controller& controller,
                             const Clock& clock)
    : mac_(settings.mac),
      macSpoofing_(settings.macSpoofing),
      counters_(settings.counters ? settings.counters : std::make_shared<hypervisor::StatsSlot>()),
      controller_(controller),
      clock_(clock) {}

void AdapterEngine::setPort(std::unique_ptr<network::SwitchPort> port) {
    controller_.setLink(false);
    port_ = std::move(port);
    portIsStalled_ = false;
    if (std::exchange(isHeld_, false))
        count(NetworkValue::OutgoingDropped);
    controller_.setLink(hasLink());
}

int AdapterEngine::pollDescriptor() const {
    return hasLink() && waiting_.empty() ? port_->descriptor() : -1;
}

int AdapterEngine::pollTimeout() const {
    return waiting_.empty() ? -1 : kLookAgain;
}

bool AdapterEngine::work() {
    const bool hasSent = sendFrames(Wait::Yes);
    const bool hasDelivered = deliverFrames();
    return takeFrames() || hasSent || hasDelivered;
}

// --- From the guest ---

bool AdapterEngine::sendAtOnce() {
    if (isHeld_)
        return true;
    // What comes back is delivered by work().
    const std::size_t waiting = waiting_.size();
    return sendFrames(Wait::No) || waiting_.size() > waiting;
}

bool AdapterEngine::sendFrames(Wait wait) {
    if (std::exchange(isHeld_, false))
        static_cast<void>(transmit(outgoing_.bytes, Wait::Yes));
    for (unsigned i = 0; i < kMostSteps; ++i) {
        switch (controller_.send(outgoing_)) {
            case Controller::Sent::Nothing:
                return false;
            case Controller::Sent::Done:
                break;
            case Controller::Sent::Frame:
                if (!transmit(outgoing_.bytes, wait)) {
                    isHeld_ = true;
                    return true;
                }
                break;
            case Controller::Sent::Loopback:
                enqueue(outgoing_);
                break;
        }
    }
    return true;
}

bool AdapterEngine::transmit(const std::vector<std::byte>& frame, Wait wait) {
    const auto drop = [this](NetworkValue why) {
        count(why);
        return true;
    };
    if (!hasLink())
        return drop(NetworkValue::OutgoingDropped);
    if (frame.size() < network::kEthernetHeader || frame.size() > kLongestFrame)
        return drop(NetworkValue::OutgoingMalformed);
    if (!macSpoofing_ &&
        !std::ranges::equal(std::span(frame).subspan(network::kMacSize, network::kMacSize), mac_))
        return drop(NetworkValue::OutgoingSpoofed);
    SendOutcome outcome = give(frame);
    if (outcome == SendOutcome::Full && !portIsStalled_) {
        if (wait == Wait::No)
            return false;
        pollfd polled{port_->descriptor(), POLLOUT, 0};
        if (::poll(&polled, 1, kPortPatience) > 0)
            outcome = give(frame);
    }
    portIsStalled_ = outcome == SendOutcome::Full;
    if (outcome == SendOutcome::Sent) {
        count(NetworkValue::PacketsSent);
        count(NetworkValue::BytesSent, frame.size());
        return true;
    }
    controller_.setLink(hasLink());
    return drop(NetworkValue::OutgoingDropped);
}

SendOutcome AdapterEngine::give(const std::vector<std::byte>& frame) {
    const iovec piece{const_cast<std::byte*>(frame.data()), frame.size()};
    return port_->send({&piece, 1}, {});
}

// --- To the guest ---

bool AdapterEngine::takeFrames() {
    if (!hasLink() || !waiting_.empty())
        return false;
    const ReceiveOutcome outcome = port_->receive(*this, kMostTaken);
    if (outcome == ReceiveOutcome::Closed)
        controller_.setLink(false);
    return outcome == ReceiveOutcome::More || !waiting_.empty();
}

void AdapterEngine::received(const network::ReceivedFrame& frame) {
    // Longer ones are none of an Ethernet's.
    if (frame.bytes.size() > kLongestFrame)
        return count(NetworkValue::IncomingDropped);
    IncomingFrame incoming;
    incoming.bytes.assign(frame.bytes.begin(), frame.bytes.end());
    enqueue(std::move(incoming));
}

void AdapterEngine::enqueue(IncomingFrame frame) {
    // On a wire none is shorter.
    if (frame.bytes.size() < TransmitProcess::kShortestFrame)
        frame.bytes.resize(TransmitProcess::kShortestFrame);
    switch (controller_.judge(frame)) {
        case Controller::Wish::Deaf:
            return count(NetworkValue::IncomingDropped);
        case Controller::Wish::Refused:
            return count(NetworkValue::IncomingFiltered);
        case Controller::Wish::Taken:
            break;
    }
    if (waiting_.size() < kMostWaiting) {
        waiting_.push_back(std::move(frame));
        return;
    }
    controller_.countMissed(1);
    count(NetworkValue::IncomingDropped);
}

bool AdapterEngine::deliverFrames() {
    for (unsigned i = 0; i < kMostSteps && !waiting_.empty(); ++i) {
        switch (controller_.receive(waiting_.front())) {
            case Controller::Received::Delivered:
                noRoomSince_.reset();
                guestIsStalled_ = false;
                count(NetworkValue::PacketsReceived);
                count(NetworkValue::BytesReceived, waiting_.front().bytes.size());
                break;
            case Controller::Received::NoRoom:
                if (isPatient())
                    return false;
                controller_.countMissed(1);
                count(NetworkValue::IncomingDropped);
                break;
            case Controller::Received::Lost:
                count(NetworkValue::IncomingDropped);
                break;
        }
        waiting_.pop_front();
    }
    return !waiting_.empty();
}

bool AdapterEngine::isPatient() {
    if (!noRoomSince_)
        noRoomSince_ = clock_.now();
    guestIsStalled_ = guestIsStalled_ || clock_.now() - *noRoomSince_ >= kGuestPatience;
    return !guestIsStalled_;
}

}  // namespace devices::tulip
