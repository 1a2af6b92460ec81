// SPDX-License-Identifier: GPL-3.0-or-later
#include "escape_keys.h"

namespace service::cli {

namespace {

constexpr char kEscape = 1;  // Ctrl-A

}  // namespace

EscapeKeys::Meaning EscapeKeys::type(std::span<const char> keys) {
    Meaning meaning;
    for (const char key : keys) {
        if (!escaped_) {
            escaped_ = key == kEscape;
            if (!escaped_)
                meaning.toGuest += key;
            continue;
        }
        escaped_ = false;
        switch (key) {
            case 'x':
            case 'X':
                meaning.end = true;
                return meaning;
            case 'h':
            case 'H':
            case '?':
                meaning.help = true;
                break;
            case 'p':
            case 'P':
                meaning.processors = true;
                break;
            case 's':
            case 'S':
                meaning.picture = true;
                break;
            case kEscape:
                meaning.toGuest += kEscape;
                break;
            default:
                // As if Ctrl-A had not been typed.
                meaning.toGuest += key;
        }
    }
    return meaning;
}

std::string EscapeKeys::help(const std::string& end, Offered offered) {
    std::string text = "Ctrl-A x       " + end + "\n";
    if (offered.processors)
        text += "Ctrl-A p       print what the machine's processors do\n";
    if (offered.picture)
        text += "Ctrl-A s       take a picture of the screen\n";
    return text +
           "Ctrl-A h       this help\n"
           "Ctrl-A Ctrl-A  send Ctrl-A to the machine\n";
}

}  // namespace service::cli
