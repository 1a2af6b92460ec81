// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace service::cli {

/// Writes "vireo: <text>" as one line to standard error.
void printMessage(std::string_view text);
/// Writes several lines to standard error.
void printReport(std::string_view text);

}  // namespace service::cli
