// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "client_rights.h"
#include "service/ipc/error_codes.h"

namespace service {

/// A connected client, as those see it who answer its requests. Lives as long as its connection.
class Peer {
  public:
    virtual ~Peer() = default;
    /// With which its paths are opened.
    [[nodiscard]] virtual const ClientRights& rights() const = 0;
    /// Sends a line, if the client still is there and reads. One that has too much waiting is cut
    /// off.
    virtual void send(std::string line) = 0;
};

}  // namespace service
