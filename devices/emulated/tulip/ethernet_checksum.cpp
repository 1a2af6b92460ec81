// SPDX-License-Identifier: GPL-3.0-or-later
#include "ethernet_checksum.h"

#include <zlib.h>

namespace devices::tulip {

std::uint32_t ethernetRemainder(std::span<const std::byte> bytes) {
    // zlib's is inverted in the end.
    return ~static_cast<std::uint32_t>(
        ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace devices::tulip
