// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "devices/chipset/chipset.h"
#include "devices/chipset/clock.h"
#include "devices/emulated/serial.h"
#include "devices/emulated/serial_stream.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "service/worker/consoles/console_hub.h"

namespace service {

/// What a machine's serial ports are wired to.
struct SerialWiring {
    struct Console {
        /// 1 to 4.
        unsigned port;
        hypervisor::FileDescriptor listener;
    };
    /// COM1's, or none.
    hypervisor::FileDescriptor stream;
    /// Ports that people attach to, each at most once.
    std::vector<Console> consoles;
};

/// COM1 to COM4 with what they are wired to. Those without anything are there, unplugged.
class SerialPorts {
  public:
    /// `chipset` and `clock` outlive this, or are at least not used by guests any more before it
    /// goes.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<SerialPorts>> create(
        devices::Clock& clock, devices::Chipset& chipset, SerialWiring wiring);
    SerialPorts(const SerialPorts&) = delete;
    SerialPorts& operator=(const SerialPorts&) = delete;

    /// The state after power-on.
    void reset();

  private:
    SerialPorts() = default;

    // The ports use the others.
    std::unique_ptr<devices::SerialStream> stream_;
    std::unique_ptr<ConsoleHub> consoles_;
    std::array<std::unique_ptr<devices::SerialPort>, devices::kSerialAddresses.size()> ports_;
};

}  // namespace service
