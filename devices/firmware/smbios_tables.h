// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/guest_memory.h"
#include "hypervisor/intercept_handler.h"

namespace devices {

/// A machine's UUID as SMBIOS and Windows have it in memory, its first three parts with the lowest
/// byte first. Zeroes: it has none.
using MachineIdentity = std::array<std::uint8_t, 16>;

/// What a machine says of itself to systems that ask what they run on.
struct SmbiosTables {
    /// An entry point, whose table's address is missing and with it the checksums.
    std::vector<std::byte> anchor;
    std::vector<std::byte> structures;
};

enum class FirmwareDescription : std::uint8_t { None, DirectBoot };

/// `firmware`: whether firmware of its own adds what it is.
[[nodiscard]] SmbiosTables makeSmbiosTables(const hypervisor::GuestMemory& memory,
                                            hypervisor::VpIndex processors,
                                            const MachineIdentity& identity,
                                            FirmwareDescription firmware);

/// Writes them where systems look for them, at the end of the firmware area: for a machine whose
/// kernel is booted directly.
[[nodiscard]] hypervisor::Result<void> writeSmbiosTables(const hypervisor::GuestMemory& memory,
                                                         hypervisor::VpIndex processors,
                                                         const MachineIdentity& identity);

}  // namespace devices
