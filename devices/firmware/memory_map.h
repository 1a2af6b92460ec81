// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "hypervisor/guest_memory.h"

namespace devices {

/// End of the conventional memory that a boot loader and a guest may use; the extended BIOS data
/// area of a PC begins here.
inline constexpr hypervisor::Gpa kConventionalMemoryEnd = 0x9FC00;
/// The system BIOS's area, where an operating system looks for the RSDP, the MultiProcessor
/// Specification's floating pointer and SMBIOS's entry point; here it holds the tables of all and
/// is RAM that the memory map keeps reserved.
inline constexpr hypervisor::Gpa kFirmwareAreaStart = 0xF'0000;
inline constexpr hypervisor::Gpa kMultiprocessorStart = 0xF'D000;
inline constexpr hypervisor::Gpa kSmbiosStart = 0xF'F000;
inline constexpr hypervisor::Gpa kExtendedMemoryStart = 0x10'0000;

/// Address range types of the system address map (ACPI specification, section 15).
enum class MemoryRangeType : std::uint32_t { Memory = 1, Reserved = 2 };

struct MemoryRange {
    hypervisor::Gpa start;
    /// In bytes.
    std::uint64_t size;
    MemoryRangeType type;
};

/// What INT 15h, function E820h of a PC with this RAM reports, ascending and without overlaps.
[[nodiscard]] std::vector<MemoryRange> memoryMap(const hypervisor::GuestMemory& memory);

/// Writes the words of the BIOS data area from which operating systems learn where conventional
/// memory ends (0x40E: segment of the extended BIOS data area, 0x413: size in KiB).
void writeBiosDataArea(const hypervisor::GuestMemory& memory);

/// End of the RAM below 4 GiB.
[[nodiscard]] hypervisor::Gpa lowMemoryEnd(const hypervisor::GuestMemory& memory);

}  // namespace devices
