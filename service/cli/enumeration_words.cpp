// SPDX-License-Identifier: GPL-3.0-or-later
#include "enumeration_words.h"

namespace service::cli {

namespace {

bool isUpper(char character) {
    return character >= 'A' && character <= 'Z';
}

std::string words(std::string_view enumerator, char between) {
    std::string text;
    for (const char character : enumerator) {
        if (isUpper(character) && !text.empty())
            text += between;
        text += isUpper(character) ? static_cast<char>(character - 'A' + 'a') : character;
    }
    return text;
}

}  // namespace

std::string typedWord(std::string_view enumerator) {
    return words(enumerator, '-');
}

std::string shownWords(std::string_view enumerator) {
    std::string text = words(enumerator, ' ');
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
        text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text;
}

}  // namespace service::cli
