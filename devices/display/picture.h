// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "framebuffer.h"
#include "hypervisor/error.h"

namespace devices::display {

/// A copy of what a screen shows: no pitch, XRGB8888.
struct Picture {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::vector<std::uint32_t> pixels;
};

/// How it is at the moment, while the guest may be drawing. A guest that draws only for those who
/// watch is up to date if somebody does. Fails when the machine shows nothing.
[[nodiscard]] hypervisor::Result<Picture> takePicture(const Framebuffer& framebuffer);

/// As large as fits a square of `side` pixels, at least one in each direction; never larger than
/// `picture`. Pixels that become one are averaged.
[[nodiscard]] Picture scaledDown(const Picture& picture, std::uint32_t side);

/// The bytes of a PNG file.
[[nodiscard]] hypervisor::Result<std::vector<std::byte>> encodePng(const Picture& picture);

}  // namespace devices::display
