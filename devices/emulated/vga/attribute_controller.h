// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

namespace devices::vga {

/// The attribute controller: 16 colours as numbers of the DAC's, and how text is coloured. One
/// port takes index and data in turn. Source: IBM VGA technical reference, attribute controller
/// registers (0x3C0, and 0x3C1 for reading data).
///
/// Thread safety: one thread at a time.
class AttributeController {
  public:
    void reset() { *this = {}; }

    /// The next write is an index.
    void expectIndex() { takesData_ = false; }
    [[nodiscard]] std::uint8_t index() const { return index_; }
    void write(std::uint8_t value) {
        if (!takesData_)
            index_ = value & 0x3F;
        else if (const unsigned number = index_ & 0x1F; number < registers_.size())
            registers_[number] = value & writable(number);
        takesData_ = !takesData_;
    }
    [[nodiscard]] std::uint8_t read() const {
        const unsigned number = index_ & 0x1F;
        return number < registers_.size() ? registers_[number] : std::uint8_t{0};
    }

    /// The colours are the screen's, not the processor's to change: there is a picture.
    [[nodiscard]] bool isShowing() const { return (index_ & 0x20) != 0; }
    [[nodiscard]] bool blinks() const { return (registers_[0x10] & 8) != 0; }
    /// The ninth dot of a line graphics character is as the eighth.
    [[nodiscard]] bool extendsLineGraphics() const { return (registers_[0x10] & 4) != 0; }
    /// Attributes are those of a monochrome adapter.
    [[nodiscard]] bool isMonochrome() const { return (registers_[0x10] & 2) != 0; }
    /// The part behind the line compare is not panned.
    [[nodiscard]] bool pansUpperPartOnly() const { return (registers_[0x10] & 0x20) != 0; }
    [[nodiscard]] std::uint8_t shownPlanes() const { return registers_[0x12] & 0x0F; }
    [[nodiscard]] unsigned panning() const { return registers_[0x13]; }
    /// The DAC's number for one of 16 colours.
    [[nodiscard]] std::uint8_t colorOf(unsigned color) const {
        const unsigned mapped = registers_[color & 15];
        const unsigned select = registers_[0x14];
        const unsigned low =
            (registers_[0x10] & 0x80) != 0 ? (mapped & 0x0F) | (select & 3) << 4 : mapped;
        return static_cast<std::uint8_t>(low | (select & 0x0C) << 4);
    }

    /// What a picture depends on.
    [[nodiscard]] const auto& shown() const { return registers_; }

  private:
    static constexpr std::uint8_t writable(unsigned number) {
        constexpr std::array<std::uint8_t, 5> kMode{0xEF, 0xFF, 0x3F, 0x0F, 0x0F};
        return number < 0x10 ? std::uint8_t{0x3F} : kMode[number - 0x10];
    }

    std::uint8_t index_ = 0;
    bool takesData_ = false;
    std::array<std::uint8_t, 0x15> registers_{};
};

}  // namespace devices::vga
