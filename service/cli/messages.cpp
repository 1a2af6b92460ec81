// SPDX-License-Identifier: GPL-3.0-or-later
#include "messages.h"

#include <unistd.h>

#include <cerrno>
#include <string>

#include "terminal_text.h"

namespace service::cli {

namespace {

void writeToError(std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(STDERR_FILENO, text.data(), text.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return;  // Nobody is left to be told.
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

}  // namespace

void printMessage(std::string_view text) {
    writeToError("vireo: " + printable(text, LineEnds::Replace) + "\n");
}

void printReport(std::string_view text) {
    std::string lines = printable(text, LineEnds::Keep);
    if (!lines.ends_with('\n'))
        lines += '\n';
    writeToError(lines);
}

}  // namespace service::cli
