// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "hypervisor/file_descriptor.h"
#include "hypervisor/hypervisor.h"
#include "hypervisor/instruction_emulator.h"

namespace hypervisor::kvm {

/// The backend on the kernel's virtual machine monitor. `device` is /dev/kvm, opened for reading
/// and writing. `virtualizes` says whether the host's processor does, or KVM only emulates
/// instructions: then guests are shown no more than the emulators execute. `emulators` may be
/// empty: then nothing executes what KVM can't.
///
/// A VP's thread is interrupted by the signal SIGRTMIN, whose handler VirtualProcessor::bind()
/// sets; a program with threads that block all signals must leave this one open on VP threads.
[[nodiscard]] Result<std::unique_ptr<Hypervisor>> createHypervisor(
    FileDescriptor device, bool virtualizes, InstructionEmulatorFactory emulators);

}  // namespace hypervisor::kvm
