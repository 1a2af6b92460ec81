// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "devices/chipset/pci_function.h"
#include "hypervisor/guest_memory.h"

namespace devices {

/// The graphics adapter on PCI by which guests of a machine of generation 1 know that there is one
/// on VMBus, and where its memory is (drivers/video/fbdev/hyperv_fb.c). It has no registers and no
/// VGA.
///
/// Thread safety: as PciFunction.
class VideoAdapter final : public PciFunction {
  public:
    /// Where Hyper-V has it.
    static constexpr unsigned kDevice = 8;

    /// `placed` is told where the guest has the video memory, or that it is nowhere; with the bus's
    /// lock held. `memoryBytes`: a power of two.
    VideoAdapter(std::uint32_t memoryBytes,
                 std::function<void(std::optional<hypervisor::Gpa>)> placed);

  private:
    void memoryPlaced(unsigned baseAddress, std::optional<hypervisor::Gpa> at) override;

    const std::function<void(std::optional<hypervisor::Gpa>)> placed_;
};

}  // namespace devices
