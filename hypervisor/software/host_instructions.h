// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hypervisor/error.h"

namespace hypervisor::software {

/// Vector instructions of the guest are executed by the host's own of the same name. Fails where
/// the host lacks one that CPUID promises to the guest, saying which.
[[nodiscard]] Result<void> checkHostInstructions();

}  // namespace hypervisor::software
