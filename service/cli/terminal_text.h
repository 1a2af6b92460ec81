// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace service::cli {

enum class LineEnds : bool { Replace, Keep };

/// `text` with what could command a terminal, break a line or turn the order of letters around
/// shown as '?', and so bytes that are no UTF-8: names, and whatever a guest, a worker or an image
/// says, are hostile.
[[nodiscard]] std::string printable(std::string_view text, LineEnds lineEnds);

/// The columns that printable text takes: two for a Chinese character, none for an accent that
/// stands on the letter before it.
[[nodiscard]] std::size_t displayWidth(std::string_view text);

}  // namespace service::cli
