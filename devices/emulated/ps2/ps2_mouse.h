// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <utility>

#include "devices/chipset/ps2_device.h"
#include "devices/display/pointer_input.h"
#include "pointer_motion.h"

namespace devices {

/// A PS/2 mouse with the commands of IBM's and, for guests that know how to ask, the wheel of
/// Microsoft's IntelliMouse and the two further buttons of its IntelliMouse Explorer. It moves by
/// as many counts as the pointer by pixels, whatever resolution and rate the guest sets, and
/// reports as soon as the guest has read the report before. Where the guest puts its pointer is the
/// guest's.
///
/// Thread safety: all methods from any thread; one short lock.
class Ps2Mouse final : public Ps2Device, public display::PointerInput {
  public:
    /// `screen` is asked, with no lock held, for the size that positions are meant on. `notify`:
    /// something is there to be sent; see KeyboardController::fetch().
    Ps2Mouse(std::function<ScreenSize()> screen, std::function<void()> notify)
        : screen_(std::move(screen)), notify_(std::move(notify)) {}

    void receive(std::uint8_t byte) override;
    [[nodiscard]] std::optional<std::uint8_t> send() override;
    void powerOn() override;

    void pointer(const display::PointerState& state, int wheel) override;
    /// Whether the guest has it report, or asks for reports.
    [[nodiscard]] bool isListening() const override;

  private:
    /// By the number that it identifies itself with.
    enum class Kind : std::uint8_t { Plain = 0, Wheel = 3, Explorer = 4 };

    struct State {
        /// Of the last byte of the host, and then what is left of a report.
        std::deque<std::uint8_t> output;
        /// For a host that asks again.
        std::deque<std::uint8_t> lastOutput;
        /// The command whose argument comes next; zero: none.
        std::uint8_t awaited = 0;
        bool hasRefused = false;
        Kind kind = Kind::Plain;
        bool isRemote = false;
        bool isReporting = false;
        bool echoes = false;
        bool scales = false;
        std::uint8_t resolution = 2;
        std::uint8_t rate = 100;
        /// The last three that were set, oldest first.
        std::array<std::uint8_t, 3> rates{};
        PointerMotion motion;
    };

    void setDefaults();
    void execute(std::uint8_t command);
    void takeArgument(std::uint8_t command, std::uint8_t value);
    void setRate(std::uint8_t rate);
    void acknowledge(std::initializer_list<std::uint8_t> more = {});
    void refuse();
    [[nodiscard]] std::uint8_t status() const;
    [[nodiscard]] bool counts() const { return state_.isReporting || state_.isRemote; }
    /// Appends a report of the next step to the output.
    void report();
    [[nodiscard]] static int scaled(int counts);

    const std::function<ScreenSize()> screen_;
    const std::function<void()> notify_;
    mutable std::mutex mutex_;
    State state_;  // guarded by mutex_
};

}  // namespace devices
