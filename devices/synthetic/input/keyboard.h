// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <bitset>
#include <cstddef>
#include <deque>
#include <mutex>

#include "devices/display/keyboard_input.h"
#include "devices/synthetic/message/message_device.h"

namespace devices::synthetic {

/// The synthetic keyboard, protocol 1.0. Keys that come before the guest's driver is ready, or
/// faster than it reads, wait; when too many do, further ones are dropped, with their releases.
class Keyboard final : public MessageDevice, public display::KeyboardInput {
  public:
    explicit Keyboard(DeviceThread& thread) : MessageDevice(thread) {}
    ~Keyboard() override;

    [[nodiscard]] static vmbus::Offer offer();

    void key(display::ScanCode code, display::KeyAction action) override;
    [[nodiscard]] bool isListening() const override { return accepted_; }

  private:
    struct Stroke {
        display::ScanCode code;
        display::KeyAction action;
    };

    void onOpened() override;
    void onPacket(const vmbus::ReceivedPacket& packet) override;
    void onClosed() override;
    void onRoom() override { deliver(); }
    void deliver();

    std::mutex mutex_;
    // Guarded by mutex_.
    std::deque<Stroke> strokes_;
    /// Pressed for the guest, or in strokes_ to be so; by prefix and code.
    std::bitset<3 * 256> down_;

    /// Written by the thread alone.
    std::atomic<bool> accepted_ = false;
    /// deliver() is posted and has not begun.
    std::atomic<bool> posted_ = false;
};

}  // namespace devices::synthetic
