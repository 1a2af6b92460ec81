// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hypervisor/error.h"
#include "hypervisor/guest_memory.h"
#include "hypervisor/intercept_handler.h"

namespace devices {

/// Greatest number of VPs that the tables describe.
inline constexpr hypervisor::VpIndex kMaximumAcpiProcessors = 64;

/// What the tables tell of beside what every machine has.
struct AcpiDevices {
    /// A keyboard and a mouse at the 8042. Without, systems are told not to look for one.
    bool ps2 = false;
};

/// Writes RSDP, RSDT, XSDT, FADT, FACS, DSDT, SSDTs and MADT (ACPI specification 6.4) into the
/// firmware area, for a machine whose local APICs have their VP's index as id. Returns the
/// RSDP's address, which an operating system also finds by searching that area.
[[nodiscard]] hypervisor::Result<hypervisor::Gpa> writeAcpiTables(
    const hypervisor::GuestMemory& memory, hypervisor::VpIndex processors,
    const AcpiDevices& devices = {});

}  // namespace devices
