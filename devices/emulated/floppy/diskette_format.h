// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

namespace devices::floppy {

/// Drives, by the numbers that a PC's firmware has for them in the CMOS memory.
enum class DriveKind : std::uint8_t {
    /// 5.25 inches, 40 tracks.
    Kb360 = 1,
    /// 5.25 inches, 80 tracks, which are half as wide.
    Mb12 = 2,
    // 3.5 inches, 80 tracks.
    Kb720 = 3,
    Mb144 = 4,
    Mb288 = 5,
};
/// "1.44 MB, 3.5 inches", for messages.
[[nodiscard]] const char* name(DriveKind kind);

/// Bits a second, as the rate registers have them.
enum class DataRate : std::uint8_t { Kb500 = 0, Kb300 = 1, Kb250 = 2, Mb1 = 3 };

/// How a diskette is formatted. Its image has the sectors of cylinder after cylinder, and within
/// one of head after head.
struct DisketteFormat {
    static constexpr std::uint32_t kSectorSize = 512;
    static constexpr std::uint8_t kHeads = 2;
    static constexpr std::uint8_t kMostSectors = 36;

    std::uint8_t cylinders = 0;
    /// Of a track, numbered from 1 on.
    std::uint8_t sectors = 0;
    /// The drive that such diskettes are made for.
    DriveKind kind = DriveKind::Mb144;

    [[nodiscard]] constexpr std::uint32_t bytes() const {
        return std::uint32_t{cylinders} * kHeads * sectors * kSectorSize;
    }
    friend bool operator==(const DisketteFormat&, const DisketteFormat&) = default;
};

/// Of an image of that many bytes. One that is smaller than 1.44 MB and of no size that a diskette
/// has is the beginning of one of 1.44 MB. Nothing where it is none at all.
[[nodiscard]] std::optional<DisketteFormat> formatOf(std::uint64_t bytes);

/// The drive that a machine gets which begins with such a diskette; the most usual one for none.
[[nodiscard]] DriveKind driveFor(const std::optional<DisketteFormat>& format);

/// The rate at which a drive reads a diskette; nothing where it can't.
[[nodiscard]] std::optional<DataRate> rateIn(DriveKind kind, const DisketteFormat& format);

}  // namespace devices::floppy
