// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>

#include "address_line_20.h"
#include "machine_control.h"
#include "port_bus.h"

namespace devices {

/// Two of the ways in which a PC resets itself: the reset control register at 0xCF9 and system
/// control port A at 0x92. The whole machine is reset, whichever of soft and hard is asked for.
/// Port 0x92 also gates address line 20.
///
/// The register at 0xCF9 lies within the PCI configuration address port: the PCI bus has that port,
/// and hands single bytes at 0xCF9 on.
class ResetControl : public PortDevice {
  public:
    static constexpr std::uint16_t kPort = 0xCF9;
    /// What a guest writes to kPort to reset the machine (FADT RESET_VALUE).
    static constexpr std::uint8_t kResetValue = 0x06;
    static constexpr std::uint16_t kPortA = 0x92;

    ResetControl(MachineControl& machine, AddressLine20& addressLine20)
        : machine_(machine), addressLine20_(addressLine20) {}

    [[nodiscard]] hypervisor::Result<void> claimPorts(PortBus& ports);
    void reset();

    [[nodiscard]] std::uint32_t readPort(std::uint16_t port, unsigned size) override;
    void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override;

  private:
    MachineControl& machine_;
    AddressLine20& addressLine20_;
    std::atomic<std::uint8_t> register_ = 0;
    // But for the gate's bit.
    std::atomic<std::uint8_t> portA_ = 0;
};

}  // namespace devices
