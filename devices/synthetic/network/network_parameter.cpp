// SPDX-License-Identifier: GPL-3.0-or-later
#include "network_parameter.h"

#include <string>
#include <string_view>

#include "byte_copy.h"
#include "rndis_protocol.h"

namespace devices::synthetic {

namespace {

constexpr std::uint32_t kMostText = 64;

/// ASCII only; nothing when it is not, or does not lie inside.
std::optional<std::string> textAt(std::span<const std::byte> bytes, std::uint32_t offset,
                                  std::uint32_t length) {
    if (length > kMostText || length % 2 != 0)
        return std::nullopt;
    std::string text;
    for (std::uint32_t i = 0; i < length / 2; ++i) {
        const auto letter = structureAt<char16_t>(bytes, std::size_t{offset} + i * 2);
        if (!letter || *letter > 0x7E)
            return std::nullopt;
        text.push_back(static_cast<char>(*letter));
    }
    while (!text.empty() && text.back() == '\0')
        text.pop_back();
    return text;
}

std::optional<unsigned> digit(char letter) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const char lower =
        letter >= 'A' && letter <= 'F' ? static_cast<char>(letter - 'A' + 'a') : letter;
    const std::size_t value = kDigits.find(lower);
    return value == std::string_view::npos ? std::nullopt
                                           : std::optional(static_cast<unsigned>(value));
}

}  // namespace

std::optional<MacAddress> macInParameter(std::span<const std::byte> parameter) {
    const auto header = structureAt<rndis::ConfigurationParameter>(parameter);
    if (!header || header->type != rndis::kTextParameter ||
        textAt(parameter, header->nameOffset, header->nameLength) != "NetworkAddress")
        return std::nullopt;
    const auto value = textAt(parameter, header->valueOffset, header->valueLength);
    MacAddress address;
    if (!value || value->size() != address.size() * 2)
        return std::nullopt;
    for (std::size_t i = 0; i < address.size(); ++i) {
        const auto high = digit((*value)[i * 2]);
        const auto low = digit((*value)[i * 2 + 1]);
        if (!high || !low)
            return std::nullopt;
        address[i] = static_cast<std::byte>(*high << 4 | *low);
    }
    const bool zero = address == MacAddress{};
    const bool multicast = (address[0] & std::byte{1}) != std::byte{0};
    return zero || multicast ? std::nullopt : std::optional(address);
}

}  // namespace devices::synthetic
