// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace service {

/// A machine's name as a folder can have it, on other systems' disks too: never hidden, never "..".
[[nodiscard]] std::string folderName(std::string_view machineName);

}  // namespace service
