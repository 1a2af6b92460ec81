// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "channel.h"
#include "devices/chipset/pci_bus.h"
#include "devices/chipset/pci_function.h"
#include "devices/chipset/port_bus.h"
#include "devices/storage/disk.h"
#include "devices/storage/io_engine.h"
#include "devices/synthetic/storage/scsi/disk_unit.h"
#include "devices/synthetic/storage/scsi/dvd_drive.h"
#include "hypervisor/error.h"
#include "hypervisor/guest_memory.h"
#include "hypervisor/interrupts/interrupt_line.h"

namespace devices::ide {

/// The IDE function of the PIIX4: two channels in compatibility mode, at the ports and interrupts
/// that they have had since the PC AT, with a bus master. It comes up as a PC's firmware leaves it:
/// with both channels decoded.
///
/// Thread safety: attaching while the machine is built; insert() and eject() from any thread,
/// callbacks come on the engine's thread. powerOn() and quiesce() as Channel's. To be destroyed
/// after quiesce(), on the engine's thread or when its loop has ended, and before the engine.
class IdeController final : public PciFunction {
  public:
    static constexpr unsigned kDevice = 7;
    static constexpr unsigned kFunction = 1;
    static constexpr unsigned kChannels = 2;
    /// Those of the two channels.
    static constexpr std::array<unsigned, kChannels> kInterrupts{14, 15};
    /// Where it is in a machine.
    struct Wiring {
        PortBus& ports;
        PciBus& pci;
        std::array<hypervisor::InterruptLine, kChannels> interrupts;
    };
    /// Called when a drive does not use a disk any more.
    using Released = scsi::Medium::Released;
    using Ejecting = scsi::Medium::Ejecting;
    /// A channel and a drive's place at it.
    struct Place {
        unsigned channel = 0;
        unsigned drive = 0;
        auto operator<=>(const Place&) const = default;
    };

    /// Puts it into a machine that is being built. All references outlive it.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<IdeController>> create(
        const Wiring& wiring, const hypervisor::GuestMemory& memory, storage::IoEngine& engine);

    /// The disk, of the same engine and with sectors of 512 bytes.
    [[nodiscard]] hypervisor::Result<void> attachDisk(Place place,
                                                      std::shared_ptr<storage::Disk> disk,
                                                      const scsi::DiskOptions& options);
    /// `medium` may be null. `guestEjects`: the guest takes the medium out.
    [[nodiscard]] hypervisor::Result<void> attachDvd(Place place,
                                                     std::shared_ptr<storage::Disk> medium,
                                                     const scsi::DvdOptions& options,
                                                     Ejecting guestEjects = {});
    /// Puts a medium into a DVD drive, in place of the one in it, which is released.
    [[nodiscard]] hypervisor::Result<void> insert(Place place,
                                                  std::shared_ptr<storage::Disk> medium,
                                                  Released released = {});
    [[nodiscard]] hypervisor::Result<void> eject(Place place, Released released);

    /// All drives as after power-on, when nothing is under way any more.
    void powerOn();
    void quiesce();
    [[nodiscard]] bool idle() const;

  private:
    IdeController(const Wiring& wiring, const hypervisor::GuestMemory& memory,
                  storage::IoEngine& engine);

    [[nodiscard]] hypervisor::Result<void> claim(const Wiring& wiring);
    [[nodiscard]] hypervisor::Result<Channel*> freePlace(Place place);
    [[nodiscard]] hypervisor::Result<std::shared_ptr<scsi::DvdDrive>> drive(Place place) const;
    [[nodiscard]] hypervisor::Result<void> judge(const storage::Disk& disk) const;

    void portsPlaced(unsigned baseAddress, std::optional<std::uint16_t> first) override;
    void configured() override;

    /// The control block of a channel: one register, at the only port that is claimed.
    class ControlPort final : public PortDevice {
      public:
        explicit ControlPort(Channel& channel) : channel_(channel) {}
        [[nodiscard]] std::uint32_t readPort(std::uint16_t, unsigned) override {
            return channel_.readAlternateStatus();
        }
        void writePort(std::uint16_t, unsigned, std::uint32_t value) override {
            channel_.writeControl(static_cast<std::uint8_t>(value));
        }

      private:
        Channel& channel_;
    };
    /// The bus master's 16 ports.
    class BusMasterPorts final : public PortDevice {
      public:
        explicit BusMasterPorts(std::array<Channel, kChannels>& channels) : channels_(channels) {}
        [[nodiscard]] std::uint32_t readPort(std::uint16_t port, unsigned size) override;
        void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override;

      private:
        std::array<Channel, kChannels>& channels_;
    };

    storage::IoEngine& engine_;
    std::array<Channel, kChannels> channels_;
    std::array<ControlPort, kChannels> controlPorts_;
    BusMasterPorts busMasterPorts_;
    MovablePorts* busMaster_ = nullptr;
    mutable std::mutex mutex_;
    // Guarded by mutex_.
    std::map<Place, std::shared_ptr<scsi::DvdDrive>> dvds_;
};

}  // namespace devices::ide
