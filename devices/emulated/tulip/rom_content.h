// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "address_filter.h"
#include "serial_rom.h"

namespace devices::tulip {

/// What the subsystem of an adapter is, by its number among the machine's, as Windows' driver for
/// Hyper-V's adapter wants it (dc21x4vm.inf).
inline constexpr std::uint16_t kSubsystemVendor = 0x0A00;
inline constexpr std::uint16_t kSubsystem = 0x2114;

/// The content of an adapter's serial ROM: identity, address and one medium, a PHY at the MII that
/// negotiates, with the checksums over that. Source: Digital Semiconductor 21X4 Serial ROM Format,
/// version 4; Linux's drivers/net/ethernet/dec/tulip/eeprom.c.
[[nodiscard]] RomContent romContent(const MacAddress& address, std::uint16_t subsystemVendor);

}  // namespace devices::tulip
