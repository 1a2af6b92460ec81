// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "hypervisor/guest_memory.h"

namespace devices {

/// Which guest memory a boot loader has given away, so that what it places does not overlap.
class LoadLayout {
  public:
    explicit LoadLayout(const hypervisor::GuestMemory& memory) : memory_(memory) {}

    /// Takes exactly [start, start + size). False when some of it is not memory that the memory
    /// map offers, or is taken.
    [[nodiscard]] bool take(hypervisor::Gpa start, std::uint64_t size);

    /// Takes the lowest free place of `size` bytes in [from, to) that starts at a multiple of
    /// `alignment`, a power of two.
    [[nodiscard]] std::optional<hypervisor::Gpa> takeLowest(std::uint64_t size,
                                                            std::uint64_t alignment,
                                                            hypervisor::Gpa from,
                                                            hypervisor::Gpa to);
    /// The same for the highest place.
    [[nodiscard]] std::optional<hypervisor::Gpa> takeHighest(std::uint64_t size,
                                                             std::uint64_t alignment,
                                                             hypervisor::Gpa from,
                                                             hypervisor::Gpa to);

    /// The end of the highest range taken so far.
    [[nodiscard]] hypervisor::Gpa end() const;

  private:
    struct Range {
        hypervisor::Gpa start;
        hypervisor::Gpa end;
    };
    [[nodiscard]] std::vector<Range> freeRanges() const;

    const hypervisor::GuestMemory& memory_;
    std::vector<Range> taken_;
};

}  // namespace devices
