// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "acpi_power_management.h"
#include "pci_function.h"
#include "smbus_host.h"

namespace devices {

/// The PIIX4's power management function: says where the ports of the power management's registers
/// and the SMBus's are. It comes up as a PC's firmware leaves it, with both where the ACPI tables
/// say. Source: 82371AB data sheet, section 7.1.
///
/// Thread safety: as PciFunction.
class PowerFunction final : public PciFunction {
  public:
    static constexpr unsigned kDevice = 7;
    static constexpr unsigned kFunction = 3;
    /// Where firmware puts the SMBus.
    static constexpr std::uint16_t kSmbusPort = 0x700;

    /// Both must outlive it.
    PowerFunction(AcpiPowerManagement& power, SmbusHost& smbus);

    /// Those of both.
    [[nodiscard]] hypervisor::Result<void> claimPorts(PortBus& ports);

  private:
    void configured() override;

    AcpiPowerManagement& power_;
    SmbusHost& smbus_;
};

}  // namespace devices
