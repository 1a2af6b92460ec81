// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include "bus_master.h"
#include "devices/chipset/port_bus.h"
#include "devices/storage/io_engine.h"
#include "devices/synthetic/storage/scsi/command.h"
#include "dma_table.h"
#include "drive.h"
#include "drive_host.h"
#include "hypervisor/guest_memory.h"
#include "hypervisor/interrupts/interrupt_line.h"

namespace devices::ide {

/// An IDE channel: the registers that its two drives share, its interrupt, its half of the bus
/// master, and the way of commands to the drives' units and back. One command is under way at a
/// time. Its data goes between disk and guest memory without being copied, where the bus master
/// moves it; what the guest moves by itself, and little data, by the drive's buffer.
///
/// The registers have one lock, which is held while a register is read or written and never while
/// a disk works: units are asked on the engine's thread. A drive that is reset while its command
/// is under way stays busy until the command has ended, so that no old transfer meets new memory.
///
/// Thread safety: registers, setDecoding() and setMaster() from any thread; attach() while the
/// machine is built; powerOn() and quiesce() on any thread but the engine's while no VP is in
/// run(). To be destroyed when idle(), on the engine's thread or when its loop has ended.
class Channel final : public PortDevice, private DriveHost {
  public:
    static constexpr unsigned kDrives = 2;
    static constexpr unsigned kCommandPorts = 8;

    /// The references outlive this.
    Channel(const hypervisor::GuestMemory& memory, storage::IoEngine& engine,
            hypervisor::InterruptLine line);
    ~Channel() override;

    /// What a drive is made with.
    [[nodiscard]] DriveHost& host() { return *this; }
    /// `place` is below kDrives.
    void attach(unsigned place, std::unique_ptr<Drive> drive);
    [[nodiscard]] bool isFree(unsigned place) const { return drives_.at(place) == nullptr; }

    /// Whether its ports answer, and whether the bus master may touch memory.
    void setDecoding(bool decodes);
    void setMaster(bool may);

    /// The command block, by ports of which `port` has the lowest three bits.
    [[nodiscard]] std::uint32_t readPort(std::uint16_t port, unsigned size) override;
    void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override;
    /// The control block's only register.
    [[nodiscard]] std::uint8_t readAlternateStatus() const;
    void writeControl(std::uint8_t value);
    [[nodiscard]] std::uint8_t readBusMaster(unsigned offset) const;
    void writeBusMaster(unsigned offset, std::uint8_t value);

    /// As after power-on; waits for what is under way.
    void powerOn();
    /// Waits for what is under way, and lets nothing follow it.
    void quiesce();
    /// Nothing is under way.
    [[nodiscard]] bool idle() const;

  private:
    void execute(Drive& drive, const UnitOrder& order) override;
    void awaitDma(Drive& drive, DmaDirection direction) override;
    [[nodiscard]] bool copyToGuest(std::span<const std::uint8_t> from) override;
    [[nodiscard]] bool copyFromGuest(std::span<std::uint8_t> to) override;
    void interruptChanged() override;

    // With mutex_ held.
    [[nodiscard]] Drive* selected() const { return drives_[selected_].get(); }
    [[nodiscard]] bool anyBusy() const;
    [[nodiscard]] std::uint8_t read(Register index);
    [[nodiscard]] std::uint8_t status() const;
    void write(Register index, std::uint8_t value);
    void command(std::uint8_t value);
    void diagnose();
    void startDma();
    [[nodiscard]] std::optional<DmaMemory> dmaMemory(std::uint64_t bytes);
    void settleResets(Drive::Reset kind);

    // On the engine's thread, without the lock.
    void carryOut();
    void resetUnits();
    static void completed(scsi::Command& command);
    void ended(bool dmaSound);

    const hypervisor::GuestMemory& memory_;
    storage::IoEngine& engine_;
    const hypervisor::InterruptLine line_;

    mutable std::mutex mutex_;
    // Guarded by mutex_.
    std::array<std::unique_ptr<Drive>, kDrives> drives_;
    unsigned selected_ = 0;
    std::uint8_t control_ = 0;
    bool decodes_ = true;
    bool mayMaster_ = false;
    bool asserted_ = false;
    BusMaster busMaster_;
    /// The drive that waits for the bus master, and which way its data goes.
    Drive* waiting_ = nullptr;
    DmaDirection waitingFor_ = DmaDirection::FromDevice;
    bool underWay_ = false;
    /// What is under way is not to be told to the drive.
    bool discard_ = false;
    std::condition_variable idle_;

    // Of the command under way: set with mutex_ held before it is, the engine's thread's while it
    // is.
    Drive* worker_ = nullptr;
    UnitOrder order_;
    std::uint32_t table_ = 0;
    std::optional<DmaMemory> data_;
    scsi::Command unitCommand_;
};

}  // namespace devices::ide
