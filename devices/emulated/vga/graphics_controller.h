// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

namespace devices::vga {

/// The graphics controller: what becomes of the processor's accesses to memory. Source: IBM VGA
/// technical reference, graphics controller registers (index 0x3CE, data 0x3CF).
///
/// Thread safety: one thread at a time.
class GraphicsController {
  public:
    void reset() { *this = {}; }

    [[nodiscard]] std::uint8_t index() const { return index_; }
    void setIndex(std::uint8_t index) { index_ = index & 15; }
    [[nodiscard]] std::uint8_t read() const {
        return index_ < registers_.size() ? registers_[index_] : std::uint8_t{0};
    }
    void write(std::uint8_t value) {
        if (index_ < registers_.size())
            registers_[index_] = value & kWritable[index_];
    }

    // A bit for each plane.
    [[nodiscard]] std::uint8_t setReset() const { return registers_[0]; }
    [[nodiscard]] std::uint8_t enableSetReset() const { return registers_[1]; }
    [[nodiscard]] std::uint8_t colorCompare() const { return registers_[2]; }
    [[nodiscard]] std::uint8_t colorCare() const { return registers_[7]; }

    [[nodiscard]] unsigned rotation() const { return registers_[3] & 7; }
    /// 0: replace, 1: and, 2: or, 3: exclusive or.
    [[nodiscard]] unsigned function() const { return registers_[3] >> 3 & 3; }
    [[nodiscard]] unsigned readPlane() const { return registers_[4]; }
    [[nodiscard]] unsigned writeMode() const { return registers_[5] & 3; }
    /// Each plane gets the byte as it is, as in text modes.
    [[nodiscard]] bool writesPlainly() const {
        return writeMode() == 0 && (registers_[3] & 0x1F) == 0 && enableSetReset() == 0 &&
               bitMask() == 0xFF;
    }
    [[nodiscard]] bool comparesOnRead() const { return (registers_[5] & 8) != 0; }
    [[nodiscard]] bool isOddEven() const { return (registers_[5] & 0x10) != 0; }
    /// Two bits of a plane are one pixel: CGA's four colours.
    [[nodiscard]] bool showsPairs() const { return (registers_[5] & 0x20) != 0; }
    /// A byte is one pixel.
    [[nodiscard]] bool showsBytes() const { return (registers_[5] & 0x40) != 0; }
    [[nodiscard]] bool isGraphics() const { return (registers_[6] & 1) != 0; }
    /// Which part of 0xA0000 to 0xBFFFF the memory is at: all, its lower half, or a quarter.
    [[nodiscard]] unsigned window() const { return registers_[6] >> 2 & 3; }
    [[nodiscard]] std::uint8_t bitMask() const { return registers_[8]; }

    /// What a picture depends on.
    [[nodiscard]] auto shown() const {
        return std::array{static_cast<std::uint8_t>(registers_[5] & 0x60),
                          static_cast<std::uint8_t>(registers_[6] & 1)};
    }

  private:
    static constexpr std::array<std::uint8_t, 9> kWritable{0x0F, 0x0F, 0x0F, 0x1F, 0x03,
                                                           0x7B, 0x0F, 0x0F, 0xFF};

    std::uint8_t index_ = 0;
    std::array<std::uint8_t, 9> registers_{};
};

}  // namespace devices::vga
