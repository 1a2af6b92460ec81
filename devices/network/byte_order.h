// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <span>

namespace devices::network {

/// A number of a frame's headers, big-endian, at `offset`, which the caller has checked.
template <std::unsigned_integral T>
[[nodiscard]] T loadBigEndian(std::span<const std::byte> bytes, std::size_t offset) {
    T value;
    std::memcpy(&value, bytes.subspan(offset, sizeof value).data(), sizeof value);
    return std::byteswap(value);
}

template <std::unsigned_integral T>
void storeBigEndian(std::span<std::byte> bytes, std::size_t offset, T value) {
    value = std::byteswap(value);
    std::memcpy(bytes.subspan(offset, sizeof value).data(), &value, sizeof value);
}

static_assert(std::endian::native == std::endian::little);

}  // namespace devices::network
