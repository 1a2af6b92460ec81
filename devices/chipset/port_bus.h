// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hypervisor/error.h"

namespace devices {

/// What answers at a range of I/O ports. Called from several VPs at a time.
class PortDevice {
  public:
    virtual ~PortDevice() = default;

    /// `size` is 1, 2 or 4 and at most the width claimed; all bytes are in the claimed range.
    [[nodiscard]] virtual std::uint32_t readPort(std::uint16_t port, unsigned size) = 0;
    virtual void writePort(std::uint16_t port, unsigned size, std::uint32_t value) = 0;
};

/// A run of ports, [first, first + count).
struct PortRange {
    std::uint16_t first;
    std::uint32_t count;
    /// The widest access that the device takes as one: 1, 2 or 4.
    unsigned width = 1;
};

/// The 65,536 I/O ports. An access goes to the device that claims its first port; where it is
/// wider than the device takes, or passes the end of the range, it is split into narrower ones at
/// successive ports, as an ISA bridge does. An access whose first port is free is dropped, or
/// gives all ones, as a whole.
///
/// Thread safety: claim() only while the machine is built, before any VP runs; from then on the
/// ranges are fixed and accesses take no lock.
class PortBus {
  public:
    PortBus();

    /// `device` must outlive the bus. Fails when the range is impossible or overlaps another.
    [[nodiscard]] hypervisor::Result<void> claim(std::string name, PortRange range,
                                                 PortDevice& device);

    [[nodiscard]] std::uint32_t read(std::uint16_t port, unsigned size) const;
    void write(std::uint16_t port, unsigned size, std::uint32_t value) const;

  private:
    struct Claim {
        std::string name;
        PortRange range;
        PortDevice* device;
    };
    /// The claim that `port` belongs to, if any.
    [[nodiscard]] const Claim* at(std::uint16_t port) const;
    [[nodiscard]] static bool fits(const Claim& claim, std::uint16_t port, unsigned size);

    std::vector<Claim> claims_;
    // For each port, one more than the index of its claim; zero: free.
    std::vector<std::uint16_t> claimOfPort_;
};

}  // namespace devices
