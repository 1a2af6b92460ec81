// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace devices::storage::vhdx {

/// A GUID as it lies in a file: the first three fields little-endian, then eight bytes.
struct Guid {
    std::array<std::uint8_t, 16> bytes{};

    [[nodiscard]] bool isZero() const { return *this == Guid{}; }
    auto operator<=>(const Guid&) const = default;

    /// From the fields of the usual text form.
    [[nodiscard]] static constexpr Guid of(std::uint32_t first, std::uint16_t second,
                                           std::uint16_t third, std::uint64_t last) {
        Guid guid;
        for (std::size_t i = 0; i < 4; ++i)
            guid.bytes[i] = static_cast<std::uint8_t>(first >> (8 * i));
        for (std::size_t i = 0; i < 2; ++i) {
            guid.bytes[4 + i] = static_cast<std::uint8_t>(second >> (8 * i));
            guid.bytes[6 + i] = static_cast<std::uint8_t>(third >> (8 * i));
        }
        for (std::size_t i = 0; i < 8; ++i)
            guid.bytes[8 + i] = static_cast<std::uint8_t>(last >> (56 - 8 * i));
        return guid;
    }

    /// Version 4, from the kernel's random numbers.
    [[nodiscard]] static Guid random();

    /// "{8 hex digits-4-4-4-12}", lower case.
    [[nodiscard]] std::string text() const;
    /// With or without braces, any case.
    [[nodiscard]] static std::optional<Guid> fromText(std::string_view text);
};
static_assert(sizeof(Guid) == 16 && alignof(Guid) == 1);

}  // namespace devices::storage::vhdx
