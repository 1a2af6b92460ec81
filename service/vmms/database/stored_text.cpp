// SPDX-License-Identifier: GPL-3.0-or-later
#include "stored_text.h"

namespace service {

namespace {

/// The length of the UTF-8 character at the start of `text`, which is not empty; 0 if it is none.
std::size_t characterLength(std::string_view text) {
    const auto at = [text](std::size_t index) {
        return index < text.size() ? static_cast<unsigned char>(text[index]) : 0U;
    };
    const auto follows = [&at](std::size_t index) { return (at(index) & 0xC0) == 0x80; };
    const unsigned first = at(0);
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return follows(1) ? 2 : 0;
    // Neither longer than needed nor a surrogate's half nor beyond U+10FFFF.
    if (first >= 0xE0 && first <= 0xEF) {
        const bool sound = follows(1) && follows(2) && !(first == 0xE0 && at(1) < 0xA0) &&
                           !(first == 0xED && at(1) > 0x9F);
        return sound ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool sound = follows(1) && follows(2) && follows(3) &&
                           !(first == 0xF0 && at(1) < 0x90) && !(first == 0xF4 && at(1) > 0x8F);
        return sound ? 4 : 0;
    }
    return 0;
}

/// U+0080 to U+009F, which terminals obey too.
bool isSecondControl(std::string_view character) {
    return character.size() == 2 && static_cast<unsigned char>(character[0]) == 0xC2 &&
           static_cast<unsigned char>(character[1]) < 0xA0;
}

}  // namespace

std::string storedText(std::string_view bytes, std::size_t most, LineEnds lineEnds) {
    std::string text;
    while (!bytes.empty()) {
        const std::size_t length = characterLength(bytes);
        std::string_view character = bytes.substr(0, length);
        bytes.remove_prefix(length == 0 ? 1 : length);
        const bool lineEnd = character == "\n" && lineEnds == LineEnds::Kept;
        const bool control = length == 1 && (static_cast<unsigned char>(character[0]) < 0x20 ||
                                             character[0] == 0x7F);
        if (length == 0 || (control && !lineEnd) || isSecondControl(character))
            character = "?";
        if (text.size() + character.size() > most)
            break;
        text += character;
    }
    return text;
}

}  // namespace service
