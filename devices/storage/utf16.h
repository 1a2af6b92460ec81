// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace devices::storage {

/// Nothing if `text` is not valid UTF-8.
[[nodiscard]] std::optional<std::u16string> utf16FromUtf8(std::string_view text);

/// Nothing if `text` has a lone surrogate.
[[nodiscard]] std::optional<std::string> utf8FromUtf16(std::u16string_view text);

}  // namespace devices::storage
