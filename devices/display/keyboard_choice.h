// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bitset>
#include <cstdint>
#include <mutex>

#include "keyboard_input.h"

namespace devices::display {

/// Two keyboards of one machine as one: what is typed goes to the preferred one while a driver
/// listens there, else to the other. A key's repetitions and its release go where it was pressed.
///
/// Thread safety: all methods from any thread; one short lock, held while the keyboards are called.
class KeyboardChoice final : public KeyboardInput {
  public:
    /// Both outlive this.
    KeyboardChoice(KeyboardInput& preferred, KeyboardInput& other)
        : preferred_(preferred), other_(other) {}

    void key(ScanCode code, KeyAction action) override;
    [[nodiscard]] bool isListening() const override {
        return preferred_.isListening() || other_.isListening();
    }

  private:
    static constexpr std::size_t kKeys = 3 * 256;

    KeyboardInput& preferred_;
    KeyboardInput& other_;
    std::mutex mutex_;
    // Guarded by mutex_: keys that are held, by prefix and code, and which of them at other_.
    std::bitset<kKeys> held_;
    std::bitset<kKeys> heldAtOther_;
    /// Where the last key went, and whether a second code belongs to it.
    bool wasOther_ = false;
    bool goesOn_ = false;
};

}  // namespace devices::display
