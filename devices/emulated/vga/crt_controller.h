// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

namespace devices::vga {

/// The CRT controller: sizes of a picture in characters and lines, where in memory it begins, and
/// the text cursor. Source: IBM VGA technical reference, CRT controller registers (index 0x3D4,
/// data 0x3D5, or 0x3B4 and 0x3B5).
///
/// Thread safety: one thread at a time.
class CrtController {
  public:
    void reset() { *this = {}; }

    [[nodiscard]] std::uint8_t index() const { return index_; }
    void setIndex(std::uint8_t index) { index_ = index & 0x3F; }
    [[nodiscard]] std::uint8_t read() const {
        return index_ < registers_.size() ? registers_[index_] : std::uint8_t{0};
    }
    void write(std::uint8_t value);

    // In characters, the whole line and what of it is shown.
    [[nodiscard]] unsigned horizontalTotal() const { return registers_[0x00] + 5U; }
    [[nodiscard]] unsigned shownCharacters() const { return registers_[0x01] + 1U; }
    // In lines.
    [[nodiscard]] unsigned verticalTotal() const { return wide(0x06, 0, 5) + 2; }
    [[nodiscard]] unsigned retraceStart() const { return wide(0x10, 2, 7); }
    [[nodiscard]] unsigned shownLines() const { return wide(0x12, 1, 6) + 1; }
    /// The last line before the part of the picture that begins at address 0.
    [[nodiscard]] unsigned lineCompare() const {
        return registers_[0x18] | (registers_[0x07] & 0x10U) << 4 | (registers_[0x09] & 0x40U) << 3;
    }

    [[nodiscard]] unsigned rowHeight() const { return (registers_[0x09] & 0x1FU) + 1; }
    [[nodiscard]] bool doublesLines() const { return (registers_[0x09] & 0x80) != 0; }
    /// The first row begins at this of its lines.
    [[nodiscard]] unsigned presetLine() const { return registers_[0x08] & 0x1FU; }
    [[nodiscard]] unsigned bytePanning() const { return registers_[0x08] >> 5 & 3U; }
    // Addresses, before addressOf().
    [[nodiscard]] unsigned start() const { return registers_[0x0C] << 8 | registers_[0x0D]; }
    [[nodiscard]] unsigned cursor() const { return registers_[0x0E] << 8 | registers_[0x0F]; }
    [[nodiscard]] unsigned rowStep() const { return registers_[0x13] * 2U; }

    [[nodiscard]] bool showsCursor() const { return (registers_[0x0A] & 0x20) == 0; }
    [[nodiscard]] unsigned cursorFirst() const { return registers_[0x0A] & 0x1FU; }
    [[nodiscard]] unsigned cursorLast() const { return registers_[0x0B] & 0x1FU; }
    [[nodiscard]] unsigned underline() const { return registers_[0x14] & 0x1FU; }

    /// Where in a plane, of 64 KiB, the address counter's `count` is on line `line` of its row.
    [[nodiscard]] unsigned addressOf(unsigned count, unsigned line) const;

    /// Has been given a picture's size.
    [[nodiscard]] bool isProgrammed() const {
        return registers_[0x01] != 0 && (registers_[0x12] != 0 || (registers_[0x07] & 0x42) != 0);
    }
    /// What a picture depends on, but for where it begins and where its cursor is.
    [[nodiscard]] auto shown() const {
        auto registers = registers_;
        for (unsigned index = 0x0C; index <= 0x0F; ++index)
            registers[index] = 0;
        return registers;
    }

  private:
    /// A number of ten bits, whose upper two are in the overflow register.
    [[nodiscard]] unsigned wide(unsigned low, unsigned bit8, unsigned bit9) const {
        const unsigned overflow = registers_[0x07];
        return registers_[low] | (overflow >> bit8 & 1) << 8 | (overflow >> bit9 & 1) << 9;
    }

    std::uint8_t index_ = 0;
    std::array<std::uint8_t, 0x19> registers_{};
};

}  // namespace devices::vga
