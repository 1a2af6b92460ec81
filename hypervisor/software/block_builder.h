// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

#include "block.h"
#include "processor.h"

namespace hypervisor::software {

/// Where code is decoded to, and run from when it must not be kept.
struct Processor::Scratch {
    /// Instructions a block has at most, and what ends it.
    static constexpr std::size_t kInstructions = 64;

    Block block;
    std::array<Operation, kInstructions + 1> operations;
    /// Runs now, not a copy of it in the cache.
    bool inUse = false;
    /// Every VP was known to report writes to its pages before its bytes were read: it may be
    /// kept.
    bool settled = false;
};

/// Decodes the code at p.rip, which is at `physical`, into p.scratch. False after a fault, which
/// only the fetch of the first instruction can raise: later ones end the block before them.
[[nodiscard]] bool buildBlock(Processor& p, Gpa physical, Mode mode);

}  // namespace hypervisor::software
