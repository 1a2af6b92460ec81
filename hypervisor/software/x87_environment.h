// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "x87_state.h"

/// Memory images of FSTENV and FSAVE (Intel SDM volume 1, figures 8-9 to 8-12).
namespace hypervisor::software {

struct X87Format {
    /// 32-bit or 16-bit operand size.
    bool wide;
    /// Pointers of real-address and virtual-8086 mode; otherwise of protected mode.
    bool real;

    [[nodiscard]] unsigned environmentSize() const { return wide ? 28 : 14; }
    /// With the eight registers.
    [[nodiscard]] unsigned stateSize() const { return environmentSize() + 80; }
};

using X87Image = std::array<std::byte, 108>;

/// Both kinds in one: whoever wants the environment alone takes its first environmentSize()
/// bytes.
[[nodiscard]] X87Image storeX87Image(const X87State& state, X87Format format);
void loadX87Environment(X87State& state, const X87Image& image, X87Format format);
/// The registers behind the environment, which is loaded first because it has TOP.
void loadX87Registers(X87State& state, const X87Image& image, X87Format format);

}  // namespace hypervisor::software
