// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>

#include "hypervisor/guest_memory.h"
#include "mode.h"
#include "operation.h"

namespace hypervisor::software {

/// A straight piece of decoded code: entered at its first operation, left where a transfer is
/// taken. Its bytes lie in one page, unless it is a single instruction across two. Operations
/// follow it in memory.
struct Block {
    /// Where it was last found to be mapped, and the Processor::codeContext in which that holds.
    std::uint64_t virtualStart;
    std::uint64_t context;

    Gpa physical;
    Mode mode;
    std::uint16_t operationCount;
    /// Bytes of code.
    std::uint16_t length;
    /// The second page of an instruction across two, else none.
    Gpa secondPage;

    /// Chains of BlockCache.
    Block* nextInBucket;
    Block* nextInPage;
    Block* nextInSecondPage;

    static constexpr Gpa kNoPage = ~Gpa{0};

    [[nodiscard]] Operation* operations() { return reinterpret_cast<Operation*>(this + 1); }
    [[nodiscard]] std::span<Operation> all() { return {operations(), operationCount}; }
};
static_assert(sizeof(Block) % alignof(Operation) == 0);

}  // namespace hypervisor::software
