// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/guest_memory.h"
#include "movable_memory.h"

namespace devices {

/// What answers at a range of guest physical addresses. Called from several VPs at a time.
class MmioDevice {
  public:
    virtual ~MmioDevice() = default;

    /// `offset` counts from the range's start; `size` is 1, 2, 4 or 8; all bytes are inside.
    [[nodiscard]] virtual std::uint64_t readMmio(std::uint64_t offset, unsigned size) = 0;
    virtual void writeMmio(std::uint64_t offset, unsigned size, std::uint64_t value) = 0;
};

/// The guest physical addresses that devices answer at. An access that no range holds entirely
/// is dropped, or gives all ones. Memory that moves has what the fixed ranges leave.
///
/// Thread safety: claims only while the machine is built, before any VP runs; from then on the
/// ranges are fixed, but for MovableMemory::moveTo(), and accesses take no lock.
class MmioBus {
  public:
    /// `device` must outlive the bus. Fails when the range is impossible or overlaps another.
    [[nodiscard]] hypervisor::Result<void> claim(std::string name, hypervisor::Gpa start,
                                                 std::uint64_t size, MmioDevice& device);
    /// `size` bytes, which are nowhere yet. What is returned is the bus's.
    [[nodiscard]] hypervisor::Result<MovableMemory*> claimMovable(const std::string& name,
                                                                  std::uint64_t size,
                                                                  MmioDevice& device);

    [[nodiscard]] std::uint64_t read(hypervisor::Gpa gpa, unsigned size) const;
    void write(hypervisor::Gpa gpa, unsigned size, std::uint64_t value) const;

  private:
    struct Claim {
        std::string name;
        hypervisor::Gpa start;
        std::uint64_t size;
        MmioDevice* device;
    };
    /// What an access meets: a device, by the offset that it is called with.
    struct Meeting {
        MmioDevice* device = nullptr;
        std::uint64_t offset = 0;
    };
    /// What holds all `size` bytes at `gpa`, if anything does.
    [[nodiscard]] Meeting meet(hypervisor::Gpa gpa, unsigned size) const;

    // Sorted by start.
    std::vector<Claim> claims_;
    std::vector<std::unique_ptr<MovableMemory>> movable_;
};

}  // namespace devices
