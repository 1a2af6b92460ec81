// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace devices::option_rom {

// The header of an expansion ROM of PCI's (PCI Firmware Specification 3.0, chapter 5).
inline constexpr std::uint16_t kSignature = 0xAA55;
/// Where it says how many units of kUnit bytes the first image has.
inline constexpr std::size_t kUnits = 2;
inline constexpr std::size_t kUnit = 512;
/// Behind the jump that it begins with, where SeaBIOS's images and ours have their checksum.
inline constexpr std::size_t kChecksum = 6;
/// Where it says where PciData is.
inline constexpr std::size_t kPciData = 0x18;

/// The beginning of a ROM's PCI data.
struct [[gnu::packed]] PciData {
    std::uint32_t signature;
    std::uint16_t vendor;
    std::uint16_t device;
};
inline constexpr std::uint32_t kPciDataSignature = 0x5249'4350;  // "PCIR"

}  // namespace devices::option_rom
