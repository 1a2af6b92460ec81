// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <utility>

namespace hypervisor {

/// One device's end of an interrupt wire: asserted or not, whatever the wire's electrical
/// polarity. Where it leads is decided by who made it; by default nowhere.
///
/// Thread safety: may be driven from any thread, with the device's own lock held. What it leads
/// to never calls back into the device.
class InterruptLine {
  public:
    InterruptLine() = default;
    explicit InterruptLine(std::function<void(bool asserted)> drive) : drive_(std::move(drive)) {}

    void set(bool asserted) const {
        if (drive_)
            drive_(asserted);
    }
    void raise() const { set(true); }
    void lower() const { set(false); }
    /// A new edge, with the line asserted afterwards.
    void strike() const {
        set(false);
        set(true);
    }

  private:
    std::function<void(bool)> drive_;
};

}  // namespace hypervisor
