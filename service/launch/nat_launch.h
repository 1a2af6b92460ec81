// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "program_launch.h"

namespace service {

/// What DHCP has room for, without its end (RFC 2131).
inline constexpr std::size_t kLongestBootFile = 127;

struct NatRequest {
    /// What DHCP calls the guest, made a host name of.
    std::string machineName;
    /// As vireo-nat's --forward has them.
    std::vector<std::string> forwards;
    /// Whom a process that is started as root becomes.
    std::uint32_t userId = 0;
    std::uint32_t groupId = 0;
    /// Descriptor of the folder whose files the network's TFTP server has; -1: there is no server.
    int tftpFolder = -1;
    /// What DHCP tells guests that boot from the network to ask that server for; may be empty, and
    /// has at most kLongestBootFile characters.
    std::string bootFile{};
    /// The gateway's address leads to what listens on the host's 127.0.0.1.
    bool hostLoopback = false;
};

/// A vireo-nat that serves one switch port, until nobody has the port any more.
struct LaunchedNat {
    LaunchedProgram program;
    /// For the machine's adapter: a packet socket.
    hypervisor::FileDescriptor port;
};

[[nodiscard]] hypervisor::Result<LaunchedNat> launchNat(const NatRequest& request);

/// A folder as NatRequest's, with the calling thread's rights. Refuses one that is closed to others
/// if we are root's: vireo-nat is then nobody's.
[[nodiscard]] hypervisor::Result<hypervisor::FileDescriptor> openTftpFolder(
    const std::string& path);

}  // namespace service
