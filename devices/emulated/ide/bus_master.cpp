// SPDX-License-Identifier: GPL-3.0-or-later
#include "bus_master.h"

namespace devices::ide {

namespace {

constexpr unsigned kCommand = 0;
constexpr unsigned kStatus = 2;
constexpr unsigned kTable = 4;
// What software notes for other software: which drives are set up for DMA.
constexpr std::uint8_t kDrivesCapable = 0x60;
constexpr std::uint32_t kTableAddress = 0xFFFF'FFFC;

}  // namespace

std::uint8_t BusMaster::read(unsigned offset) const {
    switch (offset) {
        case kCommand:
            return command_;
        case kStatus:
            return status_;
        case kTable:
        case kTable + 1:
        case kTable + 2:
        case kTable + 3:
            return static_cast<std::uint8_t>(table_ >> (offset - kTable) * 8);
        default:
            return 0;
    }
}

bool BusMaster::write(unsigned offset, std::uint8_t value) {
    switch (offset) {
        case kCommand: {
            const bool before = (command_ & kStart) != 0;
            // The direction stays while it runs.
            const std::uint8_t direction = before ? command_ : value;
            command_ = static_cast<std::uint8_t>((direction & kToMemory) | (value & kStart));
            if ((command_ & kStart) == 0) {
                status_ &= static_cast<std::uint8_t>(~kActive);
                waits_ = false;
            } else if (!before) {
                status_ |= kActive;
                waits_ = true;
            }
            return waits_ && !before;
        }
        case kStatus:
            status_ = static_cast<std::uint8_t>(
                (status_ & ~kDrivesCapable & ~(value & (kFailed | kInterrupt))) |
                (value & kDrivesCapable));
            return false;
        case kTable:
        case kTable + 1:
        case kTable + 2:
        case kTable + 3: {
            const unsigned shift = (offset - kTable) * 8;
            table_ = ((table_ & ~(0xFFU << shift)) | std::uint32_t{value} << shift) & kTableAddress;
            return false;
        }
        default:
            return false;
    }
}

void BusMaster::transferred(Rest rest) {
    waits_ = false;
    if (rest == Rest::None)
        status_ &= static_cast<std::uint8_t>(~kActive);
}

void BusMaster::failed() {
    waits_ = false;
    status_ = static_cast<std::uint8_t>((status_ & ~kActive) | kFailed);
}

}  // namespace devices::ide
