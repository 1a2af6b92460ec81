// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace devices::storage::vhdx {

/// CRC-32C (Castagnoli, reflected, all bits set before and after), as every checksum of a VHDX.
/// `previous` is the result for the bytes before these.
[[nodiscard]] std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t previous = 0);

/// The same without the processor's instruction; for hosts that lack it, and for tests.
[[nodiscard]] std::uint32_t crc32cPortable(std::span<const std::byte> bytes,
                                           std::uint32_t previous = 0);

/// The checksum of `bytes` with the four bytes at `field` taken as zero.
[[nodiscard]] std::uint32_t crc32cWithoutField(std::span<const std::byte> bytes, std::size_t field);

}  // namespace devices::storage::vhdx
