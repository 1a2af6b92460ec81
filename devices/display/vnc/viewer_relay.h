// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <poll.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "viewer_input.h"
#include "viewer_messages.h"
#include "viewer_screen.h"

namespace devices::display {

/// One viewer's connection on the server's thread: its bytes through the check to the library and
/// to keyboard and pointer, the library's to it. Never waits; holds some 100 KiB at most.
class ViewerRelay final : private ViewerMessages::Receiver {
  public:
    using Clock = std::chrono::steady_clock;
    struct Limits {
        /// For the handshake.
        std::chrono::milliseconds greeting{10'000};
        /// Without reading any of what waits for it.
        std::chrono::milliseconds stall{15'000};
    };

    /// `ended` is called on another thread when isGone() may have become true.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<ViewerRelay>> create(
        hypervisor::FileDescriptor socket, Framebuffer& framebuffer, KeyboardInput& keyboard,
        PointerInput& pointer, const std::string& name, const Limits& limits,
        std::function<void()> ended);
    ~ViewerRelay() override;

    /// What to poll for.
    [[nodiscard]] std::array<pollfd, 2> files() const;
    /// When serve() is to be called at the latest.
    [[nodiscard]] Clock::time_point deadline() const;
    /// `files` as poll() has left them.
    void serve(const std::array<pollfd, 2>& files);
    /// Nothing of it runs any more, and it may be destroyed at once.
    [[nodiscard]] bool isGone() const { return !isOpen() && screen_->hasEnded(); }

  private:
    ViewerRelay(hypervisor::FileDescriptor socket, hypervisor::FileDescriptor library,
                KeyboardInput& keyboard, PointerInput& pointer, const Limits& limits);

    void pass(std::span<const std::byte> message) override;
    void wantsKeycodes() override { screen_->announceKeycodes(); }
    void keysym(std::uint32_t keysym, bool isDown) override { input_.keysym(keysym, isDown); }
    void keycode(std::uint32_t keycode, bool isDown) override { input_.keycode(keycode, isDown); }
    void pointer(std::uint8_t buttons, std::uint16_t x, std::uint16_t y) override;

    [[nodiscard]] bool isOpen() const { return static_cast<bool>(socket_); }
    void readViewer();
    void readLibrary();
    void write(const hypervisor::FileDescriptor& to, std::vector<std::byte>& bytes);
    void end();

    const Limits limits_;
    const Clock::time_point connected_;
    /// When bytes began to wait for the viewer, or when it last read some.
    Clock::time_point lastRead_;
    hypervisor::FileDescriptor socket_;
    hypervisor::FileDescriptor library_;
    ViewerInput input_;
    ViewerMessages messages_{*this};
    std::vector<std::byte> toViewer_;
    std::vector<std::byte> toLibrary_;
    /// The library has said the first word; before that it would take what comes for a web browser.
    bool isGreeting_ = false;
    std::unique_ptr<ViewerScreen> screen_;
};

}  // namespace devices::display
