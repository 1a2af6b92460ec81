// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"

namespace service {

/// Who may connect.
struct SocketAccess {
    mode_t mode = 0600;
    /// The socket's group, if another than the process's.
    std::optional<gid_t> group;
};

/// A Unix stream socket that listens at `path`, in place of what was there before. At no moment can
/// anybody connect under another mode or group. Its folder must be one that only the service
/// writes to.
[[nodiscard]] hypervisor::Result<hypervisor::FileDescriptor> createListeningSocket(
    const std::string& path, const SocketAccess& access);

}  // namespace service
