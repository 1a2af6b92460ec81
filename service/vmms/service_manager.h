// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "service_places.h"

namespace service {

// The init system's side, by its plain protocols (sd_notify(3), sd_listen_fds(3)).

/// Tells systemd, if it has started us: "READY=1", "STOPPING=1", "STATUS=...".
void notifyServiceManager(std::string_view state);

/// A listening socket that systemd hands over.
struct InheritedSocket {
    hypervisor::FileDescriptor descriptor;
    /// The unit that it is of, as long as that has given it no other name: "vireod.socket".
    std::string unit;
};
/// The first one; nothing without one.
[[nodiscard]] std::optional<InheritedSocket> takeInheritedSocket();

/// Has systemd stop listening at a socket, so that nobody's connection starts the service anew;
/// does not wait for that. Systemd stops services that require the socket, too.
[[nodiscard]] hypervisor::Result<void> stopSocketUnit(ServiceMode mode, const std::string& unit);

/// Whether the host, or in a session the user's whole session, is going down now.
[[nodiscard]] bool isHostGoingDown(ServiceMode mode);

}  // namespace service
