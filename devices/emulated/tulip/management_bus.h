// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "phy.h"

namespace devices::tulip {

/// The serial bus by which CSR9 reaches the PHY's registers, seen from the PHY: a start, an
/// operation, two addresses, a turn-around, 16 bits. Source: IEEE 802.3, section 22.2.4.5.
///
/// Thread safety: one call at a time.
class ManagementBus {
  public:
    /// `phy` outlives it.
    explicit ManagementBus(Phy& phy) : phy_(phy) {}

    void reset();
    /// The levels of the clock and of the data line as the adapter drives it: high when it leaves
    /// it to the PHY.
    void drive(bool clock, bool data);
    /// What the PHY drives; high when it does not.
    [[nodiscard]] bool dataIn() const { return dataIn_; }

  private:
    enum class State : std::uint8_t {
        Idle,
        /// The first bit of a start has come.
        Start,
        Command,
        /// Bits come out, or are taken, or pass by.
        Reading,
        Writing,
        Ignoring,
    };
    void clocked(bool data);
    void commanded();

    Phy& phy_;
    State state_ = State::Idle;
    bool clock_ = false;
    bool dataIn_ = true;
    /// Bits of the state that have come.
    unsigned bits_ = 0;
    std::uint32_t word_ = 0;
    unsigned register_ = 0;
};

}  // namespace devices::tulip
