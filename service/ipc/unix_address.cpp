// SPDX-License-Identifier: GPL-3.0-or-later
#include "unix_address.h"

#include <sys/socket.h>

namespace service {

std::optional<sockaddr_un> unixAddress(std::string_view path) {
    if (path.empty() || path.size() > kLongestSocketPath)
        return std::nullopt;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, path.size());
    return address;
}

}  // namespace service
