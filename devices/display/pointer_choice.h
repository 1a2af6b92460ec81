// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <mutex>

#include "pointer_input.h"

namespace devices::display {

/// Two pointing devices of one machine as one: the preferred one while a driver listens there, else
/// the other. As long as a button is held nothing changes, so that it is released where it was
/// pressed.
///
/// Thread safety: all methods from any thread; one short lock, held while the devices are called.
class PointerChoice final : public PointerInput {
  public:
    /// Both outlive this.
    PointerChoice(PointerInput& preferred, PointerInput& other)
        : preferred_(preferred), other_(other) {}

    void pointer(const PointerState& state, int wheel) override;
    [[nodiscard]] bool isListening() const override {
        return preferred_.isListening() || other_.isListening();
    }

  private:
    PointerInput& preferred_;
    PointerInput& other_;
    std::mutex mutex_;
    // Guarded by mutex_.
    bool isOther_ = false;
    bool isHeld_ = false;
};

}  // namespace devices::display
