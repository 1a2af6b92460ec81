// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include "devices/emulated/serial_backend.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"

namespace service {

class ConsolePort;

/// A machine's serial ports that people attach to, several to each at once: a client gets the
/// scrollback first and then what comes; what clients type goes into the port as it comes. What
/// the guest writes is taken at once, whoever reads it or not. One thread serves all ports.
class ConsoleHub {
  public:
    /// A port for each listening Unix stream socket. Such a socket is made not to block.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<ConsoleHub>> create(
        std::vector<hypervisor::FileDescriptor> listeners);
    /// Clients that read get what is left, for a second at most, and then the end.
    ~ConsoleHub();
    ConsoleHub(const ConsoleHub&) = delete;
    ConsoleHub& operator=(const ConsoleHub&) = delete;

    /// In the order of the listeners.
    [[nodiscard]] devices::SerialBackend& port(std::size_t index);

  private:
    explicit ConsoleHub(hypervisor::FileDescriptor wake);

    void serve(const std::stop_token& stop);
    [[nodiscard]] bool hasOutput();
    void wake();

    const hypervisor::FileDescriptor wake_;
    std::vector<std::unique_ptr<ConsolePort>> ports_;
    std::jthread thread_;
};

}  // namespace service
