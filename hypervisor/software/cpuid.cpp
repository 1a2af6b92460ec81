// SPDX-License-Identifier: GPL-3.0-or-later
#include "cpuid.h"

#include <array>
#include <bit>
#include <cstring>
#include <string_view>

namespace hypervisor::software {

namespace {

constexpr std::uint32_t bits(auto... numbers) {
    return ((std::uint32_t{1} << numbers) | ... | 0);
}

// Leaf 1. MONITOR, VMX and the like are absent because they are not implemented.
constexpr std::uint32_t kFeaturesEcx =
    bits(0 /*SSE3*/, 1 /*PCLMULQDQ*/, 9 /*SSSE3*/, 13 /*CX16*/, 17 /*PCID*/, 19 /*SSE4.1*/,
         20 /*SSE4.2*/, 21 /*x2APIC*/, 22 /*MOVBE*/, 23 /*POPCNT*/, 24 /*TSC deadline*/, 25 /*AES*/,
         26 /*XSAVE*/, 30 /*RDRAND*/, 31 /*hypervisor*/);
constexpr std::uint32_t kOsXsaveBit = 1U << 27;
constexpr std::uint32_t kApicBit = 1U << 9;
constexpr std::uint32_t kFeaturesEdx =
    bits(0 /*FPU*/, 1 /*VME*/, 2 /*DE*/, 3 /*PSE*/, 4 /*TSC*/, 5 /*MSR*/, 6 /*PAE*/, 8 /*CX8*/,
         11 /*SEP*/, 12 /*MTRR*/, 13 /*PGE*/, 15 /*CMOV*/, 16 /*PAT*/, 17 /*PSE-36*/, 19 /*CLFSH*/,
         23 /*MMX*/, 24 /*FXSR*/, 25 /*SSE*/, 26 /*SSE2*/, 27 /*SS*/);
constexpr std::uint32_t kHyperThreadingBit = 1U << 28;

// Leaf 7.
constexpr std::uint32_t kExtendedEbx =
    bits(0 /*FSGSBASE*/, 3 /*BMI1*/, 6 /*x87 data pointer on exceptions only*/, 7 /*SMEP*/,
         8 /*BMI2*/, 9 /*ERMS*/, 10 /*INVPCID*/, 13 /*no FCS and FDS*/, 18 /*RDSEED*/, 19 /*ADX*/,
         20 /*SMAP*/, 23 /*CLFLUSHOPT*/, 29 /*SHA*/);
constexpr std::uint32_t kExtendedEcx = bits(2 /*UMIP*/);
// Fast short REP MOVSB; IBRS, STIBP and IA32_ARCH_CAPABILITIES say that nothing is speculated.
constexpr std::uint32_t kExtendedEdx = bits(4, 26, 27, 29);

// Subleaf 2. BHI_CTRL: kernels that distrust "not affected" set a bit instead of running a loop in
// each system call.
constexpr std::uint32_t kSecondExtendedEdx = bits(4 /*BHI_CTRL*/, 5 /*MCDT_NO*/);
constexpr std::uint32_t kMaximumExtendedSubleaf = 2;

constexpr std::uint32_t kAmdEcx = bits(0 /*LAHF*/, 5 /*LZCNT*/, 8 /*PREFETCHW*/);
constexpr std::uint32_t kAmdEdx =
    bits(11 /*SYSCALL*/, 20 /*NX*/, 26 /*1 GiB pages*/, 27 /*RDTSCP*/, 29 /*long mode*/);

constexpr std::uint32_t kMaximumLeaf = 0xD;
constexpr std::uint32_t kMaximumExtendedLeaf = 0x8000'0008;

constexpr std::string_view kBrand = "Vireo Software Processor";

std::uint32_t word(std::string_view text, std::size_t offset) {
    std::array<char, 4> four{};
    for (std::size_t i = 0; i < four.size() && offset + i < text.size(); ++i)
        four[i] = text[offset + i];
    return std::bit_cast<std::uint32_t>(four);
}

/// Leaf 4: one level of cache. Sizes are a usual desktop's, all cores share level 3.
CpuidResult cacheLeaf(std::uint32_t subleaf, VpIndex processors) {
    struct Cache {
        std::uint32_t type;
        std::uint32_t level;
        std::uint32_t ways;
        std::uint32_t sets;
        bool shared;
    };
    static constexpr std::array<Cache, 4> kCaches{{{1, 1, 8, 64, false},
                                                   {2, 1, 8, 64, false},
                                                   {3, 2, 16, 1024, false},
                                                   {3, 3, 16, 8192, true}}};
    if (subleaf >= kCaches.size())
        return {};
    const Cache& cache = kCaches[subleaf];
    const std::uint32_t cores = std::bit_ceil(processors) - 1;
    return {
        cache.type | cache.level << 5 | 1U << 8 | (cache.shared ? cores << 14 : 0) | cores << 26,
        63U | (cache.ways - 1) << 22, cache.sets - 1, 0};
}

/// Leaf 0xB: each VP is a core of one package.
CpuidResult topologyLeaf(std::uint32_t subleaf, const CpuidContext& context) {
    const auto shift = static_cast<std::uint32_t>(std::bit_width(context.processors - 1));
    switch (subleaf) {
        case 0:
            return {0, 1, 1U << 8 | subleaf, context.index};
        case 1:
            return {shift, context.processors, 2U << 8 | subleaf, context.index};
        default:
            return {0, 0, subleaf, context.index};
    }
}

/// Leaf 0xD: x87 and SSE state in the legacy area, then the header.
CpuidResult xsaveLeaf(std::uint32_t subleaf) {
    constexpr std::uint32_t kSize = 512 + 64;
    switch (subleaf) {
        case 0:
            return {3, kSize, kSize, 0};
        case 1:
            return {1 /*XSAVEOPT*/, 0, 0, 0};
        default:
            return {};
    }
}

}  // namespace

CpuidResult cpuid(std::uint32_t leaf, std::uint32_t subleaf, const CpuidContext& context) {
    // An unknown leaf answers as the highest basic one.
    if ((leaf > kMaximumLeaf && leaf < 0x8000'0000) || leaf > kMaximumExtendedLeaf)
        leaf = kMaximumLeaf;
    switch (leaf) {
        case 0:
            return {kMaximumLeaf, word("GenuineIntel", 0), word("GenuineIntel", 8),
                    word("GenuineIntel", 4)};
        case 1: {
            // Family 6, model 0x55, stepping 7.
            const std::uint32_t siblings = context.processors > 1 ? kHyperThreadingBit : 0;
            return {0x0005'0657,
                    context.index << 24 | std::bit_ceil(context.processors) << 16 | 8U << 8,
                    kFeaturesEcx | (context.osXsave ? kOsXsaveBit : 0),
                    kFeaturesEdx | siblings | (context.apicEnabled ? kApicBit : 0)};
        }
        case 2:
            // "Ask leaf 4".
            return {0x00FF'FF01, 0, 0, 0};
        case 4:
            return cacheLeaf(subleaf, context.processors);
        case 6:
            // The local APIC timer never stops.
            return {1U << 2, 0, 0, 0};
        case 7:
            if (subleaf == 0)
                return {kMaximumExtendedSubleaf, kExtendedEbx, kExtendedEcx, kExtendedEdx};
            return {0, 0, 0, subleaf == 2 ? kSecondExtendedEdx : 0};
        case 0xB:
            return topologyLeaf(subleaf, context);
        case 0xD:
            return xsaveLeaf(subleaf);
        case 0x8000'0000:
            return {kMaximumExtendedLeaf, 0, 0, 0};
        case 0x8000'0001:
            return {0, 0, kAmdEcx, kAmdEdx};
        case 0x8000'0002:
        case 0x8000'0003:
        case 0x8000'0004: {
            const std::size_t offset = (leaf - 0x8000'0002) * 16;
            return {word(kBrand, offset), word(kBrand, offset + 4), word(kBrand, offset + 8),
                    word(kBrand, offset + 12)};
        }
        case 0x8000'0006:
            // Level 2: 1 MiB, 16 ways, lines of 64 bytes.
            return {0, 0, 0x0400'8040, 0};
        case 0x8000'0008:
            return {48U << 8 | kPhysicalAddressBits, 0, 0, 0};
        default:
            return {};
    }
}

}  // namespace hypervisor::software
