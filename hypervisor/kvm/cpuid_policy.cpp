// SPDX-License-Identifier: GPL-3.0-or-later
#include "cpuid_policy.h"

#include <algorithm>
#include <array>
#include <bit>

namespace hypervisor::kvm {

namespace {

constexpr std::uint32_t kFirstHypervisorLeaf = 0x4000'0000;
constexpr std::uint32_t kLastHypervisorLeaf = 0x4FFF'FFFF;

// Leaf 1.
constexpr std::uint32_t kMonitor = 1U << 3;
constexpr std::uint32_t kVmx = 1U << 5;
constexpr std::uint32_t kPdcm = 1U << 15;
constexpr std::uint32_t kX2Apic = 1U << 21;
constexpr std::uint32_t kTscDeadline = 1U << 24;
constexpr std::uint32_t kHypervisorPresent = 1U << 31;
constexpr std::uint32_t kHyperthreading = 1U << 28;

// Leaf 0x80000001.
constexpr std::uint32_t kSvm = 1U << 2;
constexpr std::uint32_t kTopologyExtensions = 1U << 22;
constexpr std::uint32_t kCoreCounters = 1U << 23;

constexpr std::uint32_t kLevelCore = 2U << 8;
constexpr std::uint32_t kLevelThread = 1U << 8;

/// Bits of the APIC ID that tell the processors of the package apart.
std::uint32_t coreBits(VpIndex processors) {
    return static_cast<std::uint32_t>(std::bit_width(processors - 1));
}

void adaptLeaf1(kvm_cpuid_entry2& entry, VpIndex vp, VpIndex processors) {
    entry.ebx = (entry.ebx & 0xFFFF) | (1U << coreBits(processors)) << 16 | vp << 24;
    entry.ecx &= ~(kMonitor | kVmx | kPdcm);
    entry.ecx |= kX2Apic | kTscDeadline | kHypervisorPresent;
    entry.edx = processors > 1 ? entry.edx | kHyperthreading : entry.edx & ~kHyperthreading;
}

void adaptCacheLeaf(kvm_cpuid_entry2& entry, VpIndex processors) {
    if ((entry.eax & 0x1F) == 0)
        return;
    const std::uint32_t level = (entry.eax >> 5) & 7;
    const std::uint32_t cores = (1U << coreBits(processors)) - 1;
    const std::uint32_t sharing = level >= 3 ? cores : 0;
    entry.eax = (entry.eax & 0x3FFF) | sharing << 14 | std::min(cores, 0x3FU) << 26;
}

void adapt(kvm_cpuid_entry2& entry, VpIndex vp, VpIndex processors) {
    switch (entry.function) {
        case 1:
            adaptLeaf1(entry, vp, processors);
            break;
        case 4:
            adaptCacheLeaf(entry, processors);
            break;
        case 0xA:
            entry.eax = entry.ebx = entry.ecx = entry.edx = 0;
            break;
        case 0x8000'0001:
            entry.ecx &= ~(kSvm | kTopologyExtensions | kCoreCounters);
            break;
        case 0x8000'0007:
            // The guest's clock is Hyper-V's reference time: an invariant TSC is a promise that
            // the interface makes by an own bit, or not at all.
            entry.edx = 0;
            break;
        case 0x8000'0008:
            entry.ecx = coreBits(processors) << 12 | (processors - 1);
            break;
        default:
            break;
    }
}

bool listsFeatures(std::uint32_t leaf) {
    constexpr std::array kFeatureLeaves{1U, 7U, 0xDU, 0x14U, 0x19U, 0x24U, 0x8000'0001U};
    return std::ranges::find(kFeatureLeaves, leaf) != kFeatureLeaves.end();
}

}  // namespace

void restrictTo(std::vector<kvm_cpuid_entry2>& supported, const InstructionEmulator& emulator) {
    for (kvm_cpuid_entry2& entry : supported) {
        if (!listsFeatures(entry.function))
            continue;
        const CpuidResult executed = emulator.cpuid(entry.function, entry.index);
        // Leaf 0xD has sizes beside features: they are those of the smaller set.
        if (entry.function == 0xD) {
            entry.eax = entry.index == 0 ? entry.eax & executed.eax : executed.eax;
            entry.ebx = executed.ebx;
            entry.ecx = executed.ecx;
            entry.edx = executed.edx;
            continue;
        }
        const bool hasModel = entry.function == 1 || entry.function == 0x8000'0001;
        if (!hasModel) {
            entry.eax = std::min(entry.eax, executed.eax);
            entry.ebx &= executed.ebx;
        }
        entry.ecx &= executed.ecx;
        entry.edx &= executed.edx;
    }
}

std::vector<kvm_cpuid_entry2> guestCpuid(std::span<const kvm_cpuid_entry2> supported, VpIndex vp,
                                         VpIndex processors, const GuestInterface& guestInterface) {
    std::vector<kvm_cpuid_entry2> entries;
    for (kvm_cpuid_entry2 entry : supported) {
        const bool isTopology = entry.function == 0xB || entry.function == 0x1F;
        const bool isHypervisors =
            entry.function >= kFirstHypervisorLeaf && entry.function <= kLastHypervisorLeaf;
        if (isTopology || isHypervisors)
            continue;
        adapt(entry, vp, processors);
        entries.push_back(entry);
    }
    for (std::uint32_t level = 0; level < 3; ++level) {
        kvm_cpuid_entry2 entry{};
        entry.function = 0xB;
        entry.index = level;
        entry.flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
        entry.eax = level == 1 ? coreBits(processors) : 0;
        entry.ebx = level == 0 ? 1 : level == 1 ? processors : 0;
        entry.ecx = level | (level == 0 ? kLevelThread : level == 1 ? kLevelCore : 0);
        entry.edx = vp;
        entries.push_back(entry);
    }
    const std::uint32_t highest = guestInterface.cpuid(kFirstHypervisorLeaf, 0)->eax;
    for (std::uint32_t leaf = kFirstHypervisorLeaf; leaf <= highest; ++leaf) {
        const CpuidResult result = *guestInterface.cpuid(leaf, 0);
        kvm_cpuid_entry2 entry{};
        entry.function = leaf;
        entry.eax = result.eax;
        entry.ebx = result.ebx;
        entry.ecx = result.ecx;
        entry.edx = result.edx;
        entries.push_back(entry);
    }
    return entries;
}

}  // namespace hypervisor::kvm
