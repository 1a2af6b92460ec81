// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "block_cache.h"
#include "execution.h"

/// How handlers go to another block. RIP is kept as a block's start; a handler that can't go on
/// directly leaves to the run loop with RIP at the target.
namespace hypervisor::software {

/// To the run loop, which finds what is at `target`.
inline void leaveTo(Processor& p, std::uint64_t target) {
    p.rip = target;
}

/// To an address that is computed each time.
[[gnu::always_inline]] inline void transfer(Processor& p, std::uint64_t target) {
    if (p.attention.load(std::memory_order_relaxed) != 0) [[unlikely]]
        return leaveTo(p, target);
    Block* block = p.blocks->recent(target);
    if (block->virtualStart != target || block->context != p.codeContext) [[unlikely]]
        return leaveTo(p, target);
    p.registers[kBlockStart / 8] = target;
    return enter(p, block->operations());
}

/// To an address that is always the same relative to the block: operation->displacement from its
/// start. `immediate` is the block there, once it has been found. Within one page the block need
/// only exist; across pages its mapping may have changed.
template <bool kWithinPage>
[[gnu::always_inline]] inline void transferDirect(Processor& p, const Operation* operation) {
    const std::uint64_t target = p.registers[kBlockStart / 8] +
                                 static_cast<std::uint64_t>(std::int64_t{operation->displacement});
    if (p.attention.load(std::memory_order_relaxed) != 0) [[unlikely]]
        return leaveTo(p, target);
    auto* block = reinterpret_cast<Block*>(operation->immediate);
    bool usable = block != nullptr;
    if constexpr (!kWithinPage)
        usable = usable && block->virtualStart == target && block->context == p.codeContext;
    if (!usable) [[unlikely]] {
        p.unlinked = {const_cast<Operation*>(operation), target, p.codeContext};
        return leaveTo(p, target);
    }
    p.registers[kBlockStart / 8] = target;
    return enter(p, block->operations());
}

/// The handlers of direct jumps, for the block builder, which knows what lies in the same page.
[[nodiscard]] Handler conditionalJump(unsigned conditionCode, bool withinPage);
[[nodiscard]] Handler directJump(bool withinPage);
/// Outside of 64-bit mode; Operation::extra is the operand size in bits.
[[nodiscard]] Handler directJumpLegacy();

}  // namespace hypervisor::software
