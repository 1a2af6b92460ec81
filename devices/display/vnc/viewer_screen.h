// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "devices/display/framebuffer.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"

struct _rfbScreenInfo;
struct _rfbClientRec;

namespace devices::display {

/// The picture for one viewer: libvncserver with this viewer alone, on a thread of its own, for it
/// waits in the middle of a message when the viewer does not read. It encodes from a copy, which
/// the guest can't change meanwhile; what differs from the copy is what the viewer has not seen.
///
/// The thread sleeps while the viewer wants nothing new or nothing is new. A guest that does not
/// tell of changes is looked at up to 30 times a second, and ever more rarely while nothing
/// changes.
///
/// Ends by itself when the other end of the socket is closed.
class ViewerScreen {
  public:
    /// `socket`: whole messages of a viewer that have been checked come out of it. `ended` is
    /// called on the thread, last of all.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<ViewerScreen>> create(
        hypervisor::FileDescriptor socket, Framebuffer& framebuffer, std::string name,
        std::function<void()> ended);
    /// The other end of the socket is closed.
    ~ViewerScreen();
    ViewerScreen(const ViewerScreen&) = delete;
    ViewerScreen& operator=(const ViewerScreen&) = delete;

    /// Tells the viewer that it may send keycodes, when that can be. Any thread.
    void announceKeycodes();
    /// Of the picture that the viewer has been sent last. Any thread.
    [[nodiscard]] std::uint32_t width() const { return width_; }
    [[nodiscard]] std::uint32_t height() const { return height_; }
    [[nodiscard]] bool hasEnded() const { return ended_; }

  private:
    using Time = std::chrono::steady_clock::time_point;

    ViewerScreen(hypervisor::FileDescriptor socket, hypervisor::FileDescriptor wake,
                 Framebuffer& framebuffer, std::string name, std::function<void()> ended);
    void run();
    void serve();
    /// Until the socket, the framebuffer or the time has something.
    void wait();
    void announce();
    [[nodiscard]] bool isConnected() const;
    /// The viewer waits for what changes.
    [[nodiscard]] bool isAwaiting() const;
    [[nodiscard]] bool isSeeking() const;
    /// Takes what has changed into the copy.
    void look();
    void adopt(const FramebufferWatch::State& state);
    /// True: something there was different.
    bool copyChanged(const FramebufferView& view, const Rectangle& rectangle);
    void resize(std::uint32_t width, std::uint32_t height);
    void wake() const;

    const hypervisor::FileDescriptor wake_;
    Framebuffer& framebuffer_;
    const std::string name_;
    const std::function<void()> whenEnded_;
    std::atomic<std::uint32_t> width_;
    std::atomic<std::uint32_t> height_;
    std::atomic<bool> wantsKeycodes_ = false;
    std::atomic<bool> ended_ = false;

    // Of the thread.
    hypervisor::FileDescriptor socket_;
    _rfbScreenInfo* screen_ = nullptr;
    _rfbClientRec* client_ = nullptr;
    std::unique_ptr<FramebufferWatch> watch_;
    std::vector<std::uint32_t> copy_;
    std::uint64_t generation_ = 0;
    bool isSought_ = false;
    /// The framebuffer has something new.
    bool isStale_ = true;
    /// Until then it is looked at all the same: the guest may not yet know that it is watched.
    Time seeksUntil_;
    Time nextLook_;
    std::chrono::milliseconds interval_;

    std::thread thread_;
};

}  // namespace devices::display
