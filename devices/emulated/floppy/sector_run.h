// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "diskette_format.h"

namespace devices::floppy {

/// What a sector says of itself in front of its data.
struct SectorId {
    std::uint8_t cylinder = 0;
    std::uint8_t head = 0;
    std::uint8_t sector = 0;
    /// 128 bytes shifted by this.
    std::uint8_t sizeCode = 0;
    friend bool operator==(const SectorId&, const SectorId&) = default;
};

/// The size of all sectors here.
inline constexpr std::uint8_t kSizeCode = 2;

/// Which sectors a command is about, one after the other. 82077AA data sheet, 5.1.
struct SectorOrder {
    SectorId first;
    /// The last of a track.
    std::uint8_t endOfTrack = 0;
    /// Goes on at the cylinder's other side.
    bool multiTrack = false;
};

/// The sectors that a drive will find for an order, on the cylinder that is under its heads.
class SectorRun {
  public:
    /// Why there are no more.
    enum class End : std::uint8_t {
        /// The command has come to the end of its cylinder.
        OfCylinder,
        /// The next one is not there.
        NotFound,
        /// The heads are over another cylinder.
        WrongCylinder,
    };

    /// `head` is the side that the drive is told to begin with.
    SectorRun(const SectorOrder& order, const DisketteFormat& format, std::uint8_t cylinder,
              std::uint8_t head);

    /// By their numbers in the image; at most those of a cylinder.
    [[nodiscard]] const std::vector<std::uint32_t>& sectors() const { return sectors_; }
    [[nodiscard]] End end() const { return end_; }
    /// What the command tells after `count` sectors: the one behind them.
    [[nodiscard]] SectorId after(std::size_t count) const;

  private:
    [[nodiscard]] SectorId next(SectorId id) const;

    const SectorOrder order_;
    std::vector<std::uint32_t> sectors_;
    End end_ = End::NotFound;
};

}  // namespace devices::floppy
