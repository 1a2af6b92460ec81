// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"

namespace service {

/// The folder of sockets at which people attach to machines' serial ports, at which VNC viewers see
/// their screens, and at which programs reach those of their guests.
///
/// The service makes a socket and hands it, listening, to the machine's worker
/// (MachineStart::consolePorts), which keeps the scrollback and serves who attaches. So consoles
/// are there, attached or to be attached to, while the service is not, and what a guest writes
/// costs its own machine and not the service. docs/worker-protocol.md
class ConsoleSockets {
  public:
    struct Options {
        /// Made where it is missing, with mode 0750 (0700 without a group).
        std::string folder;
        /// Who may attach beside the owner; nobody without.
        std::optional<gid_t> group;
    };
    [[nodiscard]] static hypervisor::Result<ConsoleSockets> create(Options options);

    /// Where clients connect: `<folder>/<machine>.com<port>`.
    [[nodiscard]] std::string path(const std::string& machine, unsigned port) const;

    /// A listening socket at path(), for the worker that is about to start; replaces what was
    /// there. `machine` is an id: letters, digits and '-'; `port` is 1 to 4.
    [[nodiscard]] hypervisor::Result<hypervisor::FileDescriptor> open(const std::string& machine,
                                                                      unsigned port) const;
    /// Where viewers of the screen connect: `<folder>/<machine>.screen`.
    [[nodiscard]] std::string screenPath(const std::string& machine) const;
    /// As open(), at screenPath().
    [[nodiscard]] hypervisor::Result<hypervisor::FileDescriptor> openScreen(
        const std::string& machine) const;
    /// Where programs reach the guest's: `<folder>/<machine>.guest`.
    [[nodiscard]] std::string guestPath(const std::string& machine) const;
    /// As open(), at guestPath().
    [[nodiscard]] hypervisor::Result<hypervisor::FileDescriptor> openGuest(
        const std::string& machine) const;
    /// The machine does not run any more.
    void remove(const std::string& machine) const;
    /// At the service's start: removes the sockets of all machines but those that were adopted.
    void removeAllBut(const std::vector<std::string>& machines) const;

  private:
    explicit ConsoleSockets(Options options) : options_(std::move(options)) {}
    [[nodiscard]] hypervisor::Result<hypervisor::FileDescriptor> listen(
        const std::string& path) const;

    Options options_;
};

}  // namespace service
