// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "command.h"

namespace devices::scsi {

enum class DeviceType : std::uint8_t { Disk = 0x00, Dvd = 0x05, Unknown = 0x1F };

/// Who a unit is to its initiators.
struct UnitIdentity {
    DeviceType type = DeviceType::Disk;
    bool removable = false;
    /// At most 16 characters.
    std::string_view product;
    /// The same at each start, and of no other unit: guests name disks by it.
    std::array<std::uint8_t, 16> identifier{};
};

inline constexpr std::uint8_t kSupportedPagesPage = 0x00;
inline constexpr std::uint8_t kSerialNumberPage = 0x80;
inline constexpr std::uint8_t kIdentificationPage = 0x83;
inline constexpr std::uint8_t kBlockLimitsPage = 0xB0;
inline constexpr std::uint8_t kBlockCharacteristicsPage = 0xB1;
inline constexpr std::uint8_t kProvisioningPage = 0xB2;

[[nodiscard]] std::vector<std::uint8_t> standardInquiry(const UnitIdentity& identity);
/// Of a logical unit that is not there (SPC-4, 6.4.2: qualifier 011b).
[[nodiscard]] std::vector<std::uint8_t> absentInquiry();

/// A page of vital product data: its header, and room for `size` bytes behind it.
[[nodiscard]] std::vector<std::uint8_t> vitalPage(DeviceType type, std::uint8_t page,
                                                  std::size_t size);
inline constexpr std::size_t kVitalHeader = 4;
/// The pages that every unit has; nothing for others. `others` are the unit's own, ascending.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> commonVitalPage(
    const UnitIdentity& identity, std::uint8_t page, std::span<const std::uint8_t> others);

}  // namespace devices::scsi
