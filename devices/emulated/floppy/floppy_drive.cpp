// SPDX-License-Identifier: GPL-3.0-or-later
#include "floppy_drive.h"

#include <algorithm>

namespace devices::floppy {

namespace {

/// The heads go a little beyond what is used.
constexpr int kSpareTracks = 3;

constexpr int tracksOf(DriveKind kind) {
    return kind == DriveKind::Kb360 ? 40 : 80;
}

}  // namespace

void FloppyDrive::step(int tracks) {
    track_ = std::clamp(track_ + tracks, 0, tracksOf(kind_) + kSpareTracks - 1);
    if (tracks != 0 && diskette_)
        changed_ = false;
}

std::optional<std::uint8_t> FloppyDrive::cylinder() const {
    if (!diskette_)
        return std::nullopt;
    // Tracks of 40 are twice as wide.
    const bool wide = kind_ == DriveKind::Mb12 && diskette_->format.kind == DriveKind::Kb360;
    const int cylinder = wide ? track_ / 2 : track_;
    if (cylinder >= diskette_->format.cylinders)
        return std::nullopt;
    return static_cast<std::uint8_t>(cylinder);
}

void FloppyDrive::powerOn() {
    track_ = 0;
    changed_ = true;
}

}  // namespace devices::floppy
