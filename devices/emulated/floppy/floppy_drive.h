// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "devices/storage/disk.h"
#include "diskette_format.h"

namespace devices::floppy {

/// A diskette, as it lies in a drive.
struct Diskette {
    DisketteFormat format;
    std::shared_ptr<storage::Disk> disk;
};

/// A drive's mechanics: where its heads are, what lies in it, and the lines by which it tells.
///
/// Thread safety: one call at a time; the controller's lock sees to it.
class FloppyDrive {
  public:
    explicit FloppyDrive(DriveKind kind) : kind_(kind) {}

    [[nodiscard]] DriveKind kind() const { return kind_; }

    [[nodiscard]] const std::optional<Diskette>& diskette() const { return diskette_; }
    /// Puts a diskette in or takes it out; returns what was in there.
    std::optional<Diskette> change(std::optional<Diskette> diskette) {
        changed_ = true;
        return std::exchange(diskette_, std::move(diskette));
    }
    [[nodiscard]] bool isWriteProtected() const { return diskette_ && diskette_->disk->readOnly(); }
    /// From when the drive is opened until its heads move with a diskette in it.
    [[nodiscard]] bool hasChanged() const { return changed_; }

    /// Moves the heads inwards, or with a negative number outwards, until they meet the end.
    void step(int tracks);
    [[nodiscard]] bool isAtTrackZero() const { return track_ == 0; }
    /// The diskette's cylinder under the heads; nothing without a diskette, or beyond its last.
    [[nodiscard]] std::optional<std::uint8_t> cylinder() const;
    /// Heads at the outermost track, and its door has been open.
    void powerOn();

  private:
    const DriveKind kind_;
    int track_ = 0;
    bool changed_ = true;
    std::optional<Diskette> diskette_;
};

}  // namespace devices::floppy
