// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "cpuid_result.h"
#include "guest_memory.h"
#include "intercept_handler.h"
#include "processor_state.h"

namespace hypervisor {

/// Executes single instructions on the state of a VP that another backend runs: for those that
/// its processor, or the emulator of the host's kernel, can't. One for each VP, used on that VP's
/// thread.
class InstructionEmulator {
  public:
    enum class Outcome : std::uint8_t {
        /// `state` is that after the instruction, or, when it faulted, at the first instruction
        /// of the exception's handler.
        Executed,
        /// The fault could not be delivered.
        TripleFault,
        /// The instruction is not known here either; `state` is unchanged.
        Unknown,
    };

    virtual ~InstructionEmulator() = default;

    /// Whether the instruction in `code`, of 64-bit mode, has to do with nothing but general,
    /// segment and control registers, flags and memory. executeOne() then takes a state in which
    /// nothing else but debug registers and pending events is right, and leaves the rest alone.
    [[nodiscard]] virtual bool isBasic(std::span<const std::uint8_t> code) const = 0;

    /// CPUID of a processor that has nothing but what executeOne() executes.
    [[nodiscard]] virtual CpuidResult cpuid(std::uint32_t leaf, std::uint32_t subleaf) const = 0;

    /// Executes the instruction at `state.rip`, all repetitions of a string instruction or some
    /// of them. Nothing is kept from call to call: between two, the guest may have changed page
    /// tables and code without notice. Other VPs run meanwhile, so atomic instructions must be
    /// atomic on `memory`.
    [[nodiscard]] virtual Outcome executeOne(VpIndex vp, ProcessorState& state, GuestMemory& memory,
                                             InterceptHandler& handler) = 0;
};

/// Makes the emulator of one VP.
using InstructionEmulatorFactory = std::function<std::unique_ptr<InstructionEmulator>(VpIndex vp)>;

}  // namespace hypervisor
