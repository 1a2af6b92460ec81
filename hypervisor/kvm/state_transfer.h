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

/// What KVM can keep in the VP's shared page at each exit and take from there, which costs no call
/// of its own: KVM_CAP_SYNC_REGS.
inline constexpr std::uint64_t kSharedState =
    KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS;

/// The state of which only general, segment, control and debug registers and pending events are
/// right, after an exit with kSharedState in `run.kvm_valid_regs`.
[[nodiscard]] Result<ProcessorState> readBasicState(int processor, const kvm_run& run);

/// Gives KVM what differs in those from `before`; it takes most of it at the next KVM_RUN.
[[nodiscard]] Result<void> writeBasicState(int processor, kvm_run& run,
                                           const ProcessorState& before,
                                           const ProcessorState& state);

/// The general registers in the order of `Register`.
[[nodiscard]] std::array<std::uint64_t, 16> generalRegisters(const kvm_regs& from);
void setGeneralRegisters(kvm_regs& to, const std::array<std::uint64_t, 16>& registers);

}  // namespace hypervisor::kvm
