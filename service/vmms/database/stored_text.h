// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace service {

enum class LineEnds : std::uint8_t { Kept, Replaced };

/// `bytes` as text that can be stored and shown anywhere: valid UTF-8 without control characters,
/// '?' in their stead, and of at most `most` bytes.
[[nodiscard]] std::string storedText(std::string_view bytes, std::size_t most, LineEnds lineEnds);

}  // namespace service
