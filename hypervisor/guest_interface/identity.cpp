// SPDX-License-Identifier: GPL-3.0-or-later
#include "identity.h"

namespace hypervisor {

namespace {

constexpr std::uint32_t kFirstLeaf = 0x4000'0000;
constexpr std::uint32_t kHighestLeaf = 0x4000'000A;
constexpr std::uint32_t kLastReservedLeaf = 0x4000'00FF;

// The release whose interface this is: Windows Server 2022.
constexpr std::uint32_t kBuildNumber = 20348;
constexpr std::uint32_t kMajorAndMinorVersion = 10U << 16;

// Leaf 0x40000003, EAX: MSRs.
constexpr std::uint32_t kVpRuntime = 1U << 0;
constexpr std::uint32_t kReferenceCounter = 1U << 1;
constexpr std::uint32_t kSynicMsrs = 1U << 2;
constexpr std::uint32_t kSyntheticTimerMsrs = 1U << 3;
constexpr std::uint32_t kApicMsrs = 1U << 4;
constexpr std::uint32_t kHypercallMsrs = 1U << 5;
constexpr std::uint32_t kVpIndex = 1U << 6;
constexpr std::uint32_t kReset = 1U << 7;
constexpr std::uint32_t kReferenceTsc = 1U << 9;
constexpr std::uint32_t kGuestIdle = 1U << 10;
constexpr std::uint32_t kFrequencyMsrs = 1U << 11;

// Leaf 0x40000003, EBX: what the partition may do.
constexpr std::uint32_t kPostMessages = 1U << 4;
constexpr std::uint32_t kSignalEvents = 1U << 5;

// Leaf 0x40000003, EDX.
constexpr std::uint32_t kGuestIdleAvailable = 1U << 5;
constexpr std::uint32_t kFrequencyMsrsAvailable = 1U << 8;
constexpr std::uint32_t kCrashMsrs = 1U << 10;
constexpr std::uint32_t kDirectSyntheticTimers = 1U << 19;

// Leaf 0x40000004, EAX: recommendations.
constexpr std::uint32_t kFlushByHypercall = 1U << 2;
constexpr std::uint32_t kRelaxedTiming = 1U << 5;
constexpr std::uint32_t kNoAutoEoi = 1U << 9;
constexpr std::uint32_t kClusterIpi = 1U << 10;
constexpr std::uint32_t kExtendedProcessorMasks = 1U << 11;

// After how many failed attempts at a spin lock a guest tells the hypervisor.
constexpr std::uint32_t kLongSpinCount = 0xFFF;

constexpr std::uint32_t fourCharacters(const char (&text)[5]) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i)
        value |= static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])) << (i * 8);
    return value;
}

CpuidResult features(const GuestInterfaceSettings& settings) {
    CpuidResult result;
    result.eax = kVpRuntime | kReferenceCounter | kSynicMsrs | kSyntheticTimerMsrs |
                 kHypercallMsrs | kVpIndex | kReset | kReferenceTsc | kFrequencyMsrs;
    result.ebx = kPostMessages | kSignalEvents;
    result.edx = kFrequencyMsrsAvailable | kCrashMsrs | kDirectSyntheticTimers;
    if (settings.apicMsrs)
        result.eax |= kApicMsrs;
    if (settings.guestIdle) {
        result.eax |= kGuestIdle;
        result.edx |= kGuestIdleAvailable;
    }
    return result;
}

CpuidResult recommendations(const GuestInterfaceSettings& settings) {
    CpuidResult result{kRelaxedTiming | kNoAutoEoi, kLongSpinCount, settings.physicalAddressBits,
                       0};
    if (settings.tlbFlush)
        result.eax |= kFlushByHypercall;
    if (settings.clusterIpi)
        result.eax |= kClusterIpi;
    if (settings.tlbFlush || settings.clusterIpi)
        result.eax |= kExtendedProcessorMasks;
    return result;
}

}  // namespace

std::optional<CpuidResult> identityLeaf(const GuestInterfaceSettings& settings,
                                        std::uint32_t leaf) {
    if (leaf < kFirstLeaf || leaf > kLastReservedLeaf)
        return std::nullopt;
    switch (leaf - kFirstLeaf) {
        case 0:
            return CpuidResult{kHighestLeaf, fourCharacters("Micr"), fourCharacters("osof"),
                               fourCharacters("t Hv")};
        case 1:
            return CpuidResult{fourCharacters("Hv#1"), 0, 0, 0};
        case 2:
            return CpuidResult{kBuildNumber, kMajorAndMinorVersion, 0, 0};
        case 3:
            return features(settings);
        case 4:
            return recommendations(settings);
        case 5:
            return CpuidResult{settings.processors, settings.processors, 0, 0};
        default:
            return CpuidResult{};
    }
}

}  // namespace hypervisor
