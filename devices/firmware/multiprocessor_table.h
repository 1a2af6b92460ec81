// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hypervisor/error.h"
#include "hypervisor/guest_memory.h"
#include "hypervisor/intercept_handler.h"

namespace devices {

/// Writes the MultiProcessor Specification's tables (version 1.4) at kMultiprocessorStart, which
/// systems that use no ACPI, or not for interrupts, need to find processors and the IOAPIC: the
/// local APICs, and PCI's and ISA's interrupts as writeAcpiTables() tells them.
[[nodiscard]] hypervisor::Result<void> writeMultiprocessorTable(
    const hypervisor::GuestMemory& memory, hypervisor::VpIndex processors);

}  // namespace devices
