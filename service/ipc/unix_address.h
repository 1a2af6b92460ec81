// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/un.h>

#include <cstddef>
#include <optional>
#include <string_view>

namespace service {

/// In bytes: the longest path that the kernel takes for a Unix socket.
inline constexpr std::size_t kLongestSocketPath = sizeof(sockaddr_un::sun_path) - 1;

/// The address of the Unix socket at `path`; nothing where that is empty or too long.
[[nodiscard]] std::optional<sockaddr_un> unixAddress(std::string_view path);

}  // namespace service
