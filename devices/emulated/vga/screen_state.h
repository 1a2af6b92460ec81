// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dirty_pages.h"
#include "display_interface.h"
#include "registers.h"

namespace devices::vga {

/// What a picture is made of beside the video memory, at one moment.
struct ScreenState {
    Registers registers;
    DisplayInterface interface;
    /// Written to since the state before.
    DirtyPages dirty;
};

}  // namespace devices::vga
