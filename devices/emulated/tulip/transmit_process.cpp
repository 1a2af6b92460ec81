// SPDX-License-Identifier: GPL-3.0-or-later
#include "transmit_process.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace devices::tulip {

namespace {

AddressFilter::Kind kindOf(std::uint32_t control) {
    using Kind = AddressFilter::Kind;
    const bool low = (control & transmit_control::kFilterLow) != 0;
    if ((control & transmit_control::kFilterHigh) != 0)
        return low ? Kind::HashOnly : Kind::InversePerfect;
    return low ? Kind::HashAndPerfect : Kind::Perfect;
}

}  // namespace

void TransmitProcess::reset() {
    list_.reset();
    demanded_ = false;
    frame_.clear();
    gathering_ = false;
}

void TransmitProcess::start() {
    if (status_.transmitState == TransmitState::Stopped)
        status_.transmitState = TransmitState::Fetching;
}

void TransmitProcess::stop() {
    if (status_.transmitState == TransmitState::Stopped)
        return;
    status_.transmitState = TransmitState::Stopped;
    gathering_ = false;
    status_.raise(status::kTransmitStopped);
}

void TransmitProcess::setBase(std::uint32_t base) {
    if (status_.transmitState == TransmitState::Stopped)
        list_.setBase(base);
}

TransmitProcess::Step TransmitProcess::step(std::uint32_t busMode) {
    const bool demanded = std::exchange(demanded_, false);
    if (status_.transmitState == TransmitState::Stopped || (isSuspended() && !demanded))
        return Step::Idle;
    const auto descriptor = list_.fetch(busMode);
    if (!descriptor)
        return Step::BusError;
    if (!descriptor->isOwned()) {
        // A demand that finds nothing is not told.
        if (!isSuspended()) {
            status_.transmitState = TransmitState::Suspended;
            status_.raise(status::kTransmitUnavailable);
        }
        return Step::Idle;
    }
    status_.transmitState = TransmitState::Fetching;
    if ((descriptor->control & transmit_control::kSetup) == 0)
        return gather(*descriptor, busMode);
    gathering_ = false;
    return load(*descriptor) ? close(*descriptor, busMode, transmit_status::kSetup, Step::Done)
                             : Step::BusError;
}

bool TransmitProcess::load(const Descriptor& descriptor) {
    // Setup frames have one size, and the first buffer is theirs.
    if (descriptor.size1() != AddressFilter::kSetupFrame)
        return true;
    std::array<std::byte, AddressFilter::kSetupFrame> frame;
    if (!memory_.read(descriptor.buffer1, frame))
        return false;
    filter_.load(kindOf(descriptor.control), frame);
    return true;
}

bool TransmitProcess::append(std::uint32_t address, std::uint32_t size) {
    const std::size_t before = frame_.size();
    frame_.resize(before + size);
    return size == 0 || memory_.read(address, std::span(frame_).subspan(before));
}

TransmitProcess::Step TransmitProcess::gather(const Descriptor& descriptor, std::uint32_t busMode) {
    const std::uint32_t control = descriptor.control;
    if ((control & transmit_control::kFirst) != 0) {
        frame_.clear();
        gathering_ = true;
        hasChecksum_ = (control & transmit_control::kHasChecksum) != 0;
        isPadded_ = !hasChecksum_ && (control & transmit_control::kNoPadding) == 0;
    }
    // What belongs to no frame goes nowhere: drivers put empty descriptors in front of setup
    // frames.
    if (!gathering_)
        return close(descriptor, busMode, 0, Step::Done);
    if (!append(descriptor.buffer1, descriptor.size1()) ||
        !append(descriptor.buffer2, descriptor.size2()))
        return Step::BusError;
    if (frame_.size() > kMostFrame)
        return jabber(descriptor, busMode);
    if ((control & transmit_control::kLast) == 0)
        return close(descriptor, busMode, 0, Step::Done);
    gathering_ = false;
    if (hasChecksum_)
        frame_.resize(frame_.size() - std::min(frame_.size(), kChecksum));
    if (isPadded_ && frame_.size() < kShortestFrame)
        frame_.resize(kShortestFrame);
    status_.raise(status::kEarlyTransmit);
    return close(descriptor, busMode, 0, Step::Frame);
}

TransmitProcess::Step TransmitProcess::jabber(const Descriptor& descriptor, std::uint32_t busMode) {
    const Step step =
        close(descriptor, busMode, transmit_status::kErrors | transmit_status::kJabber, Step::Done);
    stop();
    status_.raise(status::kTransmitJabber);
    return step;
}

TransmitProcess::Step TransmitProcess::close(const Descriptor& descriptor, std::uint32_t busMode,
                                             std::uint32_t result, Step step) {
    if (!list_.close(list_.current(), result, busMode))
        return Step::BusError;
    list_.advance(descriptor, busMode);
    constexpr std::uint32_t kEnds = transmit_control::kLast | transmit_control::kSetup;
    if ((descriptor.control & transmit_control::kInterrupt) != 0 &&
        (descriptor.control & kEnds) != 0) {
        status_.withdraw(status::kEarlyTransmit);
        status_.raise(status::kTransmitInterrupt);
    }
    return step;
}

}  // namespace devices::tulip
