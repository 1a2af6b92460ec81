// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "command.h"

namespace devices::scsi {

/// Which blocks a READ, WRITE, VERIFY, SYNCHRONIZE CACHE or WRITE SAME of any length is about, as
/// its command block has them.
struct BlockRange {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    /// Where in the command block the count is.
    std::uint16_t countByte = 0;

    [[nodiscard]] static BlockRange of(const Command& command);
    [[nodiscard]] bool liesIn(std::uint64_t blocks) const {
        return first <= blocks && count <= blocks - first;
    }
};

}  // namespace devices::scsi
