// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "devices/display/framebuffer.h"
#include "devices/display/keyboard_input.h"
#include "devices/display/pointer_input.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"

namespace devices::display {

class ViewerRelay;

/// Shows a machine's screen to VNC viewers that connect to a socket, and gives the machine their
/// keys and pointers. Who may connect is the socket's to say: viewers are not asked for passwords.
/// They are not trusted for all that: what they send is checked (ViewerMessages), and one that
/// does not read is thrown out.
///
/// One thread for all connections, and one for the picture of each viewer (ViewerScreen); all of
/// them sleep while nothing changes. The memory is bounded: for each viewer a copy of the screen,
/// and some 100 KiB.
class VncServer {
  public:
    struct Options {
        /// What viewers call the machine.
        std::string name = "Vireo";
        /// Further ones are turned away.
        std::size_t mostViewers = 8;
        /// For the handshake.
        std::chrono::milliseconds greetingLimit{10'000};
        /// Without reading any of what waits for it.
        std::chrono::milliseconds stallLimit{15'000};
    };
    /// `listener`: a listening stream socket. What is referred to must outlive the server.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<VncServer>> create(
        hypervisor::FileDescriptor listener, Framebuffer& framebuffer, KeyboardInput& keyboard,
        PointerInput& pointer, Options options);
    /// Throws all viewers out.
    ~VncServer();
    VncServer(const VncServer&) = delete;
    VncServer& operator=(const VncServer&) = delete;

    /// How many viewers are connected. Any thread.
    [[nodiscard]] std::size_t viewers() const { return viewerCount_; }

  private:
    VncServer(hypervisor::FileDescriptor listener, hypervisor::FileDescriptor wake,
              Framebuffer& framebuffer, KeyboardInput& keyboard, PointerInput& pointer,
              Options options);
    void serve();
    void accept();
    void wake() const;

    const hypervisor::FileDescriptor listener_;
    const hypervisor::FileDescriptor wake_;
    Framebuffer& framebuffer_;
    KeyboardInput& keyboard_;
    PointerInput& pointer_;
    const Options options_;
    std::atomic<bool> ending_ = false;
    std::atomic<std::size_t> viewerCount_ = 0;

    // Of the thread.
    std::vector<std::unique_ptr<ViewerRelay>> viewers_;
    /// The host had no room for another connection; not before this is it asked again.
    std::chrono::steady_clock::time_point nextAccept_;

    std::thread thread_;
};

}  // namespace devices::display
