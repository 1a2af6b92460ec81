// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "hypervisor/error.h"
#include "movable_ports.h"

namespace devices {

/// What answers at a range of I/O ports. Called from several VPs at a time.
class PortDevice {
  public:
    virtual ~PortDevice() = default;

    /// `size` is 1, 2 or 4 and at most the width claimed; all bytes are in the claimed range. Of
    /// ports that move, `port` counts from the first of them.
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
/// gives all ones, as a whole. Ports that move have what the fixed ones leave.
///
/// Thread safety: claims only while the machine is built, before any VP runs; from then on the
/// ranges are fixed, but for MovablePorts::moveTo(), and accesses take no lock.
class PortBus {
  public:
    PortBus();

    /// `device` must outlive the bus. Fails when the range is impossible or overlaps another.
    [[nodiscard]] hypervisor::Result<void> claim(std::string name, PortRange range,
                                                 PortDevice& device);
    /// `count` ports, which are nowhere yet, with accesses of `width` bytes at most. What is
    /// returned is the bus's.
    [[nodiscard]] hypervisor::Result<MovablePorts*> claimMovable(std::string name,
                                                                 std::uint32_t count,
                                                                 unsigned width,
                                                                 PortDevice& device);

    [[nodiscard]] std::uint32_t read(std::uint16_t port, unsigned size) const;
    void write(std::uint16_t port, unsigned size, std::uint32_t value) const;

  private:
    struct Claim {
        std::string name;
        PortRange range;
        PortDevice* device;
    };
    /// What an access meets: a device, by what name it calls the port, and how many bytes it takes.
    struct Meeting {
        PortDevice* device = nullptr;
        std::uint16_t port = 0;
        unsigned size = 0;
    };
    /// The claim that `port` belongs to, if any.
    [[nodiscard]] const Claim* at(std::uint16_t port) const;
    /// For an access of `size` bytes; no device where the first port is free.
    [[nodiscard]] Meeting meet(std::uint16_t port, unsigned size) const;

    std::vector<Claim> claims_;
    // For each port, one more than the index of its claim; zero: free.
    std::vector<std::uint16_t> claimOfPort_;
    std::vector<std::unique_ptr<MovablePorts>> movable_;
};

}  // namespace devices
