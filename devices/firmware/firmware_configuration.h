// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "devices/chipset/port_bus.h"
#include "hypervisor/error.h"
#include "hypervisor/intercept_handler.h"

namespace devices {

/// The firmware configuration ports at 0x510 and 0x511, from which bare-metal test guests learn
/// how many processors and how much memory they have: a 16-bit write selects an item, reads give
/// its bytes one after the other (QEMU, docs/specs/fw_cfg.rst). Only the items for signature,
/// memory size and processor count are there; all others read as zeros. Given to guests of
/// debug exit alone, and not described by ACPI.
///
/// Thread safety: all methods from any thread; one short lock.
class FirmwareConfiguration : public PortDevice {
  public:
    static constexpr std::uint16_t kSelectorPort = 0x510;

    FirmwareConfiguration(hypervisor::VpIndex processors, std::uint64_t memoryBytes)
        : processors_(processors), memoryBytes_(memoryBytes) {}

    [[nodiscard]] hypervisor::Result<void> claimPorts(PortBus& ports);

    [[nodiscard]] std::uint32_t readPort(std::uint16_t port, unsigned size) override;
    void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override;

  private:
    /// The selected item's value in little-endian order, at most eight bytes.
    [[nodiscard]] std::uint64_t item() const;

    const hypervisor::VpIndex processors_;
    const std::uint64_t memoryBytes_;
    std::mutex mutex_;
    // Guarded by mutex_.
    std::uint16_t selected_ = 0;
    unsigned position_ = 0;
};

}  // namespace devices
