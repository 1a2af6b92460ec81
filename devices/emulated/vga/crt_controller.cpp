// SPDX-License-Identifier: GPL-3.0-or-later
#include "crt_controller.h"

namespace devices::vga {

namespace {

constexpr unsigned kOverflow = 0x07;
constexpr unsigned kLineCompareBit = 0x10;
constexpr unsigned kRetraceEnd = 0x11;
constexpr unsigned kProtects = 0x80;
constexpr unsigned kUnderline = 0x14;
constexpr unsigned kDoubleWord = 0x40;
constexpr unsigned kMode = 0x17;
constexpr unsigned kByte = 0x40;

}  // namespace

void CrtController::write(std::uint8_t value) {
    if (index_ >= registers_.size())
        return;
    std::uint8_t& old = registers_[index_];
    if (index_ <= kOverflow && (registers_[kRetraceEnd] & kProtects) != 0) {
        if (index_ == kOverflow)
            old = static_cast<std::uint8_t>((old & ~kLineCompareBit) | (value & kLineCompareBit));
        return;
    }
    old = value;
}

unsigned CrtController::addressOf(unsigned count, unsigned line) const {
    const unsigned mode = registers_[kMode];
    unsigned address = count;
    if ((registers_[kUnderline] & kDoubleWord) != 0)
        address <<= 2;
    else if ((mode & kByte) == 0)
        address <<= 1;
    // As CGA and Hercules have their lines: two or four banks of 8 KiB.
    if ((mode & 1) == 0)
        address = (address & ~0x2000U) | (line & 1) << 13;
    if ((mode & 2) == 0)
        address = (address & ~0x4000U) | (line >> 1 & 1) << 14;
    return address & 0xFFFF;
}

}  // namespace devices::vga
