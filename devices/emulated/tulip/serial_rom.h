// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

namespace devices::tulip {

inline constexpr unsigned kRomWords = 64;
using RomContent = std::array<std::uint16_t, kRomWords>;

/// The serial ROM behind CSR9, a 93C46 of 64 words, on a Microwire bus: a start bit, two of an
/// operation, six of an address, and then 16 of data, and those of the next word. It is protected
/// against writing: its content is the machine's settings. Source: the 93C46's data sheets, of
/// Microchip for example.
///
/// Thread safety: one call at a time.
class SerialRom {
  public:
    explicit SerialRom(const RomContent& content) : content_(content) {}

    void reset();
    /// The levels that the lines have now.
    void drive(bool select, bool clock, bool dataIn);
    /// The level of its answer; high where it gives none.
    [[nodiscard]] bool dataOut() const { return dataOut_; }

  private:
    enum class State : std::uint8_t { Idle, Command, Reading, Ignoring };
    void clocked(bool dataIn);

    const RomContent content_;
    State state_ = State::Idle;
    bool clock_ = false;
    bool dataOut_ = true;
    /// Of the command, what has come.
    unsigned bits_ = 0;
    unsigned command_ = 0;
    /// Of the word that is read, what is still to come.
    unsigned left_ = 0;
    unsigned address_ = 0;
};

}  // namespace devices::tulip
