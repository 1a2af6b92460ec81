// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace service {

// Bytes in JSON texts: Base64 with padding (RFC 4648, section 4).

[[nodiscard]] std::string encodeBase64(std::string_view bytes);
/// Nothing for what is no Base64.
[[nodiscard]] std::optional<std::string> decodeBase64(std::string_view text);

}  // namespace service
