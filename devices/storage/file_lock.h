// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "engine_file.h"
#include "hypervisor/error.h"

namespace devices::storage {

/// Locks an image until unlockImage(), or for as long as its open file description lives, in this
/// process or in any that it is handed to: one writer, or any number of readers. A differencing
/// image's parents are read, so that nobody writes them while it is open. The lock is advisory
/// (fcntl(2), F_OFD_SETLK) and on one byte far behind any content; programs that take none, and
/// other hosts on some network file systems, do not see it.
[[nodiscard]] hypervisor::Result<void> lockImage(int descriptor, FileAccess access,
                                                 const std::string& name);

/// What an EngineFile does at its end: the kernel may keep the description for a moment after its
/// last descriptor is closed, for what io_uring did with it.
void unlockImage(int descriptor);

}  // namespace devices::storage
