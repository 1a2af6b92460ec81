// SPDX-License-Identifier: GPL-3.0-or-later
#include "guid.h"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace devices::storage::vhdx {

namespace {

// Where each byte of the text form, in its order, lies in the file.
constexpr std::array<std::uint8_t, 16> kTextOrder{3, 2, 1,  0,  5,  4,  7,  6,
                                                  8, 9, 10, 11, 12, 13, 14, 15};

constexpr bool hyphenBefore(std::size_t index) {
    return index == 4 || index == 6 || index == 8 || index == 10;
}

std::optional<std::uint8_t> hexDigit(char digit) {
    if (digit >= '0' && digit <= '9')
        return static_cast<std::uint8_t>(digit - '0');
    if (digit >= 'a' && digit <= 'f')
        return static_cast<std::uint8_t>(digit - 'a' + 10);
    if (digit >= 'A' && digit <= 'F')
        return static_cast<std::uint8_t>(digit - 'A' + 10);
    return std::nullopt;
}

}  // namespace

Guid Guid::random() {
    Guid guid;
    std::size_t filled = 0;
    while (filled < guid.bytes.size()) {
        const ssize_t count =
            ::getrandom(guid.bytes.data() + filled, guid.bytes.size() - filled, 0);
        if (count < 0 && errno != EINTR)
            throw std::system_error(errno, std::generic_category(),
                                    "The kernel gives no random numbers");
        filled += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    guid.bytes[7] = static_cast<std::uint8_t>((guid.bytes[7] & 0x0f) | 0x40);
    guid.bytes[8] = static_cast<std::uint8_t>((guid.bytes[8] & 0x3f) | 0x80);
    return guid;
}

std::string Guid::text() const {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text = "{";
    for (std::size_t i = 0; i < kTextOrder.size(); ++i) {
        if (hyphenBefore(i))
            text += '-';
        text += kDigits[bytes[kTextOrder[i]] >> 4];
        text += kDigits[bytes[kTextOrder[i]] & 0x0f];
    }
    return text + '}';
}

std::optional<Guid> Guid::fromText(std::string_view text) {
    if (text.size() == 38 && text.front() == '{' && text.back() == '}')
        text = text.substr(1, 36);
    if (text.size() != 36)
        return std::nullopt;
    Guid guid;
    std::size_t at = 0;
    for (std::size_t i = 0; i < kTextOrder.size(); ++i) {
        if (hyphenBefore(i) && text[at++] != '-')
            return std::nullopt;
        const auto high = hexDigit(text[at]);
        const auto low = hexDigit(text[at + 1]);
        if (!high || !low)
            return std::nullopt;
        guid.bytes[kTextOrder[i]] = static_cast<std::uint8_t>(*high << 4 | *low);
        at += 2;
    }
    return guid;
}

}  // namespace devices::storage::vhdx
