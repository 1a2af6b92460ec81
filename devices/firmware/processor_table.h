// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "hypervisor/intercept_handler.h"

namespace devices {

/// The body, without the table header, of an SSDT with one processor device (ACPI0007) for every
/// VP, whose _UID is the VP's index, as in the MADT (ACPI specification 6.4, sections 8.4
/// and 20.2). At most 64 VPs.
[[nodiscard]] std::vector<std::uint8_t> processorDevices(hypervisor::VpIndex count);

}  // namespace devices
