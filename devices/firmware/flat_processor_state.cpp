// SPDX-License-Identifier: GPL-3.0-or-later
#include "flat_processor_state.h"

#include <array>

namespace devices {

using hypervisor::DescriptorTable;
using hypervisor::Gpa;
using hypervisor::GuestMemory;
using hypervisor::ProcessorState;
using hypervisor::Segment;
using hypervisor::SegmentName;

namespace {

constexpr std::uint16_t kCode32 = 0xC09B;
constexpr std::uint16_t kCode64 = 0xA09B;
constexpr std::uint16_t kData = 0xC093;

constexpr std::uint64_t kProtection = 1;
constexpr std::uint64_t kExtensionType = 1U << 4;
constexpr std::uint64_t kNumericError = 1U << 5;
constexpr std::uint64_t kPaging = 1U << 31;
constexpr std::uint64_t kPhysicalAddressExtension = 1U << 5;
constexpr std::uint64_t kLongModeEnableAndActive = 0x500;

constexpr Segment flat(std::uint16_t selector, std::uint16_t attributes) {
    return {0, 0xFFFF'FFFF, selector, attributes};
}

// A descriptor with base 0 and the greatest limit.
constexpr std::uint64_t descriptor(std::uint16_t attributes) {
    return 0x000F'0000'0000'FFFFULL | (std::uint64_t{attributes} << 40);
}

ProcessorState flatState(const GuestMemory& memory, Gpa table, std::uint16_t code,
                         BootSelectors selectors) {
    std::array<std::uint64_t, kBootDescriptorTableSize / 8> descriptors{};
    descriptors[selectors.code / 8] = descriptor(code);
    descriptors[selectors.data / 8] = descriptor(kData);
    static_cast<void>(memory.write(table, descriptors));

    ProcessorState state;
    state.registers = {};
    for (const auto name :
         {SegmentName::Es, SegmentName::Ss, SegmentName::Ds, SegmentName::Fs, SegmentName::Gs})
        state[name] = flat(selectors.data, kData);
    state[SegmentName::Cs] = flat(selectors.code, code);
    state.tr = {0, 0x67, 0, 0x8B};
    state.gdtr = {table, kBootDescriptorTableSize - 1};
    state.idtr = {0, 0};
    state.cr0 = kProtection | kExtensionType | kNumericError;
    return state;
}

}  // namespace

ProcessorState flatProtectedMode(const GuestMemory& memory, Gpa descriptorTable,
                                 std::uint32_t entry, BootSelectors selectors) {
    ProcessorState state = flatState(memory, descriptorTable, kCode32, selectors);
    state.rip = entry;
    return state;
}

ProcessorState flatLongMode(const GuestMemory& memory, Gpa descriptorTable, Gpa pageTables,
                            std::uint64_t entry) {
    ProcessorState state = flatState(memory, descriptorTable, kCode64, kLinuxSelectors);
    state.rip = entry;
    state.cr0 |= kPaging;
    state.cr3 = pageTables;
    state.cr4 = kPhysicalAddressExtension;
    state.efer = kLongModeEnableAndActive;
    return state;
}

}  // namespace devices
