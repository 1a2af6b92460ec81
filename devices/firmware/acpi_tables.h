// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#include "hypervisor/error.h"
#include "hypervisor/guest_memory.h"
#include "hypervisor/intercept_handler.h"
#include "memory_map.h"

namespace devices {

/// Greatest number of VPs that the tables describe.
inline constexpr hypervisor::VpIndex kMaximumAcpiProcessors = 64;

/// What the tables tell of beside what every machine has.
struct AcpiDevices {
    /// A keyboard and a mouse at the 8042. Without, systems are told not to look for one.
    bool ps2 = false;
    /// A VGA that firmware has set up.
    bool vga = false;
    /// The diskette drive, by its number in the CMOS memory; 0: there is no controller.
    std::uint8_t disketteDrive = 0;
};

/// A stretch of guest memory below 4 GiB, page-aligned.
struct AcpiArea {
    hypervisor::Gpa start = kFirmwareAreaStart;
    hypervisor::Gpa end = kMultiprocessorStart;
};

/// Bytes of the RSDP.
inline constexpr std::size_t kRootPointerSize = 36;

/// Writes RSDP, RSDT, XSDT, FADT, FACS, DSDT, SSDTs and MADT (ACPI specification 6.4) into the
/// area, for a machine whose local APICs have their VP's index as id. Returns the RSDP's address,
/// which an operating system also finds by searching the firmware area.
[[nodiscard]] hypervisor::Result<hypervisor::Gpa> writeAcpiTables(
    const hypervisor::GuestMemory& memory, hypervisor::VpIndex processors,
    const AcpiDevices& devices = {}, const AcpiArea& area = {});

}  // namespace devices
