// SPDX-License-Identifier: GPL-3.0-or-later
#include "terminal_text.h"

#include <utf8proc.h>

namespace service::cli {

namespace {

/// The character at the start of `text`, and the bytes that it takes: -1 and one byte for what is
/// no UTF-8.
struct Character {
    utf8proc_int32_t code;
    std::size_t size;
};

Character first(std::string_view text) {
    utf8proc_int32_t code = -1;
    const utf8proc_ssize_t size =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                         static_cast<utf8proc_ssize_t>(text.size()), &code);
    if (size <= 0)
        return {-1, 1};
    return {code, static_cast<std::size_t>(size)};
}

bool isShown(utf8proc_int32_t code) {
    // Joiners shape the letters beside them and command nothing.
    constexpr utf8proc_int32_t kNonJoiner = 0x200C;
    constexpr utf8proc_int32_t kJoiner = 0x200D;
    if (code < 0)
        return false;
    if (code == kNonJoiner || code == kJoiner)
        return true;
    switch (utf8proc_category(code)) {
        case UTF8PROC_CATEGORY_CC:
        case UTF8PROC_CATEGORY_CF:
        case UTF8PROC_CATEGORY_CS:
        case UTF8PROC_CATEGORY_ZL:
        case UTF8PROC_CATEGORY_ZP:
            return false;
        default:
            return true;
    }
}

}  // namespace

std::string printable(std::string_view text, LineEnds lineEnds) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const Character character = first(text);
        const bool keep = character.code == '\n' && lineEnds == LineEnds::Keep;
        if (keep || isShown(character.code))
            result += text.substr(0, character.size);
        else
            result += '?';
        text.remove_prefix(character.size);
    }
    return result;
}

std::size_t displayWidth(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        const Character character = first(text);
        const int columns = character.code < 0 ? 1 : utf8proc_charwidth(character.code);
        width += columns > 0 ? static_cast<std::size_t>(columns) : 0;
        text.remove_prefix(character.size);
    }
    return width;
}

}  // namespace service::cli
