// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "decoded_instruction.h"

namespace hypervisor::software {

/// FXSAVE, FXRSTOR, XSAVE, XSAVEOPT, XRSTOR with their 64-bit forms.
[[nodiscard]] Lowered lowerExtendedState(const DecodedInstruction& decoded, Operation& operation);

}  // namespace hypervisor::software
