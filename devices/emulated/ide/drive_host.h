// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "bus_master.h"
#include "devices/synthetic/storage/scsi/command.h"

namespace devices::ide {

/// One command for the SCSI unit that a drive stands on.
struct UnitOrder {
    std::array<std::uint8_t, scsi::Command::kMaximumBlock> block{};
    std::size_t length = 0;
    scsi::DataDirection direction = scsi::DataDirection::None;
    /// Of its data.
    std::uint64_t bytes = 0;
    /// The data is where the bus master has it, or else in the drive's buffer.
    bool inGuestMemory = false;
};

class Drive;

/// What a drive asks of its channel. The channel's lock is held, as in all of a drive's functions.
class DriveHost {
  public:
    virtual ~DriveHost() = default;

    /// Has the drive's unit carry `order` out, on the engine's thread. Drive::unitDone() or
    /// dmaFailed() is called then, not from inside. The drive, which is busy, leaves its buffer to
    /// the unit until then.
    virtual void execute(Drive& drive, const UnitOrder& order) = 0;
    /// Drive::dmaReady() is called when the guest has started the bus master: at once, where it
    /// has already. Where its direction is another one, dmaFailed() is.
    virtual void awaitDma(Drive& drive, DmaDirection direction) = 0;
    /// Moves a little data between the drive and where the bus master has it; false: its table is
    /// unsound. After dmaReady(), once.
    [[nodiscard]] virtual bool copyToGuest(std::span<const std::uint8_t> from) = 0;
    [[nodiscard]] virtual bool copyFromGuest(std::span<std::uint8_t> to) = 0;
    /// Drive::interrupting() has changed.
    virtual void interruptChanged() = 0;
};

}  // namespace devices::ide
