// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstdint>

namespace devices::display {

/// What comes in front of a scan code.
enum class ScanPrefix : std::uint8_t { None, E0, E1 };

/// A key as a PC's keyboard names it: scan code set 1, without the bit that says "released".
struct ScanCode {
    std::uint8_t code = 0;
    ScanPrefix prefix = ScanPrefix::None;
    friend auto operator<=>(const ScanCode&, const ScanCode&) = default;
};

enum class KeyAction : std::uint8_t { Down, Up };

/// A machine's keyboard, from the side of whoever types.
class KeyboardInput {
  public:
    virtual ~KeyboardInput() = default;

    /// From any thread; never blocks. A key that is held may come down again and again. What the
    /// guest can't take is dropped, a release only with its press.
    virtual void key(ScanCode code, KeyAction action) = 0;
    /// Whether a driver in the guest listens; a machine may have several keyboards.
    [[nodiscard]] virtual bool isListening() const = 0;
};

}  // namespace devices::display
