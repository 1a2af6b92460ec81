// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>

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
