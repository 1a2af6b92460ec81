// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "hypervisor/file_descriptor.h"

namespace tests {

/// A stream socket connected to the one at `path`; none when nobody listens there or may be talked
/// to.
[[nodiscard]] hypervisor::FileDescriptor connectTo(const std::string& path);

/// A socket of this process that listens at `path`, in place of what was there.
[[nodiscard]] hypervisor::FileDescriptor listenAt(const std::string& path);

}  // namespace tests
