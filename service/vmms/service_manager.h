// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string_view>

#include "hypervisor/file_descriptor.h"
#include "service_places.h"

namespace service {

// The init system's side, by its plain protocols (sd_notify(3), sd_listen_fds(3)).

/// Tells systemd, if it has started us: "READY=1", "STOPPING=1", "STATUS=...".
void notifyServiceManager(std::string_view state);

/// The listening socket that systemd hands over, the first one; nothing without one.
[[nodiscard]] std::optional<hypervisor::FileDescriptor> takeInheritedSocket();

/// Whether the host, or in a session the user's whole session, is going down now.
[[nodiscard]] bool isHostGoingDown(ServiceMode mode);

}  // namespace service
