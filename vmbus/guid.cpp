// SPDX-License-Identifier: GPL-3.0-or-later
#include "guid.h"

#include <fmt/core.h>

namespace vmbus {

std::string Guid::text() const {
    const auto& b = bytes;
    return fmt::format(
        "{:02x}{:02x}{:02x}{:02x}-{:02x}{:02x}-{:02x}{:02x}-{:02x}{:02x}-"
        "{:02x}{:02x}{:02x}{:02x}{:02x}{:02x}",
        b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13],
        b[14], b[15]);
}

}  // namespace vmbus
