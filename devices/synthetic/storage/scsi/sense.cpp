// SPDX-License-Identifier: GPL-3.0-or-later
#include "sense.h"

#include <cerrno>
#include <limits>

#include "big_endian.h"

namespace devices::scsi {

std::array<std::uint8_t, Sense::kSize> Sense::fixedFormat() const {
    constexpr std::uint8_t kCurrentErrors = 0x70;
    constexpr std::uint8_t kInformationValid = 0x80;
    constexpr std::uint8_t kKeySpecificValid = 0x80;
    constexpr std::uint8_t kInCommandBlock = 0x40;
    std::array<std::uint8_t, kSize> bytes{};
    bytes[0] = kCurrentErrors;
    if (information && *information <= std::numeric_limits<std::uint32_t>::max()) {
        bytes[0] |= kInformationValid;
        storeBigEndian(bytes, 3, static_cast<std::uint32_t>(*information));
    }
    bytes[2] = static_cast<std::uint8_t>(key);
    bytes[7] = static_cast<std::uint8_t>(kSize - 8);
    storeBigEndian(bytes, 12, static_cast<std::uint16_t>(code));
    if (wrongByte) {
        bytes[15] = kKeySpecificValid;
        if (code == SenseCode::InvalidFieldInBlock)
            bytes[15] |= kInCommandBlock;
        storeBigEndian(bytes, 16, *wrongByte);
    }
    return bytes;
}

Sense senseOf(devices::storage::IoStatus status, Transfer transfer, std::uint64_t block) {
    // A host without room has lost nothing: guests know this code from thin provisioned disks.
    if (status.noSpace())
        return {SenseKey::DataProtect, SenseCode::SpaceAllocationFailed, block, {}};
    switch (status.error) {
        case EROFS:
            return Sense::writeProtected();
        case ERANGE:
            return Sense::outOfRange(block);
        case EINVAL:
            return Sense::illegalRequest(SenseCode::InvalidFieldInBlock);
        case ENOMEM:
        case EAGAIN:
            return {SenseKey::HardwareError, SenseCode::InternalTargetFailure, {}, {}};
        case ECANCELED:
            return {SenseKey::AbortedCommand, SenseCode::None, {}, {}};
        default:
            return {SenseKey::MediumError,
                    transfer == Transfer::ToMedium ? SenseCode::WriteError
                                                   : SenseCode::UnrecoveredReadError,
                    block,
                    {}};
    }
}

}  // namespace devices::scsi
