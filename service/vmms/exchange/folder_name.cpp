// SPDX-License-Identifier: GPL-3.0-or-later
#include "folder_name.h"

namespace service {

std::string folderName(std::string_view machineName) {
    constexpr std::string_view kNowhereAllowed = "/\\:*?\"<>|";
    std::string name;
    for (const char letter : machineName) {
        const auto code = static_cast<unsigned char>(letter);
        const bool allowed =
            code >= 0x20 && code != 0x7F && kNowhereAllowed.find(letter) == std::string_view::npos;
        name += allowed ? letter : '_';
    }
    if (name.empty())
        return "_";
    if (name.front() == '.')
        name.front() = '_';
    // Windows would take it away.
    if (name.back() == '.' || name.back() == ' ')
        name.back() = '_';
    return name;
}

}  // namespace service
