// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>

#include "hypervisor/file_descriptor.h"
#include "hypervisor/hypervisor.h"
#include "hypervisor/instruction_emulator.h"

namespace hypervisor {

enum class BackendChoice : std::uint8_t { Auto, Kvm, Software };

/// Whether the host's processor has VT-x or AMD-V. A /dev/kvm without it only emulates
/// instructions.
[[nodiscard]] bool hostVirtualizes();

/// The rule by itself: automatically KVM only where the device is there and the processor
/// virtualizes. An error when KVM is demanded and there is no device.
[[nodiscard]] Result<Backend> chooseBackend(BackendChoice choice, bool haveKvmDevice,
                                            bool virtualizes);

/// The software processor's two uses: as a backend, and beside KVM for single instructions.
struct SoftwareProcessor {
    std::function<Result<std::unique_ptr<Hypervisor>>()> createHypervisor;
    InstructionEmulatorFactory emulators;
};

/// The backend for `choice`. `kvmDevice` is /dev/kvm opened for reading and writing, or none
/// when it could not be opened. Where KVM would be chosen automatically but turns out to lack
/// something, the software backend is taken; where it is demanded, that is the error.
[[nodiscard]] Result<std::unique_ptr<Hypervisor>> createHypervisor(
    BackendChoice choice, FileDescriptor kvmDevice, const SoftwareProcessor& software);

}  // namespace hypervisor
