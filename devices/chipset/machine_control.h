// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "hypervisor/intercept_handler.h"

namespace devices {

/// What a guest can ask of its machine through a device. Called on a VP's thread in the middle
/// of an access, with the device's lock held: an implementation notes the request, makes the VPs
/// stop soon, and calls no device.
class MachineControl {
  public:
    virtual ~MachineControl() = default;

    virtual void powerOff() = 0;
    virtual void reset() = 0;
    /// A write to the debug exit port.
    virtual void debugExit(std::uint32_t value) = 0;
    /// Tells of its crash; it goes on running.
    virtual void guestCrashed(const hypervisor::GuestCrash& /*crash*/) {}
};

}  // namespace devices
