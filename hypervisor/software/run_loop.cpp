// SPDX-License-Identifier: GPL-3.0-or-later
#include "run_loop.h"

#include "block_builder.h"
#include "block_cache.h"
#include "debug_registers.h"
#include "exceptions.h"
#include "execution.h"
#include "mxcsr.h"

namespace hypervisor::software {

namespace {

constexpr auto kCs = static_cast<std::size_t>(SegmentName::Cs);

/// While this lives, other VPs wait for this one where they must (see CodePages), and the host's
/// floating point control belongs to the guest.
class Running {
  public:
    explicit Running(Processor& p) : p_(p) {
        p_.participant.enter();
        if (!p_.codePages.isCurrent(p_.participant))
            acknowledge(p_);
        enterGuestFloatingPoint(p_);
    }
    ~Running() {
        leaveGuestFloatingPoint(p_);
        p_.participant.leave();
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

    static void acknowledge(Processor& p) {
        const std::uint32_t mark = p.codePages.currentMark();
        p.dropWriteTags();
        p.codePages.acknowledge(p.participant, mark);
    }

  private:
    Processor& p_;
};

void lookAtCodePages(Processor& p) {
    p.attention.fetch_and(~attention::kCodePages, std::memory_order_acq_rel);
    if (!p.codePages.isCurrent(p.participant))
        Running::acknowledge(p);
    p.dropChangedCode();
}

/// A block whose bytes go on in a second page is right only while that page is where it was.
[[nodiscard]] bool secondPageHolds(Processor& p, const Block& block) {
    if (block.secondPage == Block::kNoPage)
        return true;
    const std::uint64_t next = (p.rip + p.linearBase[kCs] + kPageSize) & kPageMask;
    const auto second = p.translateFetch(next);
    return second && (*second & kPageMask) == block.secondPage;
}

/// Whether the block cache may be used, or everything is decoded from memory as it is now.
enum class Keep : std::uint8_t { Yes, No };

/// The block at p.rip, decoded if need be; nullptr after a fault.
[[nodiscard]] Block* findBlock(Processor& p, Mode mode, Keep keeping) {
    if (!p.in64BitMode() && p.rip > p.segments[kCs].limit) {
        p.raise(Exception::GeneralProtection, 0);
        return nullptr;
    }
    const Processor::UnlinkedTransfer left = std::exchange(p.unlinked, {});
    Operation* unlinked =
        left.target == p.rip && left.context == p.codeContext ? left.operation : nullptr;
    const auto physical = p.translateFetch(p.rip + p.linearBase[kCs]);
    if (!physical)
        return nullptr;
    Block* block = keeping == Keep::Yes ? p.blocks->find(*physical, mode) : nullptr;
    if (block != nullptr && !secondPageHolds(p, *block)) {
        if (p.faulted)
            return nullptr;
        block = nullptr;
    }
    if (block == nullptr) {
        if (!buildBlock(p, *physical, mode))
            return nullptr;
        Processor::Scratch& scratch = *p.scratch;
        if (keeping == Keep::No || !scratch.settled) {
            scratch.inUse = true;
            return &scratch.block;
        }
        const std::uint64_t emptied = p.blocks->emptied();
        block = p.blocks->insert(scratch.block,
                                 std::span(scratch.operations).first(scratch.block.operationCount));
        if (p.blocks->emptied() != emptied)
            unlinked = nullptr;
    }
    block->virtualStart = p.rip;
    block->context = p.codeContext;
    if ((mode & mode::kSingle) == 0) {
        p.blocks->recent(p.rip) = block;
        if (unlinked != nullptr)
            unlinked->immediate = reinterpret_cast<std::uint64_t>(block);
    }
    return block;
}

void runOperations(Processor& p, Block* block) {
    p.registers[kBlockStart / 8] = p.rip;
    enter(p, block->operations());
    if constexpr (!kThreaded)
        while (p.resume != nullptr) {
            const Operation* operation = std::exchange(p.resume, nullptr);
            operation->handler(p, operation);
        }
}

/// With CS's base the meaning of instruction pointers changes.
void noteCodeBase(Processor& p) {
    if (p.linearBase[kCs] == p.codeBase) [[likely]]
        return;
    p.codeBase = p.linearBase[kCs];
    ++p.generation;
    p.codeContext = p.generation << 32 | p.mode;
}

/// Executes a block, or one instruction if something must be looked at after it.
void step(Processor& p, Keep keeping) {
    noteCodeBase(p);
    const bool traced = (p.mode & mode::kSingle) != 0;
    const bool single = traced || p.interruptShadow || keeping == Keep::No;
    if (traced && !checkCodeBreakpoint(p)) {
        deliverFault(p);
        return;
    }
    p.interruptShadow = false;
    Block* block = findBlock(p, p.mode | (single ? mode::kSingle : Mode{0}), keeping);
    if (block != nullptr) {
        // Keeps transfers from going on to another block.
        if (single)
            p.attention.fetch_or(attention::kStep, std::memory_order_relaxed);
        runOperations(p, block);
        if (single)
            p.attention.fetch_and(~attention::kStep, std::memory_order_relaxed);
        p.scratch->inUse = false;
    }
    if (p.faulted) {
        p.pendingDebug = 0;
        deliverFault(p);
    } else if (traced) {
        finishInstruction(p);
    }
}

}  // namespace

void Processor::dropChangedCode() {
    if (!codePages.hasDropped(participant))
        return;
    for (const Gpa page : codePages.takeDropped(participant)) {
        blocks->dropPage(page);
        if (scratch->inUse &&
            ((scratch->block.physical & kPageMask) == page || scratch->block.secondPage == page))
            BlockCache::disarm(std::span(scratch->operations));
    }
}

Pause runProcessor(Processor& p) {
    const Running running(p);
    for (;;) {
        if (p.tripleFaulted)
            return Pause::TripleFault;
        if (const std::uint32_t bits = p.attention.load(std::memory_order_acquire); bits != 0) {
            if ((bits & ~attention::kCodePages) != 0)
                return Pause::Attention;
            lookAtCodePages(p);
        }
        if (p.halted)
            return Pause::Halted;
        if (p.nmiPending && !p.nmiBlocked && !p.interruptShadow)
            return Pause::Attention;
        if (p.interruptWaiting && (p.systemFlags & rflags::kInterrupt) != 0 && !p.interruptShadow)
            return Pause::Attention;
        step(p, Keep::Yes);
    }
}

void runOneInstruction(Processor& p) {
    const Running running(p);
    lookAtCodePages(p);
    step(p, Keep::No);
}

}  // namespace hypervisor::software
