// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "descriptor.h"
#include "hypervisor/guest_memory.h"
#include "registers.h"

namespace devices::tulip {

/// Walks a list of descriptors in guest memory: a ring, a chain, or both in one. How far apart they
/// are and in which order their bytes, CSR0 says.
///
/// Thread safety: one call at a time.
class DescriptorList {
  public:
    /// `memory` outlives it.
    explicit DescriptorList(const hypervisor::GuestMemory& memory) : memory_(memory) {}

    /// Where the list begins; goes there.
    void setBase(std::uint32_t base);
    [[nodiscard]] std::uint32_t base() const { return base_; }
    [[nodiscard]] std::uint32_t current() const { return current_; }
    void reset() { base_ = current_ = 0; }

    /// The current one, copied once; nothing where there is no memory. `busMode`: CSR0.
    [[nodiscard]] std::optional<Descriptor> fetch(std::uint32_t busMode) const;
    /// Puts the status of the one at `at` back, behind all that has been written before; false
    /// where there is no memory.
    [[nodiscard]] bool close(std::uint32_t at, std::uint32_t status, std::uint32_t busMode) const;
    /// To the one behind `descriptor`, which is the current one.
    void advance(const Descriptor& descriptor, std::uint32_t busMode);

  private:
    const hypervisor::GuestMemory& memory_;
    // Multiples of 4.
    std::uint32_t base_ = 0;
    std::uint32_t current_ = 0;
};

}  // namespace devices::tulip
