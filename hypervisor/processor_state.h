// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace hypervisor {

/// General registers in the order of their encoding (Intel SDM volume 2, section 2.1.5).
enum class Register : std::uint8_t {
    Rax,
    Rcx,
    Rdx,
    Rbx,
    Rsp,
    Rbp,
    Rsi,
    Rdi,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15
};

/// Segment registers in the order of their encoding.
enum class SegmentName : std::uint8_t { Es, Cs, Ss, Ds, Fs, Gs };
inline constexpr std::size_t kSegmentCount = 6;

/// A segment register with its hidden part.
struct Segment {
    std::uint64_t base = 0;
    /// In bytes, after granularity has been applied.
    std::uint32_t limit = 0xFFFF;
    std::uint16_t selector = 0;
    /// Bits 8..23 of the descriptor's second word, shifted down: [3:0] type, 4 code or data,
    /// [6:5] DPL, 7 present, 12 AVL, 13 L, 14 D/B, 15 G. Zero bit 7 also says "unusable".
    std::uint16_t attributes = 0x93;

    [[nodiscard]] std::uint8_t type() const { return attributes & 0xF; }
    [[nodiscard]] std::uint8_t dpl() const { return (attributes >> 5) & 3; }
    [[nodiscard]] bool present() const { return (attributes & 0x80) != 0; }
    [[nodiscard]] bool isLong() const { return (attributes & 0x2000) != 0; }
    [[nodiscard]] bool isDefaultBig() const { return (attributes & 0x4000) != 0; }

    friend bool operator==(const Segment&, const Segment&) = default;
};

struct DescriptorTable {
    std::uint64_t base = 0;
    std::uint16_t limit = 0xFFFF;

    friend bool operator==(const DescriptorTable&, const DescriptorTable&) = default;
};

/// x87, MMX and SSE state as FXSAVE64 writes it (Intel SDM volume 1, table 10-2); the upper
/// halves of vector registers are kept apart because their place depends on XSAVE's layout.
struct alignas(64) FxsaveImage {
    std::uint16_t controlWord = 0x037F;
    std::uint16_t statusWord = 0;
    std::uint8_t abridgedTag = 0;
    std::uint8_t reserved = 0;
    std::uint16_t opcode = 0;
    std::uint64_t instructionPointer = 0;
    std::uint64_t dataPointer = 0;
    std::uint32_t mxcsr = 0x1F80;
    std::uint32_t mxcsrMask = 0xFFFF;
    std::array<std::array<std::uint8_t, 16>, 8> st{};
    std::array<std::array<std::uint8_t, 16>, 16> xmm{};
    std::array<std::uint8_t, 96> available{};
};
static_assert(sizeof(FxsaveImage) == 512);
static_assert(offsetof(FxsaveImage, mxcsr) == 24);
static_assert(offsetof(FxsaveImage, st) == 32);
static_assert(offsetof(FxsaveImage, xmm) == 160);

/// What a VP does between two instructions.
enum class Activity : std::uint8_t { Running, Halted, WaitForSipi };

/// An exception or interrupt that has been recognised and not yet delivered.
struct PendingEvent {
    enum class Kind : std::uint8_t { Exception, Nmi, ExternalInterrupt };
    Kind kind = Kind::Exception;
    std::uint8_t vector = 0;
    std::optional<std::uint32_t> errorCode;
};

/// The architectural state of one VP, the local APIC's registers aside: what set-up writes, what
/// backends exchange and what a crash report prints. The default is the state after RESET
/// (Intel SDM volume 3, table 9-1).
struct ProcessorState {
    std::array<std::uint64_t, 16> registers{0, 0, 0x600};
    std::uint64_t rip = 0xFFF0;
    std::uint64_t rflags = 2;

    std::array<Segment, kSegmentCount> segments{
        Segment{}, Segment{0xFFFF'0000, 0xFFFF, 0xF000, 0x9B}, Segment{}, Segment{}, Segment{},
        Segment{}};
    Segment ldtr{0, 0xFFFF, 0, 0x82};
    Segment tr{0, 0xFFFF, 0, 0x8B};
    DescriptorTable gdtr;
    DescriptorTable idtr;

    std::uint64_t cr0 = 0x6000'0010;
    std::uint64_t cr2 = 0;
    std::uint64_t cr3 = 0;
    std::uint64_t cr4 = 0;
    std::uint64_t cr8 = 0;
    std::uint64_t efer = 0;
    std::uint64_t xcr0 = 1;
    std::array<std::uint64_t, 8> dr{0, 0, 0, 0, 0, 0, 0xFFFF'0FF0, 0x400};

    FxsaveImage fpu;

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
    /// The local APIC's base, enable and BSP bits (MSR 0x1B).
    std::uint64_t apicBase = 0xFEE0'0900;

    Activity activity = Activity::Running;
    /// Interrupts are held off for one instruction (after STI or a load of SS).
    bool interruptShadow = false;
    bool nmiBlocked = false;
    std::optional<PendingEvent> pendingEvent;

    [[nodiscard]] std::uint64_t& operator[](Register name) {
        return registers[static_cast<std::size_t>(name)];
    }
    [[nodiscard]] Segment& operator[](SegmentName name) {
        return segments[static_cast<std::size_t>(name)];
    }
    [[nodiscard]] const Segment& operator[](SegmentName name) const {
        return segments[static_cast<std::size_t>(name)];
    }
};

/// The registers in several lines, for a crash report.
[[nodiscard]] std::string describe(const ProcessorState& state);

}  // namespace hypervisor
