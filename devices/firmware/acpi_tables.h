// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hypervisor/error.h"
#include "hypervisor/guest_memory.h"
#include "hypervisor/intercept_handler.h"

namespace devices {

/// Greatest number of VPs that the tables describe.
inline constexpr hypervisor::VpIndex kMaximumAcpiProcessors = 64;

/// Writes RSDP, RSDT, XSDT, FADT, FACS, DSDT, SSDT and MADT (ACPI specification 6.4) into the
/// firmware area, for a machine whose local APICs have their VP's index as id. Returns the
/// RSDP's address, which an operating system also finds by searching that area.
[[nodiscard]] hypervisor::Result<hypervisor::Gpa> writeAcpiTables(
    const hypervisor::GuestMemory& memory, hypervisor::VpIndex processors);

}  // namespace devices
