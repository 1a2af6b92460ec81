// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "attribute_controller.h"
#include "color_converter.h"
#include "crt_controller.h"
#include "graphics_controller.h"
#include "sequencer.h"

namespace devices::vga {

/// A VGA's registers at ports 0x3B0 to 0x3DF, one byte each. Those of the CRT controller are at
/// 0x3Dx or, as on a monochrome adapter, at 0x3Bx. Source: IBM VGA technical reference.
///
/// Thread safety: one thread at a time; as a value, whole.
class Registers {
  public:
    static constexpr std::uint16_t kFirstPort = 0x3B0;
    static constexpr std::uint16_t kPorts = 0x30;

    /// As after power-on: nothing is shown, and the memory answers to no address.
    void reset() { *this = {}; }

    /// A port that has no register now gives all ones. `nanoseconds`: of the clock, for the beam.
    [[nodiscard]] std::uint8_t read(std::uint16_t port, std::uint64_t nanoseconds);
    void write(std::uint16_t port, std::uint8_t value);

    /// The memory answers to its addresses.
    [[nodiscard]] bool decodesMemory() const { return isEnabled_ && (miscellaneous_ & 2) != 0; }

    Sequencer sequencer;
    CrtController crtController;
    GraphicsController graphicsController;
    AttributeController attributeController;
    ColorConverter colorConverter;

  private:
    /// The port as if the registers were at 0x3Dx; 0 where it is one of the other set's.
    [[nodiscard]] std::uint16_t place(std::uint16_t port) const;
    [[nodiscard]] std::uint8_t readStatus(std::uint64_t nanoseconds);

    std::uint8_t miscellaneous_ = 0;
    std::uint8_t featureControl_ = 0;
    bool isEnabled_ = true;
};

}  // namespace devices::vga
