// SPDX-License-Identifier: GPL-3.0-or-later
#include "serial_ports.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <cerrno>
#include <utility>

namespace service {

using hypervisor::FileDescriptor;
using hypervisor::Result;

Result<std::unique_ptr<SerialPorts>> SerialPorts::create(devices::Clock& clock,
                                                         devices::Chipset& chipset,
                                                         SerialWiring wiring) {
    std::unique_ptr<SerialPorts> result(new SerialPorts);
    std::array<devices::SerialBackend*, devices::kSerialAddresses.size()> backends{};
    if (wiring.stream) {
        FileDescriptor output(::fcntl(wiring.stream.get(), F_DUPFD_CLOEXEC, 0));
        if (!output)
            return hypervisor::systemFailure("can't wire COM1 to its stream", errno);
        auto stream = devices::SerialStream::create(std::move(wiring.stream), std::move(output));
        if (!stream)
            return std::unexpected(stream.error());
        result->stream_ = std::move(*stream);
        backends[0] = result->stream_.get();
    }
    if (!wiring.consoles.empty()) {
        std::vector<FileDescriptor> listeners;
        for (SerialWiring::Console& console : wiring.consoles)
            listeners.push_back(std::move(console.listener));
        auto consoles = ConsoleHub::create(std::move(listeners));
        if (!consoles)
            return std::unexpected(consoles.error());
        result->consoles_ = std::move(*consoles);
        for (std::size_t index = 0; index < wiring.consoles.size(); ++index)
            backends.at(wiring.consoles[index].port - 1) = &result->consoles_->port(index);
    }
    for (std::size_t index = 0; index < backends.size(); ++index) {
        const devices::SerialAddress& address = devices::kSerialAddresses[index];
        result->ports_[index] = std::make_unique<devices::SerialPort>(
            clock, chipset.interruptLine(address.interrupt), backends[index]);
        if (const auto claimed = result->ports_[index]->claimPorts(
                chipset.ports(), fmt::format("COM{}", index + 1), address.port);
            !claimed)
            return std::unexpected(claimed.error());
    }
    return result;
}

void SerialPorts::reset() {
    for (const auto& port : ports_)
        port->reset();
}

}  // namespace service
