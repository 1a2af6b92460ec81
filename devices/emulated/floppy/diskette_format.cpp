// SPDX-License-Identifier: GPL-3.0-or-later
#include "diskette_format.h"

#include <array>

namespace devices::floppy {

namespace {

constexpr DisketteFormat kHighDensity{80, 18, DriveKind::Mb144};

constexpr std::array kFormats{
    DisketteFormat{40, 9, DriveKind::Kb360},
    DisketteFormat{80, 9, DriveKind::Kb720},
    DisketteFormat{80, 15, DriveKind::Mb12},
    kHighDensity,
    // What distributions of systems were sold on.
    DisketteFormat{80, 21, DriveKind::Mb144},
    DisketteFormat{80, 36, DriveKind::Mb288},
};

}  // namespace

const char* name(DriveKind kind) {
    switch (kind) {
        case DriveKind::Kb360:
            return "360 KB, 5.25 inches";
        case DriveKind::Mb12:
            return "1.2 MB, 5.25 inches";
        case DriveKind::Kb720:
            return "720 KB, 3.5 inches";
        case DriveKind::Mb144:
            return "1.44 MB, 3.5 inches";
        case DriveKind::Mb288:
            return "2.88 MB, 3.5 inches";
    }
    return "unknown";
}

std::optional<DisketteFormat> formatOf(std::uint64_t bytes) {
    for (const DisketteFormat& format : kFormats)
        if (format.bytes() == bytes)
            return format;
    if (bytes == 0 || bytes > kHighDensity.bytes())
        return std::nullopt;
    return kHighDensity;
}

DriveKind driveFor(const std::optional<DisketteFormat>& format) {
    if (!format || format->kind == DriveKind::Kb720)
        return DriveKind::Mb144;
    return format->kind;
}

std::optional<DataRate> rateIn(DriveKind kind, const DisketteFormat& format) {
    const bool small = kind >= DriveKind::Kb720;
    // A drive reads what has its size and at most its density.
    if (small != (format.kind >= DriveKind::Kb720) || format.kind > kind)
        return std::nullopt;
    switch (format.kind) {
        case DriveKind::Kb360:
            // The drive for high density always turns faster.
            return kind == DriveKind::Kb360 ? DataRate::Kb250 : DataRate::Kb300;
        case DriveKind::Kb720:
            return DataRate::Kb250;
        case DriveKind::Mb12:
        case DriveKind::Mb144:
            return DataRate::Kb500;
        case DriveKind::Mb288:
            return DataRate::Mb1;
    }
    return std::nullopt;
}

}  // namespace devices::floppy
