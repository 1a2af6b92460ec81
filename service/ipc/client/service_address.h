// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "hypervisor/error.h"

namespace service::client {

enum class ServiceKind : unsigned char {
    /// The host's, on /run/vireo/vireod.sock.
    System,
    /// The user's own, `vireod --session`, on $XDG_RUNTIME_DIR/vireo/vireod.sock.
    Session,
    /// On a socket that was named.
    Other,
};

/// Where a service listens.
struct ServiceAddress {
    ServiceKind kind = ServiceKind::System;
    std::string socket;

    [[nodiscard]] static ServiceAddress system();
    /// Fails where the user has no folder for sockets.
    [[nodiscard]] static hypervisor::Result<ServiceAddress> session();
    [[nodiscard]] static ServiceAddress at(std::string socket);
    /// The host's for whoever may use its socket, else the user's own if that is there, else the
    /// host's.
    [[nodiscard]] static ServiceAddress usual();

    /// What the options --socket, --session and --system say, of which at most one is given.
    struct Options {
        std::string socket;
        bool session = false;
        bool system = false;
    };
    /// usual() without any. Fails as session() does.
    [[nodiscard]] static hypervisor::Result<ServiceAddress> chosen(const Options& options);
};

/// What to do about a service that `error` (an errno value) kept from being reached.
[[nodiscard]] std::string howToReach(const ServiceAddress& address, int error);

}  // namespace service::client
