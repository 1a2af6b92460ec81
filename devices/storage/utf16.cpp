// SPDX-License-Identifier: GPL-3.0-or-later
#include "utf16.h"

#include <array>
#include <cstdint>

namespace devices::storage {

namespace {

constexpr char32_t kFirstSurrogate = 0xd800;
constexpr char32_t kFirstLowSurrogate = 0xdc00;
constexpr char32_t kAfterSurrogates = 0xe000;
constexpr char32_t kLast = 0x10ffff;

bool isSurrogate(char32_t code) {
    return code >= kFirstSurrogate && code < kAfterSurrogates;
}

}  // namespace

std::optional<std::u16string> utf16FromUtf8(std::string_view text) {
    constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
    std::u16string result;
    for (std::size_t at = 0; at < text.size();) {
        const auto lead = static_cast<std::uint8_t>(text[at]);
        const std::size_t length = lead < 0x80             ? 1
                                   : (lead & 0xe0) == 0xc0 ? 2
                                   : (lead & 0xf0) == 0xe0 ? 3
                                   : (lead & 0xf8) == 0xf0 ? 4
                                                           : 0;
        if (length == 0 || length > text.size() - at)
            return std::nullopt;
        char32_t code = length == 1 ? lead : lead & (0x7fU >> length);
        for (std::size_t i = 1; i < length; ++i) {
            const auto next = static_cast<std::uint8_t>(text[at + i]);
            if ((next & 0xc0) != 0x80)
                return std::nullopt;
            code = code << 6 | (next & 0x3fU);
        }
        if (code < kSmallest[length] || code > kLast || isSurrogate(code))
            return std::nullopt;
        if (code < 0x10000) {
            result += static_cast<char16_t>(code);
        } else {
            result += static_cast<char16_t>(kFirstSurrogate + ((code - 0x10000) >> 10));
            result += static_cast<char16_t>(kFirstLowSurrogate + ((code - 0x10000) & 0x3ff));
        }
        at += length;
    }
    return result;
}

std::optional<std::string> utf8FromUtf16(std::u16string_view text) {
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        char32_t code = text[at];
        if (isSurrogate(code)) {
            if (code >= kFirstLowSurrogate || at + 1 == text.size() ||
                text[at + 1] < kFirstLowSurrogate || text[at + 1] >= kAfterSurrogates)
                return std::nullopt;
            code = 0x10000 + ((code - kFirstSurrogate) << 10) + (text[++at] - kFirstLowSurrogate);
        }
        if (code < 0x80) {
            result += static_cast<char>(code);
        } else if (code < 0x800) {
            result += static_cast<char>(0xc0 | code >> 6);
            result += static_cast<char>(0x80 | (code & 0x3f));
        } else if (code < 0x10000) {
            result += static_cast<char>(0xe0 | code >> 12);
            result += static_cast<char>(0x80 | (code >> 6 & 0x3f));
            result += static_cast<char>(0x80 | (code & 0x3f));
        } else {
            result += static_cast<char>(0xf0 | code >> 18);
            result += static_cast<char>(0x80 | (code >> 12 & 0x3f));
            result += static_cast<char>(0x80 | (code >> 6 & 0x3f));
            result += static_cast<char>(0x80 | (code & 0x3f));
        }
    }
    return result;
}

}  // namespace devices::storage
