// SPDX-License-Identifier: GPL-3.0-or-later
#include "screen.h"

#include <fmt/format.h>
#include <unistd.h>

#include "terminal_text.h"

namespace service::cli {

bool outputIsTerminal() {
    return ::isatty(STDOUT_FILENO) == 1;
}

std::string asScreen(std::string_view text) {
    if (!outputIsTerminal())
        return std::string(text);
    // Line by line over the old ones, and the rest cleared at the end: nothing flickers.
    std::string screen = "\033[H";
    for (const char character : text) {
        if (character == '\n')
            screen += "\033[K";
        screen += character;
    }
    return screen + "\033[J";
}

ProgressLine::ProgressLine() : terminal_(::isatty(STDERR_FILENO) == 1) {}

void ProgressLine::show(std::string_view text) {
    if (!terminal_)
        return;
    fmt::print(stderr, "\r{}\033[K", printable(text, LineEnds::Replace));
    std::fflush(stderr);
    shown_ = true;
}

void ProgressLine::clear() {
    if (shown_) {
        fmt::print(stderr, "\r\033[K");
        std::fflush(stderr);
    }
    shown_ = false;
}

}  // namespace service::cli
