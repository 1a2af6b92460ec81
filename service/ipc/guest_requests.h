// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "job_requests.h"
#include "machine_requests.h"

namespace service {

// What reaches into a running guest.

struct MachineCopyFileParams {
    std::string machine;
    /// A file of the host's, opened with the client's rights.
    std::string source;
    /// Where it goes in the guest: the file's path there, or a folder's with its separator at the
    /// end, which keeps the name.
    std::string destination;
    /// A file that is there is replaced; else it is an error.
    std::optional<bool> overwrite;
    /// Folders that are missing are made.
    std::optional<bool> createFolders;
};
BOOST_DESCRIBE_STRUCT(MachineCopyFileParams, (),
                      (machine, source, destination, overwrite, createFolders))

/// By the machine's guest services, which must be on in its settings and have their daemon in the
/// guest.
struct MachineCopyFileMethod {
    static constexpr std::string_view kName = "machine.copyFile";
    using Params = MachineCopyFileParams;
    using Reply = JobReply;
};

struct GuestSocketReply {
    /// A Unix stream socket, there while the machine runs. Who connects writes a line
    /// "CONNECT <port>", reads a line "OK <port>" or "ERROR <why>", and is then connected to the
    /// program in the guest that listens at that port of AF_VSOCK.
    std::string socket;
};
BOOST_DESCRIBE_STRUCT(GuestSocketReply, (), (socket))

/// As for a console, reaching the socket is a matter of its mode.
struct GuestSocketMethod {
    static constexpr std::string_view kName = "machine.guestSocket";
    using Params = MachineParams;
    using Reply = GuestSocketReply;
};

}  // namespace service
