// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "hypervisor/hypervisor.h"
#include "hypervisor/instruction_emulator.h"

namespace hypervisor::software {

/// The backend that needs nothing of the host but its x86-64 instructions.
[[nodiscard]] Result<std::unique_ptr<Hypervisor>> createSoftwareHypervisor();

/// The software processor as a helper of another backend.
[[nodiscard]] std::unique_ptr<InstructionEmulator> createInstructionEmulator(VpIndex vp);

}  // namespace hypervisor::software
