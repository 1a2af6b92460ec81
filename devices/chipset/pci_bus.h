// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <mutex>

#include "pci_function.h"
#include "port_bus.h"
#include "reset_control.h"

namespace devices {

/// The machine's only PCI bus, and the host bridge's two ports by which guests reach configuration
/// spaces (configuration mechanism #1; PCI Local Bus Specification 3.0, section 3.2.2.3).
///
/// Thread safety: add() while the machine is built, the ports from any thread. Functions are called
/// with the bus's lock held.
class PciBus final : public PortDevice {
  public:
    static constexpr std::uint16_t kAddressPort = 0xCF8;
    static constexpr std::uint16_t kDataPort = 0xCFC;
    static constexpr unsigned kDevices = 32;
    static constexpr unsigned kFunctions = 8;

    /// `resetControl` has a register of one byte within the address port, and must outlive the bus.
    explicit PciBus(ResetControl& resetControl) : resetControl_(resetControl) {}

    [[nodiscard]] hypervisor::Result<void> claimPorts(PortBus& ports);
    /// `function` must outlive the bus's use. Fails where there is one already.
    [[nodiscard]] hypervisor::Result<void> add(unsigned device, unsigned number,
                                               PciFunction& function);
    /// All functions as after power-on. No VP may be in run().
    void reset();

    [[nodiscard]] std::uint32_t readPort(std::uint16_t port, unsigned size) override;
    void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override;

  private:
    /// The function that the address register names, if it is there.
    [[nodiscard]] PciFunction* selected() const;
    [[nodiscard]] unsigned offset(std::uint16_t port) const;

    ResetControl& resetControl_;
    std::array<PciFunction*, kDevices * kFunctions> functions_{};
    std::mutex mutex_;
    // Guarded by mutex_.
    std::uint32_t address_ = 0;
};

}  // namespace devices
