// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hypervisor/error.h"

namespace devices::storage {

/// Holds an io_uring that was made disabled to what a disk needs: reading, writing, flushing and
/// allocating on registered files, and registering further files. Everything else is refused once
/// it is enabled: the kernel's seccomp does not see what a ring does.
[[nodiscard]] hypervisor::Result<void> restrictRing(int ring);

/// io_uring_register(2), which liburing 2.3's shared library lacks for restrictions and enabling.
/// A negative errno value if it fails.
int registerWithRing(int ring, unsigned operation, const void* argument, unsigned count);

}  // namespace devices::storage
