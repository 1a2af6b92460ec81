// SPDX-License-Identifier: GPL-3.0-or-later
#include "block_range.h"

#include "big_endian.h"

namespace devices::scsi {

BlockRange BlockRange::of(const Command& command) {
    const auto& block = command.block;
    switch (blockLength(block[0])) {
        case 6: {
            const auto count = block[4];
            return {loadBigEndian<std::uint64_t>(block, 1, 3) & 0x1F'FFFF,
                    count == 0 ? std::uint64_t{256} : count, 4};
        }
        case 10:
            return {loadBigEndian<std::uint64_t>(block, 2, 4),
                    loadBigEndian<std::uint64_t>(block, 7, 2), 7};
        case 12:
            return {loadBigEndian<std::uint64_t>(block, 2, 4),
                    loadBigEndian<std::uint64_t>(block, 6, 4), 6};
        default:
            return {loadBigEndian<std::uint64_t>(block, 2),
                    loadBigEndian<std::uint64_t>(block, 10, 4), 10};
    }
}

}  // namespace devices::scsi
