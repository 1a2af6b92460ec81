// SPDX-License-Identifier: GPL-3.0-or-later
#include "command.h"

#include <array>

namespace devices::floppy {

namespace {

struct Known {
    /// Bits of the first byte that tell the command from others, and their values.
    std::uint8_t mask;
    std::uint8_t value;
    CommandCode code;
};

constexpr std::array kKnown{
    Known{0x9F, 0x02, {Operation::ReadTrack, 8}},
    Known{0xFF, 0x03, {Operation::Specify, 2}},
    Known{0xFF, 0x04, {Operation::SenseDriveStatus, 1}},
    Known{0x3F, 0x05, {Operation::Write, 8}},
    Known{0x1F, 0x06, {Operation::Read, 8}},
    Known{0xFF, 0x07, {Operation::Recalibrate, 1}},
    Known{0xFF, 0x08, {Operation::SenseInterrupt, 0}},
    Known{0x3F, 0x09, {Operation::WriteDeleted, 8}},
    Known{0xBF, 0x0A, {Operation::ReadId, 1}},
    Known{0x1F, 0x0C, {Operation::ReadDeleted, 8}},
    Known{0xBF, 0x0D, {Operation::FormatTrack, 5}},
    Known{0xFF, 0x0E, {Operation::DumpRegisters, 0}},
    Known{0xFF, 0x0F, {Operation::Seek, 2}},
    Known{0xFF, 0x10, {Operation::Version, 0}},
    Known{0xFF, 0x12, {Operation::Perpendicular, 1}},
    Known{0xFF, 0x13, {Operation::Configure, 3}},
    Known{0x7F, 0x14, {Operation::Lock, 0}},
    Known{0x1F, 0x16, {Operation::Verify, 8}},
    Known{0xBF, 0x8F, {Operation::RelativeSeek, 2}},
};

}  // namespace

CommandCode CommandCode::of(std::uint8_t first) {
    for (const Known& known : kKnown)
        if ((first & known.mask) == known.value)
            return known.code;
    return {};
}

}  // namespace devices::floppy
