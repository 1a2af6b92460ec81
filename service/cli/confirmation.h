// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace service::cli {

/// Whether to go on with what can't be undone: asks on the terminal, and takes anything but "y" or
/// "yes" for no. Without a terminal nobody is there to ask, and it goes on.
[[nodiscard]] bool confirm(std::string_view question);

}  // namespace service::cli
