// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "hypervisor/processor_state.h"

/// What a test case starts from and what it leaves behind, in a form that the native processor
/// and the software one share.
namespace oracle {

/// What a user-mode instruction can see. The layout is known to native_entry.cpp.
struct MachineState {
    hypervisor::FxsaveImage floatingPoint;
    std::array<std::uint64_t, 16> registers{};
    std::uint64_t rip = 0;
    std::uint64_t rflags = 0;
    std::uint64_t fsBase = 0;
    std::uint64_t gsBase = 0;
};
static_assert(offsetof(MachineState, registers) == 512);
static_assert(offsetof(MachineState, rip) == 640);
static_assert(offsetof(MachineState, rflags) == 648);
static_assert(offsetof(MachineState, fsBase) == 656);
static_assert(offsetof(MachineState, gsBase) == 664);

// Memory. All of it lies low, so that 32-bit code reaches it too. Around and between the windows
// nothing is mapped.

inline constexpr std::size_t kPage = 4096;

struct Window {
    std::uint64_t address;
    /// Number of its first page in the test's memory.
    std::size_t page;
    std::size_t pages;
    bool writable;
    bool executable;
};
inline constexpr Window kCode{0x1000'0000, 0, 2, false, true};
inline constexpr Window kData{0x2000'0000, 2, 2, true, false};
inline constexpr Window kReadOnly{0x2000'3000, 4, 1, false, false};
inline constexpr Window kStack{0x2001'0000, 5, 2, true, false};
inline constexpr std::array<Window, 4> kWindows{kCode, kData, kReadOnly, kStack};
inline constexpr std::size_t kPages = 7;
using TestMemory = std::array<std::byte, kPages * kPage>;

/// What the code window holds besides the code under test: INT3, which ends a case.
inline constexpr std::byte kFiller{0xCC};

enum class CodeSize : std::uint8_t { Bits32, Bits64 };

struct Case {
    MachineState initial;
    CodeSize codeSize = CodeSize::Bits64;
    std::uint8_t codeLength = 0;
    std::uint16_t patchLength = 0;
    std::uint64_t patchAddress = 0;
    std::array<std::byte, 48> code{};
    /// Memory that differs from the background before the code runs.
    std::array<std::byte, 640> patch{};
    /// Bits of RFLAGS that the code leaves undefined.
    std::uint64_t undefinedFlags = 0;
};

enum class Ending : std::uint8_t { Exception, Hang };

/// Memory that differs from the background after the code has run.
struct ChangedLine {
    static constexpr std::size_t kSize = 64;
    /// Number of the line in the test's memory.
    std::size_t line = 0;
    std::array<std::byte, kSize> bytes{};

    friend bool operator==(const ChangedLine&, const ChangedLine&) = default;
};

struct Outcome {
    MachineState final;
    Ending ending = Ending::Exception;
    /// INT3 behind the code counts as exception 3.
    std::uint8_t vector = 0;
    std::uint16_t codeSelector = 0;
    std::uint32_t errorCode = 0;
    std::uint64_t faultAddress = 0;
    static constexpr std::size_t kLines = 32;
    /// May exceed kLines; the first ones are in `lines`.
    std::size_t changed = 0;
    std::array<ChangedLine, kLines> lines{};
};

/// Puts the case's code and patch into `memory`, which holds the background.
void prepareMemory(const Case& test, TestMemory& memory);
/// Records what has changed and puts the background back.
void collectMemory(TestMemory& memory, const TestMemory& background, Outcome& outcome);

/// Copies into the windows that [address, address + length) lies in; the rest is dropped.
void writeWindows(TestMemory& memory, std::uint64_t address, const std::byte* from,
                  std::size_t length);

}  // namespace oracle
