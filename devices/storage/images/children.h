// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "devices/storage/io_engine.h"
#include "devices/storage/task.h"
#include "hypervisor/error.h"

namespace devices::storage {

/// Differencing disks whose noted parent is `path`: those in its folder. Children elsewhere are not
/// known, unless they are open, when their locks on the parent tell.
Task<hypervisor::Result<std::vector<std::string>>> childrenOf(IoEngine& engine, std::string path);

/// An error that says that it can't be done ("cannot `verb` `path`") if the disk has known children
/// other than `except`.
Task<hypervisor::Result<void>> refuseIfParent(IoEngine& engine, std::string verb, std::string path,
                                              std::string except = {});

}  // namespace devices::storage
