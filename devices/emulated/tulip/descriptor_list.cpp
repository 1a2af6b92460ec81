// SPDX-License-Identifier: GPL-3.0-or-later
#include "descriptor_list.h"

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstring>

namespace devices::tulip {

namespace {

constexpr std::uint32_t kAligned = ~std::uint32_t{3};
constexpr std::uint32_t kLongword = 4;

std::uint32_t ordered(std::uint32_t value, std::uint32_t busMode) {
    return (busMode & bus_mode::kBigEndianDescriptors) != 0 ? std::byteswap(value) : value;
}

/// The word by which a descriptor changes its owner; `host` is aligned, as guest pages are.
std::atomic_ref<std::uint32_t> statusAt(std::byte* host) {
    return std::atomic_ref(*reinterpret_cast<std::uint32_t*>(host));
}

}  // namespace

void DescriptorList::setBase(std::uint32_t base) {
    base_ = current_ = base & kAligned;
}

std::optional<Descriptor> DescriptorList::fetch(std::uint32_t busMode) const {
    std::byte* const host = memory_.at(current_, sizeof(Descriptor));
    if (host == nullptr)
        return std::nullopt;
    // What an owner has written before it gave the descriptor away is seen behind the status.
    const std::uint32_t status = statusAt(host).load(std::memory_order_acquire);
    Descriptor descriptor;
    std::memcpy(&descriptor, host, sizeof descriptor);
    descriptor.status = ordered(status, busMode);
    descriptor.control = ordered(descriptor.control, busMode);
    descriptor.buffer1 = ordered(descriptor.buffer1, busMode);
    descriptor.buffer2 = ordered(descriptor.buffer2, busMode);
    return descriptor;
}

bool DescriptorList::close(std::uint32_t at, std::uint32_t status, std::uint32_t busMode) const {
    std::byte* const host = memory_.at(at, kLongword);
    if (host == nullptr)
        return false;
    statusAt(host).store(ordered(status, busMode), std::memory_order_release);
    memory_.written(at, kLongword);
    return true;
}

void DescriptorList::advance(const Descriptor& descriptor, std::uint32_t busMode) {
    if (descriptor.endsRing()) {
        current_ = base_;
    } else if (descriptor.isChained()) {
        current_ = descriptor.buffer2 & kAligned;
    } else {
        // As a bus has it: behind the last address comes the first.
        const std::uint32_t skipped = busMode >> bus_mode::kSkipShift & bus_mode::kSkipMask;
        current_ += static_cast<std::uint32_t>(sizeof(Descriptor)) + skipped * kLongword;
    }
}

}  // namespace devices::tulip
