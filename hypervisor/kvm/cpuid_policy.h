// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "hypervisor/guest_interface/guest_interface.h"
#include "hypervisor/instruction_emulator.h"
#include "hypervisor/intercept_handler.h"
#include "kernel_interface.h"

namespace hypervisor::kvm {

/// Takes from `supported` the features that `emulator` can't execute: for a KVM that only emulates
/// and leaves to it what it can't itself, but passes the host's features on.
void restrictTo(std::vector<kvm_cpuid_entry2>& supported, const InstructionEmulator& emulator);

/// What `supported` (KVM_GET_SUPPORTED_CPUID) becomes for VP `vp` of `processors`: without KVM's
/// own signature, nested virtualization, performance counters and the promise of an invariant
/// TSC, with Hyper-V's leaves and one package of `processors` cores.
[[nodiscard]] std::vector<kvm_cpuid_entry2> guestCpuid(std::span<const kvm_cpuid_entry2> supported,
                                                       VpIndex vp, VpIndex processors,
                                                       const GuestInterface& guestInterface);

}  // namespace hypervisor::kvm
