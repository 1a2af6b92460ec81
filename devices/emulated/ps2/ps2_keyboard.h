// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bitset>
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <vector>

#include "devices/chipset/ps2_device.h"
#include "devices/display/keyboard_input.h"
#include "key_bytes.h"

namespace devices {

/// An enhanced keyboard of a PS/2 with the commands of IBM's. What is typed faster than the guest
/// reads waits; when too much does, the guest reads the code that tells so, and further presses are
/// dropped with their releases. Keys repeat when who types lets them: the repetition that the guest
/// asks for is only acknowledged. In set 3 the types of keys are set for all of them at once.
///
/// Thread safety: all methods from any thread; one short lock.
class Ps2Keyboard final : public Ps2Device, public display::KeyboardInput {
  public:
    /// `notify`: something is there to be sent; see KeyboardController::fetch().
    explicit Ps2Keyboard(std::function<void()> notify) : notify_(std::move(notify)) {}

    void receive(std::uint8_t byte) override;
    [[nodiscard]] std::optional<std::uint8_t> send() override;
    void powerOn() override;

    void key(display::ScanCode code, display::KeyAction action) override;
    /// Whether it scans its keys: it does so from the start, for firmware and the simplest systems.
    [[nodiscard]] bool isListening() const override;

  private:
    /// How Print Screen was pressed, which its release follows.
    enum class PrintForm : std::uint8_t { None, Whole, Plain, SystemRequest };

    void setDefaults();
    void execute(std::uint8_t command);
    void takeArgument(std::uint8_t command, std::uint8_t value);
    void answer(std::initializer_list<std::uint8_t> bytes) { answers_ = bytes; }
    [[nodiscard]] std::vector<std::uint8_t> bytesOf(display::ScanCode code,
                                                    display::KeyAction action);
    [[nodiscard]] std::vector<std::uint8_t> bytesOfPrint(display::KeyAction action);
    [[nodiscard]] bool isDown(display::ScanCode code) const;

    const std::function<void()> notify_;
    mutable std::mutex mutex_;
    // Guarded by mutex_.
    /// Of the last byte of the host; go before codes_.
    std::deque<std::uint8_t> answers_;
    std::deque<std::uint8_t> codes_;
    std::uint8_t lastSent_ = 0;
    /// The command whose argument comes next; zero: none.
    std::uint8_t awaited_ = 0;
    ScanSet set_ = ScanSet::Second;
    bool isScanning_ = true;
    bool tellsReleases_ = true;
    /// Pressed for the guest, or in codes_ to be so; by prefix and code.
    std::bitset<3 * 128> down_;
    PrintForm print_ = PrintForm::None;
    /// The call before was the first half of Pause.
    bool pauseGoesOn_ = false;
};

}  // namespace devices
