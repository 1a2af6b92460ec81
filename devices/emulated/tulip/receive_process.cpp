// SPDX-License-Identifier: GPL-3.0-or-later
#include "receive_process.h"

#include <algorithm>
#include <utility>

#include "address_filter.h"
#include "ethernet_checksum.h"

namespace devices::tulip {

namespace {

/// With the checksum; one with a VLAN tag is longer.
constexpr std::size_t kLongestOrdinary = 1518;
constexpr std::size_t kTypeOffset = 12;
/// A length of IEEE 802.3, not a type.
constexpr std::uint32_t kMostLength = 1500;

void appendChecksum(std::vector<std::byte>& frame) {
    const std::uint32_t checksum = ~ethernetRemainder(frame);
    for (unsigned shift = 0; shift < 32; shift += 8)
        frame.push_back(static_cast<std::byte>(checksum >> shift));
}

/// Of all but the first, last and truncated bits.
std::uint32_t statusOf(const IncomingFrame& frame, std::size_t length) {
    namespace bits = receive_status;
    std::uint32_t result = static_cast<std::uint32_t>(length) << bits::kLengthShift |
                           frame.dataType << bits::kDataTypeShift;
    if (frame.filterFailed)
        result |= bits::kFilterFailed;
    if ((frame.bytes.front() & std::byte{1}) != std::byte{0})
        result |= bits::kMulticast;
    if (length > kLongestOrdinary)
        result |= bits::kTooLong | bits::kErrors;
    const std::uint32_t type = std::to_integer<std::uint32_t>(frame.bytes[kTypeOffset]) << 8 |
                               std::to_integer<std::uint32_t>(frame.bytes[kTypeOffset + 1]);
    if (type > kMostLength)
        result |= bits::kHasType;
    return result;
}

}  // namespace

void ReceiveProcess::start() {
    if (!isRunning())
        status_.receiveState = ReceiveState::Waiting;
}

void ReceiveProcess::stop() {
    if (!isRunning())
        return;
    status_.receiveState = ReceiveState::Stopped;
    status_.raise(status::kReceiveStopped);
}

void ReceiveProcess::setBase(std::uint32_t base) {
    if (!isRunning())
        list_.setBase(base);
}

void ReceiveProcess::suspend() {
    if (status_.receiveState == ReceiveState::Suspended)
        return;
    status_.receiveState = ReceiveState::Suspended;
    status_.raise(status::kReceiveUnavailable);
}

bool ReceiveProcess::fill(const Descriptor& descriptor, std::span<const std::byte>& left) const {
    const auto put = [&](std::uint32_t address, std::uint32_t size) {
        const auto part = left.first(std::min<std::size_t>(size, left.size()));
        left = left.subspan(part.size());
        return part.empty() || memory_.write(address, part);
    };
    return put(descriptor.buffer1, descriptor.size1()) &&
           put(descriptor.buffer2, descriptor.size2());
}

ReceiveProcess::Outcome ReceiveProcess::finish(std::uint32_t at, std::uint32_t result,
                                               std::uint32_t busMode) {
    if (!list_.close(at, result | receive_status::kLast, busMode))
        return Outcome::BusError;
    status_.withdraw(status::kEarlyReceive);
    status_.raise(status::kReceiveInterrupt);
    return Outcome::Delivered;
}

ReceiveProcess::Outcome ReceiveProcess::deliver(const IncomingFrame& frame, std::uint32_t busMode) {
    whole_.assign(frame.bytes.begin(), frame.bytes.end());
    appendChecksum(whole_);
    const std::uint32_t result = statusOf(frame, whole_.size());
    std::span<const std::byte> left = whole_;
    // The one that is full and not closed yet: whether it is the last, the next one decides.
    std::optional<std::uint32_t> open;
    std::uint32_t first = receive_status::kFirst;
    for (unsigned count = 0; count < kMostDescriptors; ++count) {
        const auto descriptor = list_.fetch(busMode);
        if (!descriptor)
            return Outcome::BusError;
        // In a ring of one the next is the open one, which is as good as closed.
        if (!descriptor->isOwned() || open == list_.current()) {
            suspend();
            if (!open)
                return Outcome::NoDescriptor;
            break;
        }
        status_.receiveState = ReceiveState::Waiting;
        if (open && !list_.close(*open, std::exchange(first, 0), busMode))
            return Outcome::BusError;
        open = list_.current();
        if (!fill(*descriptor, left))
            return Outcome::BusError;
        list_.advance(*descriptor, busMode);
        if (left.empty())
            return finish(*open, result | first, busMode);
    }
    return finish(*open, result | first | receive_status::kTruncated | receive_status::kErrors,
                  busMode);
}

}  // namespace devices::tulip
