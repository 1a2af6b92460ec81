// SPDX-License-Identifier: GPL-3.0-or-later
#include "confirmation.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

#include "terminal_text.h"

namespace service::cli {

bool confirm(std::string_view question) {
    if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDERR_FILENO) != 1)
        return true;
    fmt::print(stderr, "{} [y/N] ", printable(question, LineEnds::Keep));
    std::fflush(stderr);
    std::array<char, 64> line{};
    if (!std::fgets(line.data(), line.size(), stdin))
        return false;
    const std::string answer = line.data();
    return answer == "y\n" || answer == "Y\n" || answer == "yes\n";
}

}  // namespace service::cli
