// SPDX-License-Identifier: GPL-3.0-or-later
#include "synic.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <thread>

namespace hypervisor {

namespace {

enum SynicMsr : std::uint32_t {
    kControl = 0x4000'0080,
    kVersion = 0x4000'0081,
    kEventPage = 0x4000'0082,
    kMessagePage = 0x4000'0083,
    kEndOfMessage = 0x4000'0084,
    kSint0 = 0x4000'0090,
};

constexpr std::uint64_t kSynicVersion = 1;
constexpr std::uint64_t kEnable = 1;
constexpr std::uint64_t kPageAddress = ~(kPageSize - 1);

constexpr std::uint64_t kVector = 0xFF;
constexpr std::uint64_t kFirstVector = 16;
constexpr std::uint64_t kAutoEoi = 1U << 17;
constexpr std::uint64_t kPolling = 1U << 18;

constexpr std::uint8_t kMessagePending = 1;
constexpr std::size_t kEventBytes = kEventFlagCount / 8;

/// A guest that lets its messages lie: as many as there can be offers, and answers besides.
constexpr std::size_t kMostWaiting = 4096;

}  // namespace

Synic::Synic(VpIndex processors, GuestMemory& memory, GuestInterfaceHost& host)
    : memory_(memory), host_(host) {
    for (VpIndex i = 0; i < processors; ++i) {
        processors_.push_back(std::make_unique<Processor>());
        for (auto& sint : processors_.back()->sints)
            sint = kMasked;
    }
}

void Synic::reset() {
    for (const auto& processor : processors_) {
        const std::scoped_lock lock(processor->mutex);
        processor->control = kEnable;
        processor->eventPage = 0;
        processor->messagePage = 0;
        for (auto& sint : processor->sints)
            sint = kMasked;
        for (auto& waiting : processor->waiting)
            waiting.clear();
        while (processor->eventWriters.load() != 0)
            std::this_thread::yield();
    }
}

std::optional<std::uint64_t> Synic::readMsr(VpIndex vp, std::uint32_t msr) const {
    const Processor& processor = *processors_[vp];
    switch (msr) {
        case kControl:
            return processor.control;
        case kVersion:
            return kSynicVersion;
        case kEventPage:
            return processor.eventPage;
        case kMessagePage:
            return processor.messagePage;
        case kEndOfMessage:
            return 0;
        default:
            return processor.sints[msr - kSint0];
    }
}

bool Synic::writeMsr(VpIndex vp, std::uint32_t msr, std::uint64_t value) {
    Processor& processor = *processors_[vp];
    switch (msr) {
        case kControl:
            processor.control = value & kEnable;
            return true;
        case kVersion:
            return false;
        case kEventPage:
            return writeEventPage(processor, value);
        case kMessagePage:
            return writeMessagePage(vp, value);
        case kEndOfMessage: {
            const std::scoped_lock lock(processor.mutex);
            for (unsigned sint = 0; sint < kSintCount; ++sint)
                deliver(vp, sint);
            return true;
        }
        default:
            return writeSint(processor, msr - kSint0, value);
    }
}

bool Synic::writeSint(Processor& processor, unsigned sint, std::uint64_t value) const {
    const bool masked = (value & kMasked) != 0;
    if (!masked && (value & kVector) < kFirstVector)
        return false;
    processor.sints[sint] = value;
    return true;
}

bool Synic::emptyPage(Gpa gpa) {
    static constexpr std::array<std::byte, kPageSize> kEmpty{};
    if (!memory_.write(gpa, kEmpty))
        return false;
    host_.pageWritten(gpa);
    return true;
}

bool Synic::writeEventPage(Processor& processor, std::uint64_t value) {
    if (processor.eventPage == value)
        return true;
    // What the guest finds in a new page are no events of the old one; and once it is told that
    // the old one is its own, nobody writes there any more.
    const std::uint64_t before = processor.eventPage.exchange(0);
    while (processor.eventWriters.load() != 0)
        std::this_thread::yield();
    const bool valid = (value & kEnable) == 0 || emptyPage(value & kPageAddress);
    processor.eventPage = valid ? value : before;
    return valid;
}

bool Synic::writeMessagePage(VpIndex vp, std::uint64_t value) {
    Processor& processor = *processors_[vp];
    const std::scoped_lock lock(processor.mutex);
    if (processor.messagePage == value)
        return true;
    if ((value & kEnable) != 0 && !emptyPage(value & kPageAddress))
        return false;
    processor.messagePage = value;
    for (unsigned sint = 0; sint < kSintCount; ++sint)
        deliver(vp, sint);
    return true;
}

bool Synic::postMessage(VpIndex vp, unsigned sint, const SynicMessage& message) {
    if (vp >= processors_.size() || sint >= kSintCount || message.size > kMessagePayloadSize)
        return false;
    Processor& processor = *processors_[vp];
    const std::scoped_lock lock(processor.mutex);
    auto& waiting = processor.waiting[sint];
    if (waiting.size() >= kMostWaiting)
        return false;
    waiting.push_back(message);
    deliver(vp, sint);
    return true;
}

void Synic::postTimerMessage(VpIndex vp, unsigned sint, const SynicMessage& message) {
    Processor& processor = *processors_[vp];
    const std::scoped_lock lock(processor.mutex);
    auto& waiting = processor.waiting[sint];
    // The payload begins with the timer's number.
    const auto same = std::ranges::find_if(waiting, [&message](const SynicMessage& one) {
        return one.type == message.type && one.payload[0] == message.payload[0];
    });
    if (same != waiting.end())
        *same = message;
    else
        waiting.push_back(message);
    deliver(vp, sint);
}

std::size_t Synic::waitingMessages(VpIndex vp, unsigned sint) const {
    const Processor& processor = *processors_[vp];
    const std::scoped_lock lock(processor.mutex);
    return processor.waiting[sint].size();
}

void Synic::discardMessages() {
    for (const auto& processor : processors_) {
        const std::scoped_lock lock(processor->mutex);
        for (auto& waiting : processor->waiting)
            std::erase_if(waiting, [](const SynicMessage& message) {
                return (message.type & kHypervisorMessageTypes) == 0;
            });
    }
}

void Synic::deliver(VpIndex vp, unsigned sint) {
    Processor& processor = *processors_[vp];
    auto& waiting = processor.waiting[sint];
    const std::uint64_t page = processor.messagePage;
    if (waiting.empty() || (page & kEnable) == 0 || (processor.control & kEnable) == 0)
        return;
    const Gpa gpa = (page & kPageAddress) + sint * sizeof(SynicMessageSlot);
    // In RAM: writeMessagePage() has seen it.
    auto* const slot =
        reinterpret_cast<SynicMessageSlot*>(memory_.at(gpa, sizeof(SynicMessageSlot)));
    const std::atomic_ref<std::uint32_t> type(slot->type);
    const std::atomic_ref<std::uint8_t> flags(slot->flags);
    if (type.load(std::memory_order_acquire) != 0) {
        flags.fetch_or(kMessagePending);
        // The guest may have emptied the slot without having seen the flag.
        if (type.load() != 0)
            return;
    }
    const SynicMessage& message = waiting.front();
    slot->payloadSize = message.size;
    slot->sender = 0;
    std::memcpy(slot->payload.data(), message.payload.data(), message.size);
    flags.store(waiting.size() > 1 ? kMessagePending : std::uint8_t{0}, std::memory_order_relaxed);
    type.store(message.type, std::memory_order_release);
    memory_.written(gpa, sizeof(SynicMessageSlot));
    waiting.pop_front();
    interrupt(vp, processor, sint);
}

bool Synic::setEventFlag(VpIndex vp, unsigned sint, unsigned flag) {
    if (vp >= processors_.size() || sint >= kSintCount || flag >= kEventFlagCount)
        return false;
    Processor& processor = *processors_[vp];
    // Whoever takes the page away waits for those that it has not told, and only for them.
    if ((processor.eventPage.load() & kEnable) == 0)
        return false;
    // The order of the two atomics makes one of both see the other.
    processor.eventWriters.fetch_add(1);
    const std::uint64_t page = processor.eventPage.load();
    bool wasSet = true;
    const bool enabled = (page & kEnable) != 0 && (processor.control & kEnable) != 0;
    if (enabled) {
        const Gpa gpa = (page & kPageAddress) + sint * kEventBytes + flag / 32 * 4;
        const std::atomic_ref<std::uint32_t> word(
            *reinterpret_cast<std::uint32_t*>(memory_.at(gpa, sizeof(std::uint32_t))));
        const std::uint32_t bit = 1U << flag % 32;
        wasSet = (word.fetch_or(bit) & bit) != 0;
        memory_.written(gpa, sizeof(std::uint32_t));
    }
    processor.eventWriters.fetch_sub(1);
    if (!wasSet)
        interrupt(vp, processor, sint);
    return enabled;
}

void Synic::interrupt(VpIndex vp, const Processor& processor, unsigned sint) {
    const std::uint64_t value = processor.sints[sint];
    if ((value & (kMasked | kPolling)) == 0 && (processor.control & kEnable) != 0)
        host_.requestInterrupt(
            vp, static_cast<std::uint8_t>(value & kVector),
            (value & kAutoEoi) != 0 ? InterruptEnd::Automatic : InterruptEnd::ByGuest);
}

}  // namespace hypervisor
