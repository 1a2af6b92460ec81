// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "frame_headers.h"
#include "switch_port.h"

namespace devices::network {

/// The internet checksum (RFC 1071) in the making: the one's complement sum of 16-bit words in the
/// frame's byte order, not inverted.
[[nodiscard]] std::uint16_t internetSum(std::span<const std::byte> bytes, std::uint16_t start = 0);

/// Of the addresses, the protocol and the length of what the transport's checksum is over.
[[nodiscard]] std::uint16_t pseudoHeaderSum(std::span<const std::byte> bytes,
                                            const FrameHeaders& headers,
                                            std::uint32_t transportLength);

/// Puts the checksum of the IPv4 header of `headers` right.
void fillIpv4Checksum(std::span<std::byte> bytes, const FrameHeaders& headers);

/// Does what FrameOffload::checksum() asks for in a whole frame; false when the offsets are not
/// inside.
[[nodiscard]] bool fillTransportChecksum(std::span<std::byte> frame, const FrameOffload& offload);

}  // namespace devices::network
