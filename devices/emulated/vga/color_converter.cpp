// SPDX-License-Identifier: GPL-3.0-or-later
#include "color_converter.h"

namespace devices::vga {

void ColorConverter::advance() {
    if (++part_ < 3)
        return;
    part_ = 0;
    ++index_;
}

std::uint8_t ColorConverter::read() {
    const std::uint8_t value = parts_[index_][part_];
    advance();
    return value;
}

void ColorConverter::write(std::uint8_t value) {
    written_[part_] = isWide_ ? value : value & 0x3F;
    // A colour changes as a whole.
    if (part_ == 2)
        parts_[index_] = written_;
    advance();
}

void ColorConverter::setWide(bool isWide) {
    if (isWide == isWide_)
        return;
    isWide_ = isWide;
    for (auto& color : parts_)
        for (std::uint8_t& part : color)
            part = static_cast<std::uint8_t>(isWide ? part << 2 | part >> 4 : part >> 2);
}

std::uint32_t ColorConverter::shown(std::uint8_t index) const {
    std::uint32_t color = 0;
    for (const std::uint8_t part : parts_[index & mask_])
        color = color << 8 | (isWide_ ? part : (part << 2 | part >> 4) & 0xFFU);
    return color;
}

}  // namespace devices::vga
