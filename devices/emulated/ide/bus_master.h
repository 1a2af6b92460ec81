// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace devices::ide {

enum class DmaDirection : bool { ToDevice, FromDevice };

/// One channel's registers of the bus master, 8 ports; moving data is the channel's. Source:
/// Programming Interface for Bus Master IDE Controller 1.0, and Intel's 82371AB (PIIX4).
///
/// Thread safety: one call at a time; the channel's lock sees to it.
class BusMaster {
  public:
    static constexpr unsigned kPorts = 8;

    [[nodiscard]] std::uint8_t read(unsigned offset) const;
    /// True: the guest has just started it.
    [[nodiscard]] bool write(unsigned offset, std::uint8_t value);
    void reset() { *this = {}; }

    /// It is to move data and has not yet: one start is for one transfer.
    [[nodiscard]] bool waits() const { return waits_; }
    [[nodiscard]] DmaDirection direction() const {
        return (command_ & kToMemory) != 0 ? DmaDirection::FromDevice : DmaDirection::ToDevice;
    }
    /// The guest's table of regions.
    [[nodiscard]] std::uint32_t table() const { return table_; }

    enum class Rest : bool { None, More };
    /// The drive has all that it wanted; of the regions there may be a rest.
    void transferred(Rest rest);
    void failed();
    /// The drive's interrupt has come.
    void interrupted() { status_ |= kInterrupt; }

  private:
    static constexpr std::uint8_t kStart = 0x01;
    static constexpr std::uint8_t kToMemory = 0x08;
    static constexpr std::uint8_t kActive = 0x01;
    static constexpr std::uint8_t kFailed = 0x02;
    static constexpr std::uint8_t kInterrupt = 0x04;

    std::uint8_t command_ = 0;
    std::uint8_t status_ = 0;
    std::uint32_t table_ = 0;
    bool waits_ = false;
};

}  // namespace devices::ide
