// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "devices/chipset/port_bus.h"
#include "hypervisor/error.h"
#include "hypervisor/intercept_handler.h"

namespace devices {

/// What firmware finds by its name, of at most 55 characters.
struct FirmwareFile {
    std::string name;
    std::vector<std::byte> content;
};

/// The firmware configuration ports at 0x510 and 0x511, from which firmware, and bare-metal test
/// guests, learn what their machine has: a 16-bit write selects an item, reads give its bytes one
/// after the other, then zeros (QEMU, docs/specs/fw_cfg.rst, without its DMA). Not described by
/// ACPI.
///
/// Thread safety: all methods from any thread; one short lock.
class FirmwareConfiguration : public PortDevice {
  public:
    static constexpr std::uint16_t kSelectorPort = 0x510;

    FirmwareConfiguration(hypervisor::VpIndex processors, std::uint64_t memoryBytes,
                          std::vector<FirmwareFile> files = {});

    [[nodiscard]] hypervisor::Result<void> claimPorts(PortBus& ports);
    /// No VP may be in run().
    void reset() { select(0); }

    [[nodiscard]] std::uint32_t readPort(std::uint16_t port, unsigned size) override;
    void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override;

  private:
    void addFiles(std::vector<FirmwareFile> files);
    void select(std::uint16_t item);

    /// By the number that selects them.
    std::map<std::uint16_t, std::vector<std::byte>> items_;
    std::mutex mutex_;
    // Guarded by mutex_: what is still to be read of the selected item.
    std::span<const std::byte> rest_;
};

}  // namespace devices
