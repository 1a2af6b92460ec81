// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>

#include "machine_control.h"
#include "port_bus.h"

namespace devices {

/// Port 0x80, where firmware shows how far it has come and systems write to pass a microsecond;
/// it reads back.
class PostCodePort : public PortDevice {
  public:
    static constexpr std::uint16_t kPort = 0x80;

    [[nodiscard]] hypervisor::Result<void> claimPorts(PortBus& ports) {
        return ports.claim("POST code port", {kPort, 1, 1}, *this);
    }
    /// The last code that was shown.
    [[nodiscard]] std::uint8_t code() const { return code_.load(std::memory_order_relaxed); }

    [[nodiscard]] std::uint32_t readPort(std::uint16_t, unsigned) override { return code(); }
    void writePort(std::uint16_t, unsigned, std::uint32_t value) override {
        code_.store(static_cast<std::uint8_t>(value), std::memory_order_relaxed);
    }

  private:
    std::atomic<std::uint8_t> code_ = 0;
};

/// Port 0xF4, through which a test guest ends its machine with a value. Reads give zero.
class DebugExitPort : public PortDevice {
  public:
    static constexpr std::uint16_t kPort = 0xF4;

    explicit DebugExitPort(MachineControl& machine) : machine_(machine) {}

    [[nodiscard]] hypervisor::Result<void> claimPorts(PortBus& ports) {
        return ports.claim("debug exit port", {kPort, 4, 4}, *this);
    }

    [[nodiscard]] std::uint32_t readPort(std::uint16_t, unsigned) override { return 0; }
    void writePort(std::uint16_t port, unsigned, std::uint32_t value) override {
        if (port == kPort)
            machine_.debugExit(value);
    }

  private:
    MachineControl& machine_;
};

}  // namespace devices
