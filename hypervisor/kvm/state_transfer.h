// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

#include "hypervisor/error.h"
#include "hypervisor/processor_state.h"
#include "kernel_interface.h"

namespace hypervisor::kvm {

/// The state of the VP behind `processor` (a KVM VP descriptor), on its thread and outside of
/// KVM_RUN.
[[nodiscard]] Result<ProcessorState> readState(int processor);

/// Replaces it. What ProcessorState does not hold (upper halves of vector registers, other MSRs)
/// stays.
[[nodiscard]] Result<void> writeState(int processor, const ProcessorState& state);

/// The general registers in the order of `Register`.
[[nodiscard]] std::array<std::uint64_t, 16> generalRegisters(const kvm_regs& from);
void setGeneralRegisters(kvm_regs& to, const std::array<std::uint64_t, 16>& registers);

}  // namespace hypervisor::kvm
