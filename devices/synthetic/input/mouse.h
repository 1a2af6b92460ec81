// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>

#include "devices/display/pointer_input.h"
#include "devices/synthetic/message/message_device.h"

namespace devices::synthetic {

/// The synthetic mouse: a HID device with an absolute position, five buttons and a wheel. Reports
/// that come faster than the guest reads wait; of many that do, those between are left out.
class Mouse final : public MessageDevice, public display::PointerInput {
  public:
    explicit Mouse(DeviceThread& thread) : MessageDevice(thread) {}
    ~Mouse() override;

    [[nodiscard]] static vmbus::Offer offer();

    void pointer(const display::PointerState& state, int wheel) override;
    [[nodiscard]] bool isListening() const override { return listening_; }

  private:
    struct Movement {
        display::PointerState state;
        int wheel;
        /// Only the position differs from the one before.
        bool isPlain;
    };
    /// What the guest's driver has done so far.
    enum class Stage : std::uint8_t { Closed, Opened, Approved, Listening };

    void onOpened() override;
    void onPacket(const vmbus::ReceivedPacket& packet) override;
    void onClosed() override;
    void onRoom() override { deliver(); }
    void answerRequest(std::uint32_t version, std::uint64_t transactionId);
    void sendInformation();
    void deliver();

    std::mutex mutex_;
    // Guarded by mutex_.
    std::deque<Movement> movements_;
    std::uint8_t buttons_ = 0;

    /// Of the thread.
    Stage stage_ = Stage::Closed;
    /// stage_ is Listening.
    std::atomic<bool> listening_ = false;
    /// deliver() is posted and has not begun.
    std::atomic<bool> posted_ = false;
};

}  // namespace devices::synthetic
