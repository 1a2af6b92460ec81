// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire_text.h"

#include <algorithm>

#include "devices/storage/utf16.h"

namespace devices::synthetic {

std::optional<std::uint32_t> writeText(std::string_view text, std::span<std::uint16_t> field) {
    // UTF-16 has no more units than UTF-8 has bytes, and at least a third as many.
    if (text.size() / 3 >= field.size() || text.contains('\0'))
        return std::nullopt;
    const auto units = storage::utf16FromUtf8(text);
    if (!units || units->size() >= field.size())
        return std::nullopt;
    std::ranges::copy(*units, field.begin());
    field[units->size()] = 0;
    return static_cast<std::uint32_t>((units->size() + 1) * sizeof(char16_t));
}

std::optional<std::string> readText(std::span<const std::uint16_t> field) {
    const std::u16string units(field.begin(), std::ranges::find(field, 0));
    return storage::utf8FromUtf16(units);
}

}  // namespace devices::synthetic
