// SPDX-License-Identifier: GPL-3.0-or-later
#include "io_apic.h"

#include <utility>

#include "interrupt_message.h"

namespace hypervisor {

namespace {

// Offsets in the register window.
constexpr std::uint64_t kSelect = 0x00;
constexpr std::uint64_t kWindow = 0x10;
constexpr std::uint64_t kEnd = 0x40;

// Registers behind the window.
constexpr std::uint8_t kIdRegister = 0x00;
constexpr std::uint8_t kVersionRegister = 0x01;
constexpr std::uint8_t kArbitrationRegister = 0x02;
constexpr std::uint8_t kFirstEntryRegister = 0x10;

// A redirection entry.
constexpr std::uint64_t kVectorMask = 0xFF;
constexpr unsigned kDeliveryShift = 8;
constexpr unsigned kLogicalDestinationShift = 11;
constexpr std::uint64_t kRemoteIrr = 1U << 14;
constexpr std::uint64_t kLevelTriggered = 1U << 15;
constexpr std::uint64_t kMasked = 1U << 16;
constexpr unsigned kDestinationShift = 56;
// Delivery status (bit 12) and remote IRR are the chip's; a message is never seen under way.
constexpr std::uint64_t kWritable = 0xFF00'0000'0001'AFFF;

constexpr std::uint64_t kMessageAddress = 0xFEE0'0000;

DeliveryMode delivery(std::uint64_t entry) {
    return static_cast<DeliveryMode>((entry >> kDeliveryShift) & 7);
}

// Only these two are held until they are ended; the others are edges, whatever the entry says.
bool isLevel(std::uint64_t entry) {
    const DeliveryMode mode = delivery(entry);
    return (entry & kLevelTriggered) != 0 &&
           (mode == DeliveryMode::Fixed || mode == DeliveryMode::LowestPriority);
}

struct Message {
    std::uint64_t address;
    std::uint32_t data;
};

Message message(std::uint64_t entry) {
    const std::uint64_t destination = entry >> kDestinationShift;
    const std::uint64_t logical = (entry >> kLogicalDestinationShift) & 1;
    const bool lowestPriority = delivery(entry) == DeliveryMode::LowestPriority;
    const std::uint64_t address =
        kMessageAddress | destination << 12 | (lowestPriority ? 1U << 3 : 0U) | logical << 2;
    auto data = static_cast<std::uint32_t>(entry & (kVectorMask | 7U << kDeliveryShift));
    if (isLevel(entry))
        data |= 1U << 15 | 1U << 14;
    return {address, data};
}

}  // namespace

IoApic::IoApic(Deliver deliver, Announce announce, std::uint8_t id)
    : deliver_(std::move(deliver)),
      announce_(std::move(announce)),
      initialId_(id & 0xF),
      id_(initialId_) {
    entries_.fill(kMasked);
}

void IoApic::reset() {
    const std::scoped_lock lock(mutex_);
    id_ = initialId_;
    select_ = 0;
    entries_.fill(kMasked);
}

void IoApic::send(std::uint64_t entry) const {
    if (!deliver_)
        return;
    const auto [address, data] = message(entry);
    deliver_(address, data);
}

void IoApic::setPin(unsigned pin, bool asserted) {
    if (pin >= kPins)
        return;
    const std::scoped_lock lock(mutex_);
    const std::uint32_t bit = 1U << pin;
    const bool was = (asserted_ & bit) != 0;
    asserted_ = asserted ? asserted_ | bit : asserted_ & ~bit;
    const std::uint64_t entry = entries_[pin];
    if (isLevel(entry))
        service(pin);
    else if (asserted && !was && (entry & kMasked) == 0)
        send(entry);
}

void IoApic::service(unsigned pin) {
    std::uint64_t& entry = entries_[pin];
    if ((asserted_ & 1U << pin) == 0 || (entry & (kMasked | kRemoteIrr)) != 0)
        return;
    entry |= kRemoteIrr;
    send(entry);
}

void IoApic::endOfInterrupt(std::uint8_t vector) {
    const std::scoped_lock lock(mutex_);
    end(vector);
}

void IoApic::end(std::uint8_t vector) {
    for (unsigned pin = 0; pin < kPins; ++pin) {
        std::uint64_t& entry = entries_[pin];
        if ((entry & kRemoteIrr) == 0 || (entry & kVectorMask) != vector)
            continue;
        entry &= ~kRemoteIrr;
        service(pin);
    }
}

std::uint32_t IoApic::readIndirect() const {
    switch (select_) {
        case kIdRegister:
        case kArbitrationRegister:
            return static_cast<std::uint32_t>(id_) << 24;
        case kVersionRegister:
            return (kPins - 1) << 16 | kVersion;
        default:
            break;
    }
    const unsigned pin = (select_ - kFirstEntryRegister) / 2U;
    if (select_ < kFirstEntryRegister || pin >= kPins)
        return 0;
    return static_cast<std::uint32_t>(entries_[pin] >> ((select_ & 1) != 0 ? 32 : 0));
}

void IoApic::writeIndirect(std::uint32_t value) {
    if (select_ == kIdRegister) {
        id_ = (value >> 24) & 0xF;
        return;
    }
    const unsigned pin = (select_ - kFirstEntryRegister) / 2U;
    if (select_ >= kFirstEntryRegister && pin < kPins)
        writeEntry(pin, (select_ & 1) != 0, value);
}

void IoApic::writeEntry(unsigned pin, bool upperHalf, std::uint32_t value) {
    std::uint64_t& entry = entries_[pin];
    const std::uint64_t half = upperHalf ? 0xFFFF'FFFF'0000'0000 : 0xFFFF'FFFF;
    const std::uint64_t changed = half & kWritable;
    const std::uint64_t written = upperHalf ? std::uint64_t{value} << 32 : value;
    entry = (entry & ~changed) | (written & changed);
    // Turning an entry to edge drops its remote IRR: how systems end a level interrupt on chips
    // without an EOI register.
    if (!isLevel(entry)) {
        entry &= ~kRemoteIrr;
        return;
    }
    if (announce_) {
        const auto [address, data] = message(entry);
        announce_(pin, address, data);
    }
    service(pin);
}

std::uint64_t IoApic::readMmio(std::uint64_t offset, unsigned size) {
    const std::uint64_t base = offset & ~std::uint64_t{0xF};
    const auto shift = static_cast<unsigned>(offset & 0xF) * 8;
    std::uint32_t value = 0;
    {
        const std::scoped_lock lock(mutex_);
        if (base == kSelect)
            value = select_;
        else if (base == kWindow)
            value = readIndirect();
    }
    if (shift >= 32)
        return 0;
    const std::uint64_t mask = size >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << size * 8) - 1;
    return std::uint64_t{value >> shift} & mask;
}

void IoApic::writeMmio(std::uint64_t offset, unsigned size, std::uint64_t value) {
    const std::scoped_lock lock(mutex_);
    // The data sheet asks for 32-bit accesses; a narrower one counts when it is at a register's
    // start, and changes it as if the other bytes were zero.
    if (size < 8)
        value &= (std::uint64_t{1} << size * 8) - 1;
    switch (offset) {
        case kSelect:
            select_ = static_cast<std::uint8_t>(value);
            break;
        case kWindow:
            writeIndirect(static_cast<std::uint32_t>(value));
            break;
        case kEnd:
            end(static_cast<std::uint8_t>(value));
            break;
        default:
            break;
    }
}

}  // namespace hypervisor
