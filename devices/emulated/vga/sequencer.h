// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

namespace devices::vga {

/// The sequencer: the dot clock, and which planes writes reach. Source: IBM VGA technical
/// reference, sequencer registers (index 0x3C4, data 0x3C5).
///
/// Thread safety: one thread at a time.
class Sequencer {
  public:
    void reset() { *this = {}; }

    [[nodiscard]] std::uint8_t index() const { return index_; }
    void setIndex(std::uint8_t index) { index_ = index & 7; }
    [[nodiscard]] std::uint8_t read() const {
        return index_ < registers_.size() ? registers_[index_] : std::uint8_t{0};
    }
    void write(std::uint8_t value) {
        if (index_ < registers_.size())
            registers_[index_] = value & kWritable[index_];
    }

    /// Neither reset is held.
    [[nodiscard]] bool isRunning() const { return (registers_[0] & 3) == 3; }
    [[nodiscard]] bool isScreenOff() const { return (registers_[1] & 0x20) != 0; }
    [[nodiscard]] unsigned dotsPerCharacter() const { return (registers_[1] & 1) != 0 ? 8 : 9; }
    /// Each dot is shown twice.
    [[nodiscard]] bool halvesDotClock() const { return (registers_[1] & 8) != 0; }
    /// A bit for each plane.
    [[nodiscard]] std::uint8_t mapMask() const { return registers_[2]; }
    /// Of the font for attributes whose bit 3 is clear (0) or set (1): its first byte in plane 2.
    [[nodiscard]] unsigned fontOffset(unsigned font) const {
        const unsigned select = registers_[3];
        const unsigned pair = font == 0 ? select & 3 : select >> 2 & 3;
        const unsigned half = font == 0 ? select >> 4 & 1 : select >> 5 & 1;
        return pair * 0x4000 + half * 0x2000;
    }
    /// Even addresses are of planes 0 and 2, odd ones of 1 and 3.
    [[nodiscard]] bool isOddEven() const { return (registers_[4] & 4) == 0; }
    /// The two low bits of an address are the plane.
    [[nodiscard]] bool isChainFour() const { return (registers_[4] & 8) != 0; }

    /// What a picture depends on.
    [[nodiscard]] auto shown() const { return std::array{registers_[1], registers_[3]}; }

  private:
    static constexpr std::array<std::uint8_t, 5> kWritable{0x03, 0x3D, 0x0F, 0x3F, 0x0E};

    std::uint8_t index_ = 0;
    std::array<std::uint8_t, 5> registers_{};
};

}  // namespace devices::vga
