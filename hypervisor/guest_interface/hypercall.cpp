// SPDX-License-Identifier: GPL-3.0-or-later
#include "hypercall.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <span>
#include <thread>

namespace hypervisor {

namespace {

using Words = std::span<const std::uint64_t>;

constexpr std::size_t kWordSize = sizeof(std::uint64_t);
constexpr std::size_t kFastWords = 2;
constexpr std::uint64_t kWordsPerPage = kPageSize / kWordSize;
constexpr std::uint16_t kMessageWords = 2 + kMessagePayloadSize / kWordSize;
/// Connections have 24 bits; the others are reserved.
constexpr std::uint64_t kLastConnection = 0xFF'FFFF;

/// One call in execution: a private copy of its input, taken apart by its definition.
struct Call {
    VpIndex vp;
    const GuestInterfaceSettings& settings;
    GuestInterfaceHost& host;
    const Synic& synic;
    Words header;
    Words variableHeader;
    /// Elements from the rep start index on.
    Words reps;

    [[nodiscard]] ProcessorMask everyone() const {
        return settings.processors >= 64 ? ~ProcessorMask{0}
                                         : (ProcessorMask{1} << settings.processors) - 1;
    }
};

/// A call code's shape. Rep elements are of one word in all calls that there are.
struct Definition {
    std::uint16_t code;
    std::uint16_t headerWords;
    bool hasVariableHeader;
    bool isRep;
    bool GuestInterfaceSettings::*offered;
    HypercallStatus (*execute)(const Call& call);
};

/// The VP set of the Ex calls: `words` is format, bank mask and then in `banks` 64 VPs a bank.
/// VPs beyond the first bank do not exist.
std::optional<ProcessorMask> processorSet(const Call& call, Words words, Words banks) {
    constexpr std::uint64_t kSparse = 0;
    constexpr std::uint64_t kAll = 1;
    if (words[0] == kAll)
        return call.everyone();
    if (words[0] != kSparse || static_cast<std::size_t>(std::popcount(words[1])) != banks.size())
        return std::nullopt;
    return (words[1] & 1) != 0 ? banks[0] & call.everyone() : 0;
}

HypercallStatus notifyLongSpinWait(const Call& call) {
    call.host.longSpinWait(call.vp);
    // The holder of the lock may be waiting for this processor.
    std::this_thread::yield();
    return HypercallStatus::Success;
}

HypercallStatus sendIpi(const Call& call, ProcessorMask targets) {
    constexpr std::uint64_t kFirstVector = 0x10;
    constexpr std::uint64_t kLastVector = 0xFF;
    // The upper half names a virtual trust level, of which there is one.
    const std::uint64_t vector = call.header[0];
    if (vector < kFirstVector || vector > kLastVector)
        return HypercallStatus::InvalidParameter;
    call.host.sendInterrupt(call.vp, targets & call.everyone(), static_cast<std::uint8_t>(vector));
    return HypercallStatus::Success;
}

HypercallStatus sendClusterIpi(const Call& call) {
    return sendIpi(call, call.header[1]);
}

HypercallStatus sendClusterIpiEx(const Call& call) {
    const auto targets = processorSet(call, call.header.subspan(1), call.variableHeader);
    return targets ? sendIpi(call, *targets) : HypercallStatus::InvalidParameter;
}

HypercallStatus flush(const Call& call, ProcessorMask targets, Words ranges) {
    constexpr std::uint64_t kAllProcessors = 1U << 0;
    constexpr std::uint64_t kExtendedRanges = 1U << 3;
    constexpr std::uint64_t kKnownFlags = 0xF;
    const std::uint64_t flags = call.header[1];
    if ((flags & ~kKnownFlags) != 0)
        return HypercallStatus::InvalidParameter;
    if ((flags & kAllProcessors) != 0)
        targets = call.everyone();
    // Ranges in a format that is not offered: dropping everything does no harm.
    if ((flags & kExtendedRanges) != 0)
        ranges = {};
    call.host.flushTranslations(call.vp, targets & call.everyone(), ranges);
    return HypercallStatus::Success;
}

HypercallStatus flushAddresses(const Call& call) {
    return flush(call, call.header[2], call.reps);
}

HypercallStatus flushAddressesEx(const Call& call) {
    const auto targets = processorSet(call, call.header.subspan(2), call.variableHeader);
    return targets ? flush(call, *targets, call.reps) : HypercallStatus::InvalidParameter;
}

HypercallStatus postMessage(const Call& call) {
    // Connection and type, each of 32 bits with 32 more: reserved, and the payload's size.
    const std::uint64_t connection = call.header[0];
    const auto type = static_cast<std::uint32_t>(call.header[1]);
    const std::uint64_t size = call.header[1] >> 32;
    if (type == 0 || (type & kHypervisorMessageTypes) != 0 || size > kMessagePayloadSize)
        return HypercallStatus::InvalidParameter;
    GuestConnections* const connections = call.synic.connections();
    if (connection > kLastConnection || connections == nullptr)
        return HypercallStatus::InvalidConnectionId;
    switch (connections->postMessage(call.vp, static_cast<std::uint32_t>(connection), type,
                                     std::as_bytes(call.header.subspan(2)).first(size))) {
        case GuestConnections::Post::Taken:
            return HypercallStatus::Success;
        case GuestConnections::Post::NoRoom:
            return HypercallStatus::InsufficientBuffers;
        case GuestConnections::Post::Unknown:
            break;
    }
    return HypercallStatus::InvalidConnectionId;
}

HypercallStatus signalEvent(const Call& call) {
    const std::uint64_t input = call.header[0];
    const std::uint64_t connection = input & 0xFFFF'FFFF;
    const std::uint64_t flag = input >> 32 & 0xFFFF;
    GuestConnections* const connections = call.synic.connections();
    if (input >> 48 != 0 || flag >= kEventFlagCount)
        return HypercallStatus::InvalidParameter;
    return connection <= kLastConnection && connections != nullptr &&
                   connections->signalEvent(call.vp, static_cast<std::uint32_t>(connection),
                                            static_cast<std::uint16_t>(flag))
               ? HypercallStatus::Success
               : HypercallStatus::InvalidConnectionId;
}

constexpr std::array<Definition, 9> kDefinitions{{
    {0x0002, 3, false, false, &GuestInterfaceSettings::tlbFlush, flushAddresses},
    {0x0003, 3, false, true, &GuestInterfaceSettings::tlbFlush, flushAddresses},
    {0x0008, 1, false, false, nullptr, notifyLongSpinWait},
    {0x000B, 2, false, false, &GuestInterfaceSettings::clusterIpi, sendClusterIpi},
    {0x0013, 4, true, false, &GuestInterfaceSettings::tlbFlush, flushAddressesEx},
    {0x0014, 4, true, true, &GuestInterfaceSettings::tlbFlush, flushAddressesEx},
    {0x0015, 3, true, false, &GuestInterfaceSettings::clusterIpi, sendClusterIpiEx},
    {0x005C, kMessageWords, false, false, nullptr, postMessage},
    {0x005D, 1, false, false, nullptr, signalEvent},
}};

std::uint64_t result(HypercallStatus status, std::uint32_t repsCompleted = 0) {
    return static_cast<std::uint64_t>(status) | std::uint64_t{repsCompleted} << 32;
}

}  // namespace

std::uint64_t HypercallDispatcher::dispatch(VpIndex vp, const HypercallRequest& request) const {
    const HypercallControl& control = request.control;
    const auto definition = std::find_if(
        kDefinitions.begin(), kDefinitions.end(),
        [&control](const Definition& candidate) { return candidate.code == control.code(); });
    if (definition == kDefinitions.end() ||
        (definition->offered != nullptr && !(settings_.*definition->offered)))
        return result(HypercallStatus::InvalidHypercallCode);

    const std::uint32_t count = control.repCount();
    const std::uint32_t start = control.repStart();
    const bool repsFit = definition->isRep ? start < count : count == 0 && start == 0;
    if (control.hasUnknownBits() || !repsFit ||
        (control.variableHeaderSize() != 0 && !definition->hasVariableHeader))
        return result(HypercallStatus::InvalidHypercallInput);

    const std::size_t headerWords = definition->headerWords;
    const std::size_t fixedWords = headerWords + control.variableHeaderSize();
    const std::size_t words = fixedWords + count;
    std::array<std::uint64_t, kWordsPerPage> input;
    if (control.isFast()) {
        if (words > kFastWords)
            return result(HypercallStatus::InvalidHypercallInput);
        input[0] = request.input;
        input[1] = request.output;
    } else {
        if (request.input % kWordSize != 0 ||
            request.input % kPageSize + words * kWordSize > kPageSize)
            return result(HypercallStatus::InvalidAlignment);
        if (!memory_.read(request.input, std::as_writable_bytes(std::span(input).first(words))))
            return result(HypercallStatus::InvalidHypercallInput);
    }

    const Words all = Words(input).first(words);
    const Call call{vp,
                    settings_,
                    host_,
                    synic_,
                    all.first(headerWords),
                    all.subspan(headerWords, control.variableHeaderSize()),
                    all.subspan(fixedWords + start)};
    const HypercallStatus status = definition->execute(call);
    return result(status, status == HypercallStatus::Success ? count : start);
}

}  // namespace hypervisor
