// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace devices::synthetic {

/// Puts UTF-8 text as terminated UTF-16 into a message's field, which is all zero. Returns how many
/// bytes that takes; nothing, with the field as it was, when the text does not fit, is not valid
/// or has a zero in it.
[[nodiscard]] std::optional<std::uint32_t> writeText(std::string_view text,
                                                     std::span<std::uint16_t> field);

/// The text in a field up to its first zero or its end; nothing if it has a lone surrogate.
[[nodiscard]] std::optional<std::string> readText(std::span<const std::uint16_t> field);

}  // namespace devices::synthetic
