// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "netlink_message.h"

namespace service {

/// Why the kernel has refused a request.
struct NetlinkRefusal {
    /// An errno value.
    int number = 0;
    /// In its words.
    std::string text;
};

/// A conversation with the kernel's networking (rtnetlink(7)), in the network namespace in which it
/// was made. The kernel answers within the call that asks it.
///
/// Thread safety: one thread at a time.
class NetlinkSocket {
  public:
    [[nodiscard]] static hypervisor::Result<NetlinkSocket> create();

    /// Returns when it is done.
    [[nodiscard]] std::expected<void, NetlinkRefusal> perform(NetlinkMessage message);
    /// All that a request for a list gets.
    [[nodiscard]] std::expected<std::vector<NetlinkAnswer>, NetlinkRefusal> list(
        NetlinkMessage message);

  private:
    explicit NetlinkSocket(hypervisor::FileDescriptor socket) : socket_(std::move(socket)) {}

    [[nodiscard]] std::expected<std::vector<NetlinkAnswer>, NetlinkRefusal> ask(
        NetlinkMessage message);

    hypervisor::FileDescriptor socket_;
    std::uint32_t sequence_ = 0;
};

}  // namespace service
