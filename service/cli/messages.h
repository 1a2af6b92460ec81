// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace service::cli {

/// `text` with what could command a terminal, or break a line, shown as '?': file names, and
/// whatever a worker says, are hostile.
enum class LineEnds : bool { Replace, Keep };
[[nodiscard]] std::string printable(std::string_view text, LineEnds lineEnds);

/// Writes "vireo: <text>" as one line to standard error.
void printMessage(std::string_view text);
/// Writes several lines to standard error.
void printReport(std::string_view text);

}  // namespace service::cli
