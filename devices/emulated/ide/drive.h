// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "devices/synthetic/storage/scsi/command.h"
#include "devices/synthetic/storage/scsi/target.h"
#include "drive_host.h"
#include "task_file.h"

namespace devices::ide {

/// One drive of a channel, as far as it is the same for disks and DVD drives: registers, the block
/// of data that the guest moves by itself, resets, and the commands that say how a drive is to be
/// used. What a drive has to say of media it asks its SCSI unit.
///
/// Thread safety: with its channel's lock held. Only target() is the engine's thread's, and the
/// buffer too from DriveHost::execute() to its end.
class Drive {
  public:
    virtual ~Drive() = default;
    Drive(const Drive&) = delete;
    Drive& operator=(const Drive&) = delete;

    // The guest's side, called by the channel.

    [[nodiscard]] TaskFile& registers() { return registers_; }
    [[nodiscard]] const TaskFile& registers() const { return registers_; }
    /// Of the status register: no register can be written.
    [[nodiscard]] bool busy() const { return (registers_.status & kBusy) != 0; }
    /// The drive wants an interrupt, until the guest reads its status.
    [[nodiscard]] bool interrupting() const { return interrupting_; }
    void acknowledge() { interrupting_ = false; }
    /// A command other than those that the channel carries out.
    void begin(std::uint8_t command);
    [[nodiscard]] std::uint32_t readData(unsigned size);
    void writeData(unsigned size, std::uint32_t value);

    enum class Reset : std::uint8_t { PowerOn, Software };
    /// Nothing goes on any more, and until endReset() the drive is busy.
    void beginReset();
    void endReset(Reset kind);
    /// endReset() is due.
    [[nodiscard]] bool resetting() const { return resetting_; }
    enum class Interrupt : bool { No, Yes };
    /// Has passed its diagnostic, and shows what it is.
    void diagnose(Interrupt interrupt);
    /// Takes DEVICE RESET.
    [[nodiscard]] virtual bool resetsAlone() const = 0;

    // The channel's side.

    [[nodiscard]] scsi::Target& target() { return target_; }
    [[nodiscard]] std::span<std::uint8_t> buffer() { return buffer_; }
    /// The guest has started the bus master that was waited for.
    virtual void dmaReady() = 0;
    /// The transfer can't be done as the guest has set it up.
    virtual void dmaFailed() = 0;
    /// How the unit's command has ended.
    virtual void unitDone(const scsi::Command& command) = 0;

  protected:
    Drive(DriveHost& host, std::size_t bufferBytes) : host_(host), buffer_(bufferBytes) {}

    virtual void execute(std::uint8_t command) = 0;
    /// The guest has taken the whole block of data, or given it.
    virtual void blockTaken() = 0;
    virtual void blockGiven() = 0;
    /// Puts what the drive is into the registers after a reset.
    virtual void sign() = 0;
    /// What the guest has set up goes back to defaults.
    virtual void returnToDefaults() = 0;

    [[nodiscard]] DriveHost& host() const { return host_; }
    void setBusy() { registers_.status = kBusy; }
    /// The guest is to take `bytes` of the buffer from `offset` on, or to put them there.
    void offerBlock(std::size_t offset, std::size_t bytes, Interrupt interrupt);
    void requestBlock(std::size_t offset, std::size_t bytes, Interrupt interrupt);
    /// Ends a command.
    void succeed();
    void fail(std::uint8_t error, std::uint8_t status = 0);
    void interrupt();

    /// SET FEATURES' transfer mode: false where there is no such mode.
    [[nodiscard]] bool setTransferMode(std::uint8_t mode);
    /// Words 63 and 88 of what a drive tells of itself: modes that it can, and the one it is in.
    [[nodiscard]] std::uint16_t multiwordModes() const;
    [[nodiscard]] std::uint16_t ultraModes() const;

  private:
    enum class Block : std::uint8_t { None, ToGuest, FromGuest };

    DriveHost& host_;
    TaskFile registers_;
    std::vector<std::uint8_t> buffer_;
    // The block that the guest moves: [at_, end_) of the buffer is left.
    Block block_ = Block::None;
    std::size_t at_ = 0;
    std::size_t end_ = 0;
    bool interrupting_ = false;
    bool resetting_ = false;
    // As SET FEATURES has it: kind and number.
    std::uint8_t transferMode_ = 0;
    scsi::Target target_;
};

}  // namespace devices::ide
