// SPDX-License-Identifier: GPL-3.0-or-later
#include "crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace devices::storage::vhdx {

namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;

constexpr std::array<std::uint32_t, 256> kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit)
            value = (value >> 1) ^ ((value & 1) != 0 ? kPolynomial : 0);
        table[i] = value;
    }
    return table;
}();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32cInstruction(std::span<const std::byte> bytes,
                                                                  std::uint32_t previous) {
    std::uint64_t value = ~previous;
    std::size_t at = 0;
    for (; bytes.size() - at >= 8; at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + at, sizeof word);
        value = _mm_crc32_u64(value, word);
    }
    auto narrow = static_cast<std::uint32_t>(value);
    for (; at < bytes.size(); ++at)
        narrow = _mm_crc32_u8(narrow, std::to_integer<std::uint8_t>(bytes[at]));
    return ~narrow;
}
#endif

}  // namespace

std::uint32_t crc32cPortable(std::span<const std::byte> bytes, std::uint32_t previous) {
    std::uint32_t value = ~previous;
    for (const std::byte byte : bytes)
        value = (value >> 8) ^ kTable[(value ^ std::to_integer<std::uint32_t>(byte)) & 0xff];
    return ~value;
}

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t previous) {
#if defined(__x86_64__)
    static const bool hasInstruction = __builtin_cpu_supports("sse4.2") != 0;
    if (hasInstruction)
        return crc32cInstruction(bytes, previous);
#endif
    return crc32cPortable(bytes, previous);
}

std::uint32_t crc32cWithoutField(std::span<const std::byte> bytes, std::size_t field) {
    constexpr std::array<std::byte, 4> kZero{};
    const std::uint32_t before = crc32c(bytes.first(field));
    return crc32c(bytes.subspan(field + kZero.size()), crc32c(kZero, before));
}

}  // namespace devices::storage::vhdx
