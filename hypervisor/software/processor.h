// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "attention.h"
#include "code_pages.h"
#include "control_bits.h"
#include "fault.h"
#include "hypervisor/guest_memory.h"
#include "hypervisor/processor_state.h"
#include "miscellaneous_registers.h"
#include "mode.h"
#include "operation.h"
#include "processor_environment.h"
#include "tlb.h"
#include "x87_state.h"

namespace hypervisor::software {

class BlockCache;

/// The two halves of a handler's work on memory: whether it may change what it reaches.
enum class Access : std::uint8_t { Read, Write, Execute };

/// The privilege an access is made with: the current one, or the processor's own (descriptor
/// tables, task state, frames of an inner stack), which is never that of user mode.
enum class Privilege : std::uint8_t { Current, System };

/// One processor's registers and everything that its handlers touch. Data is public: this is the
/// record that handlers are functions of. Owner: the thread of the VP; only `attention` is
/// written by others.
class alignas(64) Processor {
  public:
    Processor(GuestMemory& memory, CodePages& codePages, ProcessorEnvironment& environment,
              VpIndex index);
    ~Processor();
    Processor(const Processor&) = delete;
    Processor& operator=(const Processor&) = delete;

    // What handlers use most, on the first cache lines.

    std::array<std::uint64_t, kRegisterSlots> registers{};
    /// Arithmetic flags as the host's LAHF and SETO deliver them: bits 15 to 8 are SF, ZF, -, AF,
    /// -, PF, 1, CF; bits 7 to 0 are OF as 0 or 1.
    std::uint16_t flags = 0x0200;
    Mode mode = 0;
    /// Non-zero asks the processor to leave its blocks and look around, see attention.h.
    std::atomic<std::uint32_t> attention{0};
    /// The table for accesses with the current privilege.
    Tlb* tlb;
    /// Identifies the present meaning of virtual code addresses: changes with every flush and
    /// every change of mode.
    std::uint64_t codeContext = 0;
    /// Decoded code.
    std::unique_ptr<BlockCache> blocks;
    /// A direct transfer that did not know its block yet, for the run loop to fill in, unless an
    /// interrupt or a fault makes something else come next.
    struct UnlinkedTransfer {
        Operation* operation = nullptr;
        std::uint64_t target = 0;
        std::uint64_t context = 0;
    };
    UnlinkedTransfer unlinked;
    /// Where execution goes on when operations are stepped one by one, see execution.h.
    const Operation* resume = nullptr;
    /// Bases as address computations need them: zero in 64-bit mode for all but FS and GS.
    std::array<std::uint64_t, 8> linearBase{};

    /// Instruction pointer; current only outside of handlers and in functions that were called
    /// as system operations.
    std::uint64_t rip = 0xFFF0;
    /// RFLAGS without the arithmetic flags; bit 1 is set.
    std::uint64_t systemFlags = rflags::kFixed;
    std::uint8_t cpl = 0;
    /// A handler has raised `fault`; the run loop delivers it.
    bool faulted = false;
    /// A data access has gone to a device, since somebody has taken this back.
    bool metDevice = false;
    Fault fault;

    struct alignas(32) VectorRegister {
        std::array<std::byte, 32> bytes{};
    };
    /// XMM in the lower half; the upper half is room for AVX.
    std::array<VectorRegister, 16> vectors{};
    /// MXCSR; while the guest runs, its sticky flags collect in the host's register.
    std::uint32_t mxcsr = 0x1F80;
    X87State x87;

    std::array<Segment, kSegmentCount> segments;
    Segment ldtr;
    Segment tr;
    DescriptorTable gdtr;
    DescriptorTable idtr;

    std::uint64_t cr0 = 0;
    std::uint64_t cr2 = 0;
    std::uint64_t cr3 = 0;
    std::uint64_t cr4 = 0;
    std::uint64_t efer = 0;
    std::uint64_t xcr0 = 1;
    std::array<std::uint64_t, 8> dr{};
    /// PAE page-directory-pointer entries, loaded with CR3.
    std::array<std::uint64_t, 4> pdptes{};

    std::uint64_t star = 0;
    std::uint64_t lstar = 0;
    std::uint64_t cstar = 0;
    std::uint64_t syscallMask = 0;
    std::uint64_t kernelGsBase = 0;
    std::uint64_t sysenterCs = 0;
    std::uint64_t sysenterEsp = 0;
    std::uint64_t sysenterEip = 0;
    std::uint64_t pat = 0x0007'0406'0007'0406;
    std::uint64_t tscAux = 0;
    MiscellaneousRegisters miscellaneous;

    /// Interrupts are held off until one more instruction has run (STI, MOV SS, POP SS).
    bool interruptShadow = false;
    /// What instruction pointers are relative to in codeContext; see run_loop.cpp.
    std::uint64_t codeBase = 0;
    /// An interrupt is waiting for RFLAGS.IF.
    bool interruptWaiting = false;
    /// SS has just been loaded while mode::kSingle is set: debug exceptions wait for one more
    /// instruction.
    bool debugShadow = false;
    bool nmiBlocked = false;
    bool nmiPending = false;
    bool halted = false;
    /// Debug conditions of the present instruction (DR6 bits), reported when it has ended.
    std::uint64_t pendingDebug = 0;
    /// What loadChecked() hands to its caller.
    alignas(64) std::array<std::byte, 64> loaded{};
    bool tripleFaulted = false;
    /// The last exceptions, for a crash report; a ring.
    struct DeliveredFault {
        Fault fault;
        std::uint64_t rip = 0;
        std::uint64_t cr2 = 0;
    };
    std::array<DeliveredFault, 8> history{};
    unsigned historyCount = 0;

    GuestMemory& memory;
    CodePages& codePages;
    ProcessorEnvironment& environment;
    const VpIndex index;
    CodePages::Participant participant{attention};
    /// Code that may be run once but not kept, see CodePages.
    struct Scratch;
    std::unique_ptr<Scratch> scratch;

    // Registers

    [[nodiscard]] std::uint64_t& operator[](Register name) {
        return registers[static_cast<std::size_t>(name)];
    }
    [[nodiscard]] Segment& operator[](SegmentName name) {
        return segments[static_cast<std::size_t>(name)];
    }
    [[nodiscard]] std::uint64_t rflags() const;
    /// Takes every bit as it is, reserved ones aside. Does not call updateMode().
    void setRflags(std::uint64_t value);

    /// Linear addresses are wider than 32 bits and segments are mostly ignored.
    [[nodiscard]] bool inLongMode() const { return (efer & efer::kLongModeActive) != 0; }
    [[nodiscard]] bool in64BitMode() const { return (mode & mode::kCode64) != 0; }
    [[nodiscard]] bool inProtectedMode() const { return (cr0 & cr0::kProtection) != 0; }
    [[nodiscard]] bool inVirtual8086Mode() const {
        return (systemFlags & rflags::kVirtual8086) != 0;
    }
    [[nodiscard]] bool isCanonical(std::uint64_t address) const {
        return static_cast<std::uint64_t>(static_cast<std::int64_t>(address << 16) >> 16) ==
               address;
    }

    /// Must follow every change of CS, SS, CPL, CR0, CR4, EFER, VM, TF, AC, DR7, MXCSR masks or
    /// segment bases: recomputes mode, linearBase, tlb and codeContext.
    void updateMode();
    /// Must follow every load of ES, DS, FS or GS that updateMode() does not follow: brings the
    /// mode up to date.
    void noteSegmentLoad();

    // Faults. Each records the fault and returns false, so that a failing function can say
    // `return p.raise(...)`.

    bool raise(Exception vector);
    bool raise(Exception vector, std::uint32_t errorCode);
    bool raisePageFault(std::uint64_t address, std::uint32_t errorCode);

    // Memory by linear address, any size that fits the type, page-crossing and devices included.
    // False after a fault. The segment-relative forms check the segment first.

    [[nodiscard]] bool readLinear(std::uint64_t address, void* to, unsigned size,
                                  Privilege privilege = Privilege::Current);
    [[nodiscard]] bool writeLinear(std::uint64_t address, const void* from, unsigned size,
                                   Privilege privilege = Privilege::Current);

    template <class T>
    [[nodiscard]] std::optional<T> read(std::uint64_t linear,
                                        Privilege privilege = Privilege::Current) {
        T value;
        if (!readLinear(linear, &value, sizeof value, privilege))
            return std::nullopt;
        return value;
    }
    template <class T>
    [[nodiscard]] bool write(std::uint64_t linear, T value,
                             Privilege privilege = Privilege::Current) {
        return writeLinear(linear, &value, sizeof value, privilege);
    }

    /// The linear address of [offset, offset + size) in a segment, after type, limit and
    /// canonical checks; nothing after #GP or #SS.
    [[nodiscard]] std::optional<std::uint64_t> linear(SegmentName segment, std::uint64_t offset,
                                                      unsigned size, Access access) {
        std::uint64_t found;
        return findLinear(segment, offset, size, access, found) ? std::optional(found)
                                                                : std::nullopt;
    }
    /// The same; false after a fault. (An optional that is returned goes through memory, in parts.)
    [[nodiscard]] bool findLinear(SegmentName segment, std::uint64_t offset, unsigned size,
                                  Access access, std::uint64_t& linear);

    /// What `operation`'s memory operand addresses, before segmentation.
    [[nodiscard]] std::uint64_t effectiveAddress(const Operation& operation) const;
    /// The linear address of `operation`'s memory operand of `size` bytes, all checks made.
    [[nodiscard]] std::optional<std::uint64_t> operandAddress(const Operation& operation,
                                                              unsigned size, Access access) {
        return linear(static_cast<SegmentName>(operation.segment), effectiveAddress(operation),
                      size, access);
    }

    /// The guest physical address behind `linear`, after a walk with all checks, accessed and
    /// dirty bits set; nothing after #PF.
    [[nodiscard]] std::optional<Gpa> translate(std::uint64_t linear, Access access,
                                               Privilege privilege);

    /// The same for fetching code at the current privilege, through a cache of its own.
    [[nodiscard]] std::optional<Gpa> translateFetch(std::uint64_t linear);

    /// Host memory for [linear, linear + size) where it lies in one page of RAM that holds no
    /// decoded code; nullptr after a fault, or without one where it does not (`faulted` tells).
    [[nodiscard]] std::byte* hostAddress(std::uint64_t linear, unsigned size, Access access,
                                         Privilege privilege = Privilege::Current);

    /// A read-modify-write operand. `open` gives memory to work on, the guest's own where that
    /// can be, so that host atomics on it are guest atomics, else a private copy (devices,
    /// operands across pages); `commit` finishes the write. nullptr or false: a fault.
    [[nodiscard]] void* openForModify(std::uint64_t linear, unsigned size);
    [[nodiscard]] bool commitModify();

    // Translation caches

    void flushTlb();
    void flushTlbPage(std::uint64_t linear);
    /// Another processor has begun to decode code from pages that this one may write to without
    /// being seen: forget write tags.
    void dropWriteTags();

    /// Drops the blocks of pages that have changed, at once: the one that runs is left before its
    /// next operation.
    void dropChangedCode();

    /// Copies to and from the form that the rest of the program uses.
    [[nodiscard]] ProcessorState save() const;
    void load(const ProcessorState& state);

    // Owned by mmu.cpp: tables for supervisor, supervisor with AC set, user; and one that never
    // hits, used while every access must be looked at (alignment checks, data breakpoints).
    std::array<Tlb, 3> tlbs;
    Tlb missTlb;
    static constexpr std::size_t kFetchEntries = 256;
    std::array<FetchTlbEntry, kFetchEntries> fetchTlb{};
    std::uint64_t generation = 1;

  private:
    /// Whether the segment's kind does not forbid it; data alone.
    [[nodiscard]] bool permits(const Segment& segment, Access access) const;
    /// The bits of the mode about open segments.
    [[nodiscard]] Mode openSegments() const;

    struct Walk {
        Gpa physical = 0;
        bool writable = false;
        bool dirty = false;
        /// The bits of an address within the page.
        std::uint64_t offsetMask = 0;
    };
    [[nodiscard]] std::optional<Walk> walk(std::uint64_t linear, Access access, bool user,
                                           bool systemAccess);
    [[nodiscard]] std::byte* fill(std::uint64_t linear, Access access, Privilege privilege,
                                  Gpa& physical);
    [[nodiscard]] bool accessPiece(std::uint64_t linear, void* data, unsigned size, Access access,
                                   Privilege privilege);
    [[nodiscard]] bool checkAlignment(std::uint64_t linear, unsigned size, Privilege privilege);
    void checkDataBreakpoints(std::uint64_t linear, unsigned size, Access access);
    [[nodiscard]] Tlb& table(Privilege privilege);
    void noteLargePage(std::uint64_t linear, std::uint64_t offsetMask);

    /// All large pages in the TLBs lie where (address ^ largeBase_) & largeMask_ is zero; mask
    /// zero: there is none.
    std::uint64_t largeBase_ = 0;
    std::uint64_t largeMask_ = 0;

    struct Modification {
        std::uint64_t linear = 0;
        unsigned size = 0;
        /// Set when `openForModify` gave guest memory that must be reported to codePages.
        bool direct = false;
        Gpa physical = 0;
        alignas(64) std::array<std::byte, 64> copy{};
    } modification_;
};

}  // namespace hypervisor::software
