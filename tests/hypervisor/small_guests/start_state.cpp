// SPDX-License-Identifier: GPL-3.0-or-later
#include "start_state.h"

#include <array>
#include <span>

namespace small_guests {

using namespace hypervisor;

namespace {

constexpr Gpa kPageMapLevel4 = 0x1000;
constexpr Gpa kPageDirectoryPointers = 0x2000;
constexpr Gpa kPageDirectories = 0x3000;
constexpr Gpa kGdt = 0x7000;
constexpr std::uint64_t kStackTop = 0x9'F000;

constexpr std::uint64_t kPresentWritableUser = 7;
constexpr std::uint64_t kLarge = 1U << 7;
constexpr std::uint64_t kLargePageSize = 0x20'0000;

constexpr std::array<std::uint64_t, 13> kDescriptors{0,
                                                     0x00AF'9B00'0000'FFFF,
                                                     0x00CF'9300'0000'FFFF,
                                                     0x00CF'9B00'0000'FFFF,
                                                     0x0000'9B00'0000'FFFF,
                                                     0x0000'9300'0000'FFFF,
                                                     0x00CF'FB00'0000'FFFF,
                                                     0x00CF'F300'0000'FFFF,
                                                     0x00AF'FB00'0000'FFFF,
                                                     0,
                                                     0};

constexpr std::uint16_t kCode64 = 0x08;
constexpr std::uint16_t kData = 0x10;
constexpr std::uint16_t kCode32 = 0x18;

void put(GuestMemory& memory, Gpa gpa, std::uint64_t value) {
    (void)memory.write(gpa, value);
}

void buildPageTables(GuestMemory& memory) {
    put(memory, kPageMapLevel4, kPageDirectoryPointers | kPresentWritableUser);
    for (std::uint64_t gigabyte = 0; gigabyte < 4; ++gigabyte) {
        const Gpa directory = kPageDirectories + gigabyte * kPageSize;
        put(memory, kPageDirectoryPointers + gigabyte * 8, directory | kPresentWritableUser);
        for (std::uint64_t i = 0; i < 512; ++i)
            put(memory, directory + i * 8,
                (gigabyte * 512 + i) * kLargePageSize | kPresentWritableUser | kLarge);
    }
}

}  // namespace

ProcessorState prepareStart(StartMode mode, GuestMemory& memory) {
    for (std::size_t i = 0; i < kDescriptors.size(); ++i)
        put(memory, kGdt + i * 8, kDescriptors[i]);

    ProcessorState state;
    state.gdtr = {kGdt, sizeof(kDescriptors) - 1};
    if (mode == StartMode::Real) {
        constexpr auto kSelector = static_cast<std::uint16_t>(kImageStart >> 4);
        for (Segment& segment : state.segments)
            segment = {kImageStart, 0xFFFF, kSelector, 0x93};
        state[SegmentName::Cs].attributes = 0x9B;
        state.rip = 0;
        state[Register::Rsp] = 0xF000;
        return state;
    }

    for (Segment& segment : state.segments)
        segment = {0, 0xFFFF'FFFF, kData, 0xC093};
    state.rip = kImageStart;
    state[Register::Rsp] = kStackTop;
    if (mode == StartMode::Protected) {
        state[SegmentName::Cs] = {0, 0xFFFF'FFFF, kCode32, 0xC09B};
        state.cr0 = 0x11;
        return state;
    }
    buildPageTables(memory);
    state[SegmentName::Cs] = {0, 0xFFFF'FFFF, kCode64, 0xA09B};
    state.cr0 = 0x8000'0011;
    state.cr3 = kPageMapLevel4;
    state.cr4 = 0x20 | 0x600;  // PAE, SSE
    state.efer = 0x500;
    return state;
}

}  // namespace small_guests
