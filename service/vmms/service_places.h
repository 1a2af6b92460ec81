// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "hypervisor/error.h"

namespace service {

/// The system's service, as root, or one user's own.
enum class ServiceMode : bool { System, Session };

/// Where the service has its files and sockets.
struct ServicePlaces {
    /// Gone when the host restarts (or, in a session, when the user has logged out): sockets, and
    /// what is known of workers.
    std::string runtime;
    /// Stays: machines, the database.
    std::string data;

    [[nodiscard]] std::string socket() const { return runtime + "/vireod.sock"; }
    [[nodiscard]] std::string metricsSocket() const { return runtime + "/metrics.sock"; }
    [[nodiscard]] std::string consoles() const { return runtime + "/consoles"; }
    /// For root or the session's user alone.
    [[nodiscard]] std::string workers() const { return runtime + "/workers"; }
    /// There once the service has run since the host started.
    [[nodiscard]] std::string startedMark() const { return runtime + "/started"; }
    /// Held locked by the one service that uses these places.
    [[nodiscard]] std::string lock() const { return runtime + "/vireod.lock"; }
    [[nodiscard]] std::string machines() const { return data + "/machines"; }
    [[nodiscard]] std::string serviceSettings() const { return data + "/service.json"; }
    [[nodiscard]] std::string switches() const { return data + "/switches.json"; }
    /// What switches have taken from the host's network adapters.
    [[nodiscard]] std::string hostParts() const { return runtime + "/switches"; }
    [[nodiscard]] std::string database() const { return data + "/vireo.sqlite"; }

    /// System: /run/vireo and /var/lib/vireo. Session: $XDG_RUNTIME_DIR/vireo and
    /// $XDG_DATA_HOME/vireo, which is ~/.local/share/vireo without that variable.
    [[nodiscard]] static hypervisor::Result<ServicePlaces> find(ServiceMode mode);
    /// Makes the folders; `group` may look into the runtime folder.
    [[nodiscard]] hypervisor::Result<void> make(std::optional<gid_t> group) const;
};

}  // namespace service
