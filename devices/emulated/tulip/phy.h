// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace devices::tulip {

/// The transceiver at the adapter's MII: 10 and 100 Mb/s, half and full duplex, with a partner that
/// can do the same, so that negotiation ends with 100 Mb/s full duplex, at once. Its link is the
/// switch port's. Source: IEEE 802.3, section 22.2.4, and National Semiconductor's DP83840A, which
/// such boards have; Linux's include/uapi/linux/mii.h.
///
/// Thread safety: one call at a time.
class Phy {
  public:
    /// Where it is at the management bus.
    static constexpr unsigned kAddress = 1;
    /// Of the basic status register: 100BASE-TX and 10BASE-T, full and half duplex.
    static constexpr std::uint16_t kAbilities = 0x7800;
    static constexpr std::uint16_t kFullDuplexAbilities = 0x5000;
    static constexpr std::uint16_t kSlowAbilities = 0x1800;
    /// The same as negotiation has them.
    static constexpr std::uint16_t kAdvertised = 0x01E0;

    void reset();
    void setLink(bool up);

    [[nodiscard]] std::uint16_t read(unsigned number);
    void write(unsigned number, std::uint16_t value);

    /// What is sent comes back, and goes nowhere else.
    [[nodiscard]] bool loopsBack() const;
    [[nodiscard]] bool hasLink() const;

  private:
    [[nodiscard]] bool negotiates() const;
    [[nodiscard]] std::uint16_t status();

    static constexpr std::uint16_t kInitialControl = 0x3100;
    static constexpr std::uint16_t kInitialAdvertisement = kAdvertised | 1;

    std::uint16_t control_ = kInitialControl;
    std::uint16_t advertisement_ = kInitialAdvertisement;
    bool cable_ = false;
    /// The link was down since the status was read.
    bool wasDown_ = true;
};

}  // namespace devices::tulip
