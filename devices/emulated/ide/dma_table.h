// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "hypervisor/guest_memory.h"

namespace devices::ide {

/// The guest's memory that one transfer of a bus master goes from or to.
struct DmaMemory {
    /// In the order of the transfer, neighbours joined; together as many bytes as were asked for.
    std::vector<iovec> buffers;
    /// The same as the guest has them: address and length in bytes.
    std::vector<std::pair<hypervisor::Gpa, std::uint64_t>> ranges;
    /// The table describes more than that.
    bool goesOn = false;
};

/// Reads the table of physical regions at `table` (a multiple of 4) as far as `bytes` need it; each
/// entry is copied once, then judged. Nothing where the table or a region is not all RAM, a region
/// crosses a boundary of 64 KiB or has an odd address or length, or the table ends, or comes to a
/// boundary of 64 KiB, before there are `bytes`. Source: Programming Interface for Bus Master IDE
/// Controller 1.0.
///
/// Thread safety: any thread.
[[nodiscard]] std::optional<DmaMemory> readDmaTable(const hypervisor::GuestMemory& memory,
                                                    std::uint32_t table, std::uint64_t bytes);

}  // namespace devices::ide
