// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "ata_command.h"
#include "devices/synthetic/storage/scsi/disk_unit.h"
#include "drive.h"

namespace devices::ide {

/// A hard disk: ATA's commands, turned into those of a SCSI disk, which does the work, counts it
/// and knows when the image is not used any more. ATA8-ACS, and what of ATA/ATAPI-4 old guests use.
///
/// Thread safety: as Drive.
class AtaDisk final : public Drive {
  public:
    static constexpr std::uint32_t kSectorSize = 512;
    /// Of one command with a count of 16 bits.
    static constexpr std::uint64_t kMaximumTransfer = std::uint64_t{65536} * kSectorSize;
    /// Sectors of a block of READ MULTIPLE and WRITE MULTIPLE.
    static constexpr std::uint8_t kMaximumMultiple = 16;
    /// Blocks of ranges in one DATA SET MANAGEMENT.
    static constexpr std::uint16_t kMaximumTrimBlocks = 8;

    /// `unit` has sectors of kSectorSize, takes kMaximumTransfer, and is not used by others.
    /// `sectors` and `physicalSectorSize` are its disk's.
    AtaDisk(DriveHost& host, std::shared_ptr<scsi::DiskUnit> unit, std::uint64_t sectors,
            std::uint32_t physicalSectorSize);

    [[nodiscard]] bool resetsAlone() const override { return false; }
    void dmaReady() override;
    void dmaFailed() override;
    void unitDone(const scsi::Command& command) override;

  private:
    /// How a command's data moves.
    enum class Protocol : std::uint8_t { Pio, PioMultiple, Dma, None };
    struct Transfer;
    struct Geometry {
        std::uint16_t cylinders;
        std::uint16_t heads;
        std::uint16_t sectors;
    };
    enum class Doing : std::uint8_t { Nothing, Read, Write, Verify, Flush, Trim };

    void execute(std::uint8_t command) override;
    void blockTaken() override;
    void blockGiven() override;
    void sign() override;
    void returnToDefaults() override;

    void identify();
    void setFeatures();
    void setMultiple();
    void setGeometry();
    void readNativeMax(bool wide);
    void standBy(bool flushes);
    void trim();

    [[nodiscard]] Geometry defaultGeometry() const;
    /// Of the present geometry.
    [[nodiscard]] std::uint16_t cylinders() const;
    /// Where the registers point to; nothing where no cylinder, head and sector is.
    [[nodiscard]] std::optional<std::uint64_t> address(bool wide) const;
    void showAddress(std::uint64_t lba);

    void transfer(const Transfer& transfer);
    /// Of a transfer that the guest moves: the sectors of its next block.
    [[nodiscard]] std::uint32_t blockSectors() const;
    void readBlock();
    void moveSectors(std::uint32_t sectors, bool inGuestMemory);
    void flush();
    void trimBlock();
    void unitSucceeded();
    void unitFailed(const scsi::Sense& sense);

    const std::array<std::uint8_t, 16> identifier_;
    const std::uint64_t sectors_;
    const std::uint32_t physicalSectorSize_;
    Geometry geometry_;
    // What the guest has set up.
    bool writeCache_ = true;
    bool lookAhead_ = true;
    std::uint8_t multiple_ = kMaximumMultiple;
    bool standsBy_ = false;

    // The command under way.
    Doing doing_ = Doing::Nothing;
    Protocol protocol_ = Protocol::None;
    bool wide_ = false;
    bool throughCache_ = false;
    std::uint64_t at_ = 0;
    std::uint32_t left_ = 0;
    UnitOrder order_;
    // DATA SET MANAGEMENT: the guest's ranges, and which block of them is next.
    std::vector<std::uint8_t> ranges_;
    std::size_t rangeBlock_ = 0;
};

}  // namespace devices::ide
