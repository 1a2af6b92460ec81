// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "block_range.h"
#include "logical_unit.h"

namespace devices::scsi {

struct DvdOptions {
    /// Of the drive, the same at each start of the machine.
    std::array<std::uint8_t, 16> identifier{};
    std::uint64_t maximumTransfer = std::uint64_t{1} << 20;
    /// Where it counts what it does; may be null.
    std::shared_ptr<hypervisor::StatsSlot> counters;
};

/// A drive for CDs and DVDs with one data track: MMC-6. Made on any thread, before it is
/// a target's.
class DvdDrive final : public LogicalUnit {
  public:
    static constexpr std::uint32_t kBlockSize = 2048;

    /// `medium` may be null.
    DvdDrive(std::shared_ptr<devices::storage::Disk> medium, const DvdOptions& options);

    /// Puts a medium in, in place of what is in there; `released` is called when no command uses
    /// that any more.
    void insert(std::shared_ptr<devices::storage::Disk> medium, Medium::Released released);
    /// Takes the medium out, whether the guest allows it or not.
    void eject(Medium::Released released);
    /// What the guest's ejecting is told.
    void onGuestEject(Medium::Ejecting ejecting) { guestEjects_ = std::move(ejecting); }
    [[nodiscard]] bool hasMedium() const { return medium_ != nullptr; }

    /// The drive goes out of use.
    void release(Medium::Released released) {
        Medium::release(std::move(medium_), std::move(released));
    }

  private:
    enum class MediaEvent : std::uint8_t { None = 0, NewMedia = 2, MediaRemoval = 3 };
    enum class Tray : bool { Closed, Open };

    void perform(Command& command) override;
    [[nodiscard]] std::span<const SupportedOperation> operations() const override;
    [[nodiscard]] std::vector<std::uint8_t> vital(std::uint8_t) const override { return {}; }
    [[nodiscard]] std::span<const std::uint8_t> vitalPages() const override { return {}; }
    [[nodiscard]] Sense condition() const override;
    void returnToDefaults() override { removalPrevented_ = false; }
    [[nodiscard]] std::vector<std::vector<std::uint8_t>> modePages(
        ModeQuery::Control control) const override;
    [[nodiscard]] std::uint8_t deviceParameter() const override { return 0; }
    [[nodiscard]] std::optional<BlockDescriptor> blockDescriptor() const override { return {}; }
    void selectMode(std::span<const std::uint8_t>) override {}

    [[nodiscard]] std::uint32_t blocks() const;
    [[nodiscard]] Sense noMedium() const;
    void read(Command& command);
    static void readEnded(devices::storage::DiskRequest& request,
                          devices::storage::IoStatus status);
    void startOrStop(Command& command);
    void preventOrAllow(Command& command);

    // dvd_information.cpp
    [[nodiscard]] bool isCd() const;
    void readCapacity(Command& command) const;
    void readToc(Command& command) const;
    void getConfiguration(Command& command) const;
    void getEventStatus(Command& command);
    void readDiscInformation(Command& command) const;
    void readTrackInformation(Command& command) const;
    void mechanismStatus(Command& command) const;

    const DvdOptions options_;
    std::shared_ptr<Medium> medium_;
    Medium::Ejecting guestEjects_;
    Tray tray_ = Tray::Closed;
    bool removalPrevented_ = false;
    MediaEvent event_ = MediaEvent::None;
};

}  // namespace devices::scsi
