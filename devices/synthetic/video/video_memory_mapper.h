// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "devices/display/video_memory.h"
#include "hypervisor/error.h"
#include "hypervisor/guest_memory.h"

namespace devices::synthetic {

/// Where guests may have devices' memory: the window of the PCI bus, which VMBus devices share
/// (devices/firmware/dsdt.asl).
inline constexpr hypervisor::Gpa kDeviceMemoryStart = 0xF800'0000;
inline constexpr hypervisor::Gpa kDeviceMemoryEnd = 0xFEC0'0000;

/// Puts the memory of a graphics adapter into the guest's address space.
class VideoMemoryMapper {
  public:
    virtual ~VideoMemoryMapper() = default;

    /// On return the guest has all of `memory` at `gpa` on, as RAM. Called while nothing is mapped,
    /// on the thread of the synthetic devices or a VP's: must be fast. `gpa` is page-aligned and all
    /// of it in the window above; `memory` is the same each time.
    [[nodiscard]] virtual hypervisor::Result<void> map(
        hypervisor::Gpa gpa, std::shared_ptr<const display::VideoMemory> memory) = 0;
    /// It is nowhere any more.
    virtual void unmap() = 0;
};

}  // namespace devices::synthetic
