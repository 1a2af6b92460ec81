// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vmbus {

/// A GUID as it is in memory: its first three fields little-endian.
struct Guid {
    std::array<std::uint8_t, 16> bytes{};

    friend auto operator<=>(const Guid&, const Guid&) = default;

    /// From "f8615163-df3e-46c5-913f-f2d2f965ed0e", with or without braces, in any case; nothing
    /// where the text is not one.
    [[nodiscard]] static constexpr std::optional<Guid> parse(std::string_view text);
    /// Lower case, without braces.
    [[nodiscard]] std::string text() const;
};
static_assert(sizeof(Guid) == 16);

/// Of a literal, checked at compile time.
consteval Guid operator""_guid(const char* text, std::size_t length) {
    return Guid::parse({text, length}).value();
}

constexpr std::optional<Guid> Guid::parse(std::string_view text) {
    // Where in memory each two digits go, in their order.
    constexpr std::array<std::uint8_t, 16> kPlaces{3, 2, 1,  0,  5,  4,  7,  6,
                                                   8, 9, 10, 11, 12, 13, 14, 15};
    constexpr auto digit = [](char c) -> int {
        if (c >= '0' && c <= '9')
            return c - '0';
        if (c >= 'a' && c <= 'f')
            return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
            return c - 'A' + 10;
        return -1;
    };
    if (text.size() == 38 && text.front() == '{' && text.back() == '}')
        text = text.substr(1, 36);
    if (text.size() != 36)
        return std::nullopt;
    Guid guid;
    std::size_t at = 0;
    for (const std::uint8_t place : kPlaces) {
        if (at == 8 || at == 13 || at == 18 || at == 23) {
            if (text[at] != '-')
                return std::nullopt;
            ++at;
        }
        const int high = digit(text[at]);
        const int low = digit(text[at + 1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        guid.bytes[place] = static_cast<std::uint8_t>(high << 4 | low);
        at += 2;
    }
    return guid;
}

}  // namespace vmbus
