// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "command.h"
#include "devices/chipset/isa_dma.h"
#include "devices/chipset/port_bus.h"
#include "devices/storage/disk.h"
#include "devices/storage/io_engine.h"
#include "floppy_drive.h"
#include "hypervisor/error.h"
#include "hypervisor/interrupts/interrupt_line.h"
#include "sector_access.h"
#include "sector_run.h"

namespace devices::floppy {

/// An Intel 82077AA, a PC's diskette controller, in its AT mode, with one drive, A. Data moves by
/// DMA or by the guest. Seeks end at once, and what reads or writes ends when the image has.
///
/// Images have sectors of 512 bytes alone, numbered as usual and none of them deleted: nothing
/// else can be formatted, and WRITE DELETED writes as WRITE does. Errors of the host's are CRC
/// errors here. Commands that SCAN, which hardly any software knows, are invalid.
///
/// The registers have one lock, which is never held while the image works. After a reset within a
/// command the controller is busy until the image has done with it.
///
/// Thread safety: registers, insert() and eject() from any thread; powerOn() and quiesce() on any
/// thread but the engine's while no VP is in run(). To be destroyed after quiesce(), on the
/// engine's thread or when its loop has ended.
class FloppyController final : public PortDevice {
  public:
    static constexpr std::uint16_t kFirstPort = 0x3F0;
    static constexpr unsigned kPorts = 6;
    /// Behind it is a port of the IDE controller.
    static constexpr std::uint16_t kLastPort = 0x3F7;
    static constexpr unsigned kInterrupt = 6;
    static constexpr unsigned kDmaChannel = 2;

    /// Where it is in a machine; outlives it.
    struct Wiring {
        PortBus& ports;
        IsaDma& dma;
        hypervisor::InterruptLine interrupt;
    };
    /// Called on the engine's thread when the drive does not use a disk any more.
    using Released = std::function<void()>;

    /// Puts it into a machine that is being built.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<FloppyController>> create(
        const Wiring& wiring, DriveKind kind, storage::IoEngine& engine);
    ~FloppyController() override;

    [[nodiscard]] DriveKind driveKind() const { return kind_; }
    /// Puts a diskette, of the same engine, into the drive; fails where it does not fit. What was
    /// in there is released. A disk that is read only is a write-protected diskette.
    [[nodiscard]] hypervisor::Result<void> insert(std::shared_ptr<storage::Disk> disk,
                                                  Released released = {});
    void eject(Released released);

    /// As after power-on; waits for what is under way.
    void powerOn();
    /// Waits for what is under way, and lets nothing follow it.
    void quiesce();
    [[nodiscard]] bool idle() const;

    [[nodiscard]] std::uint32_t readPort(std::uint16_t port, unsigned size) override;
    void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override;

  private:
    static constexpr std::size_t kDrives = 4;

    enum class Phase : std::uint8_t {
        Reset,
        Command,
        /// The guest has not set the DMA channel up.
        AwaitsDma,
        /// The image works.
        Executes,
        GuestTakes,
        GuestGives,
        Result,
    };
    /// What a command does with sectors. To format is to write what the command says.
    enum class Doing : std::uint8_t { Read, Write, Verify, Format };
    enum class Interrupt : bool { No, Yes };

    FloppyController(const Wiring& wiring, DriveKind kind, storage::IoEngine& engine);

    // All with mutex_ held, but for exchange(). floppy_controller.cpp: registers and drive.
    [[nodiscard]] std::uint8_t mainStatus() const;
    [[nodiscard]] std::uint8_t readData();
    void writeData(std::uint8_t value);
    void writeOutput(std::uint8_t value);
    void writeRate(std::uint8_t value);
    void beginReset();
    void settleReset();
    void setInterrupt(bool asserted);
    void driveLine();
    void exchange(std::optional<Diskette> diskette, Released released);

    // plain_commands.cpp
    void execute();
    void answer(std::initializer_list<std::uint8_t> results, Interrupt interrupt = Interrupt::No);
    void senseInterrupt();
    void senseDrive();
    void recalibrate();
    void seek(int tracks, std::uint8_t cylinder);
    void seekEnded(unsigned drive, std::uint8_t status);
    void dumpRegisters();

    // data_commands.cpp
    void executeData();
    void beginSectors();
    void beginFormat();
    void readId();
    /// Status 1 of a diskette of which nothing is to be found; 0 of another one.
    [[nodiscard]] std::uint8_t unreadable() const;
    [[nodiscard]] SectorOrder sectorOrder(std::uint8_t cylinder) const;
    [[nodiscard]] std::size_t runBytes() const;
    /// The guest gives the bytes first that the command is about, or takes them at last.
    void beginTransfer(std::size_t bytes);
    void tryDma();
    void taken();
    void given(std::size_t bytes);
    void format();
    void startAccess(std::size_t sectors);
    void accessEnded();
    void deliver();
    void finishRun(std::size_t sectors);
    void finish(std::uint8_t status1, std::uint8_t status2, const SectorId& id);

    [[nodiscard]] unsigned selected() const { return command_[1] & kDriveSelect; }
    [[nodiscard]] std::uint8_t head() const { return (command_[1] & kHeadSelect) != 0 ? 1 : 0; }
    [[nodiscard]] bool movesByGuest() const { return (specified_[1] & 1) != 0; }

    // On the engine's thread, without the lock.
    void ended();

    const DriveKind kind_;
    storage::IoEngine& engine_;
    IsaDma& dma_;
    const hypervisor::InterruptLine line_;

    mutable std::mutex mutex_;
    // Guarded by mutex_, but for the buffer of `access_` while it is under way.
    FloppyDrive drive_;
    SectorAccess access_;
    Phase phase_ = Phase::Reset;
    std::uint8_t output_ = 0;
    std::uint8_t tape_ = 0;
    DataRate rate_ = DataRate::Kb250;
    bool interrupting_ = false;
    bool asserted_ = false;

    // What commands have set.
    std::array<std::uint8_t, 2> specified_{};
    std::uint8_t configuration_ = 0;
    std::uint8_t precompensation_ = 0;
    std::uint8_t perpendicular_ = 0;
    std::uint8_t lastEnd_ = 0;
    bool locked_ = false;
    std::array<std::uint8_t, kDrives> cylinders_{};

    /// What SENSE INTERRUPT tells of each drive, and whether that is all of a reset.
    std::array<std::optional<std::uint8_t>, kDrives> sensed_{};
    bool afterReset_ = false;

    // The command under way.
    CommandCode code_;
    std::array<std::uint8_t, kMostParameters + 1> command_{};
    std::size_t received_ = 0;
    std::array<std::uint8_t, kMostResults> results_{};
    std::size_t resultCount_ = 0;
    std::size_t resultAt_ = 0;
    bool answerInterrupts_ = false;
    Doing doing_ = Doing::Read;
    std::uint8_t seekEnd_ = 0;
    std::optional<SectorRun> run_;
    /// Bytes that the guest moves, how many of them have been, and whether it wants no more.
    std::size_t bytes_ = 0;
    std::size_t moved_ = 0;
    bool terminalCount_ = false;
    /// Sectors that the image is asked for.
    std::size_t wanted_ = 0;
    /// The sector that passes the heads next.
    std::uint8_t passing_ = 0;

    bool underWay_ = false;
    /// What is under way is not to be told to the guest.
    bool discard_ = false;
    std::vector<Released> releasing_;
    std::condition_variable idle_;
};

}  // namespace devices::floppy
