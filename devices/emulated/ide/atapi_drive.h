// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "ata_command.h"
#include "devices/synthetic/storage/scsi/dvd_drive.h"
#include "devices/synthetic/storage/scsi/sense.h"
#include "drive.h"

namespace devices::ide {

/// A DVD drive: takes command packets and has a SCSI DVD drive carry them out. ATA/ATAPI-7 volume
/// 2, 9.10 and 9.11.
///
/// Blocks of a medium go straight into guest memory where the bus master moves them; everything
/// else passes through the drive's buffer.
///
/// Thread safety: as Drive.
class AtapiDrive final : public Drive {
  public:
    static constexpr std::size_t kPacket = 12;
    /// Bytes of one command's data by the bus master.
    static constexpr std::uint64_t kMaximumTransfer = std::uint64_t{32} << 20;
    /// Bytes of the buffer.
    static constexpr std::size_t kBuffer = 64 * 1024;

    /// `unit` takes kMaximumTransfer and is not used by others.
    AtapiDrive(DriveHost& host, std::shared_ptr<scsi::DvdDrive> unit);

    [[nodiscard]] bool resetsAlone() const override { return true; }
    void dmaReady() override;
    void dmaFailed() override;
    void unitDone(const scsi::Command& command) override;

  private:
    /// What the drive waits for, or what its unit is doing.
    enum class Stage : std::uint8_t {
        Nothing,
        Packet,
        /// Parameters come from the guest.
        Parameters,
        /// The unit works, and what it gives is in the buffer then.
        Unit,
        /// Blocks of the medium are read into the buffer, then taken by the guest.
        Blocks,
        /// The same into guest memory.
        DirectBlocks,
        /// The unit's answer is taken by the guest.
        Answer,
    };

    void execute(std::uint8_t command) override;
    void blockTaken() override;
    void blockGiven() override;
    void sign() override;
    void returnToDefaults() override {}

    void identify();
    void setFeatures();
    void requestPacket();
    void takePacket();
    void startBlocks(std::uint64_t first, std::uint64_t count);
    void readBlocks();
    void startParameters(std::size_t bytes);
    /// Has the unit carry the packet out.
    void order(scsi::DataDirection direction, std::uint64_t bytes);
    void answer(std::size_t bytes);
    /// The next part of what is in the buffer, for the guest to take.
    void offerPart();
    void requestPart();
    [[nodiscard]] std::size_t partLimit() const;
    void showPart(std::size_t bytes, std::uint8_t reason);
    void complete();
    void checkCondition(const scsi::Sense& sense);

    const std::array<std::uint8_t, 16> identifier_;
    // The packet under way.
    Stage stage_ = Stage::Nothing;
    std::array<std::uint8_t, kPacket> packet_{};
    bool byBusMaster_ = false;
    /// The guest's limit of bytes for each part that it moves.
    std::uint16_t byteCount_ = 0;
    // Of the buffer: what is in there, or is to come, and how much has been moved.
    std::size_t filled_ = 0;
    std::size_t moved_ = 0;
    // Blocks still to be read.
    std::uint64_t nextBlock_ = 0;
    std::uint64_t blocksLeft_ = 0;
    /// Why the last command failed, until another one but REQUEST SENSE comes.
    std::optional<scsi::Sense> sense_;
};

}  // namespace devices::ide
