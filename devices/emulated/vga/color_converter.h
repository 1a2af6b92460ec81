// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

namespace devices::vga {

/// The DAC: 256 colours of 6 bits a part, or of 8, where the Bochs display interface wants that.
/// Source: IBM VGA technical reference, video digital-to-analog converter (0x3C6 to 0x3C9).
///
/// Thread safety: one thread at a time.
class ColorConverter {
  public:
    void reset() { *this = {}; }

    void setMask(std::uint8_t mask) { mask_ = mask; }
    [[nodiscard]] std::uint8_t mask() const { return mask_; }
    /// 3 while colours are being read, 0 while they are written.
    [[nodiscard]] std::uint8_t state() const { return isReading_ ? 3 : 0; }
    [[nodiscard]] std::uint8_t writeIndex() const { return index_; }
    void beginRead(std::uint8_t index) { begin(index, true); }
    void beginWrite(std::uint8_t index) { begin(index, false); }
    /// Red, green and blue in turn, then those of the next colour.
    [[nodiscard]] std::uint8_t read();
    void write(std::uint8_t value);

    /// What is there stays as bright as it was.
    void setWide(bool isWide);

    /// As it is shown for a pixel of `index`: 0x00RRGGBB.
    [[nodiscard]] std::uint32_t shown(std::uint8_t index) const;
    friend bool operator==(const ColorConverter&, const ColorConverter&) = default;
    [[nodiscard]] bool showsAs(const ColorConverter& other) const {
        return mask_ == other.mask_ && isWide_ == other.isWide_ && parts_ == other.parts_;
    }

  private:
    void begin(std::uint8_t index, bool isReading) {
        index_ = index;
        part_ = 0;
        isReading_ = isReading;
    }
    void advance();

    std::uint8_t mask_ = 0xFF;
    std::uint8_t index_ = 0;
    /// 0: red, 1: green, 2: blue is next.
    std::uint8_t part_ = 0;
    bool isReading_ = false;
    bool isWide_ = false;
    std::array<std::uint8_t, 3> written_{};
    std::array<std::array<std::uint8_t, 3>, 256> parts_{};
};

}  // namespace devices::vga
