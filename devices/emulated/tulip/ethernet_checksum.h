// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace devices::tulip {

/// The remainder of Ethernet's CRC-32 (IEEE 802.3, section 3.2.9) in its mirrored form, not yet
/// inverted. Inverted, least significant byte first, it is what follows a frame.
[[nodiscard]] std::uint32_t ethernetRemainder(std::span<const std::byte> bytes);

}  // namespace devices::tulip
