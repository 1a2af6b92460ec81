// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "acpi_tables.h"
#include "devices/chipset/mmio_bus.h"
#include "firmware_configuration.h"
#include "hypervisor/error.h"
#include "hypervisor/guest_memory.h"
#include "hypervisor/intercept_handler.h"
#include "hypervisor/processor_state.h"
#include "image_file.h"
#include "smbios_tables.h"

namespace devices {

/// What PC firmware of a machine is told beside what it finds by itself.
struct BiosSettings {
    hypervisor::VpIndex processors = 1;
    AcpiDevices devices{};
    /// Devices in the order in which they are tried, as Open Firmware names them:
    /// "/pci@i0cf8/ide@7,1/drive@0/disk@0".
    std::vector<std::string> bootOrder;
    /// Its screen is COM1.
    bool serialScreen = false;
    MachineIdentity identity{};
};

/// A machine's PC firmware: SeaBIOS as it is built for QEMU, which has the ACPI and SMBIOS tables,
/// the map of memory and the rest in the firmware configuration. The area below 1 MiB is RAM that
/// the guest may write, with the image in it after each reset; the image is seen at the end of the
/// first 4 GiB too, as on a board.
///
/// Thread safety: load() while no VP runs, all else from any thread.
class Bios final : public MmioDevice {
  public:
    /// Reads the images: the system BIOS of 64 or 128 KiB, and a VGA BIOS where there is one.
    [[nodiscard]] static hypervisor::Result<Bios> create(const ImageFile& system,
                                                         const std::optional<ImageFile>& video,
                                                         BiosSettings settings);

    /// For FirmwareConfiguration, of a machine with this memory.
    [[nodiscard]] hypervisor::Result<std::vector<FirmwareFile>> files(
        const hypervisor::GuestMemory& memory) const;

    /// The image is seen below 4 GiB.
    [[nodiscard]] hypervisor::Result<void> claim(MmioBus& mmio);

    /// Writes image and ACPI tables into the memory; returns the state in which VP 0 starts.
    [[nodiscard]] hypervisor::Result<hypervisor::ProcessorState> load(
        const hypervisor::GuestMemory& memory) const;

    [[nodiscard]] std::uint64_t readMmio(std::uint64_t offset, unsigned size) override;
    void writeMmio(std::uint64_t /*offset*/, unsigned /*size*/, std::uint64_t /*value*/) override {}

  private:
    Bios(std::vector<std::byte> system, std::vector<std::byte> video, BiosSettings settings);

    std::vector<std::byte> system_;
    /// Empty: none.
    std::vector<std::byte> video_;
    BiosSettings settings_;
};

}  // namespace devices
