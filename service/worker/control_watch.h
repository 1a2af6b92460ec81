// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <thread>

#include "hypervisor/file_descriptor.h"

namespace service {

/// Watches for the end of whoever holds the other end of the control socket, on a thread of its
/// own: calls `onEnd` once when it is shut down or closed, and ends the whole process if that is
/// not enough to end it in a few seconds.
class ControlWatch {
  public:
    /// `socket` stays open as long as this lives.
    ControlWatch(int socket, std::function<void()> onEnd);
    ~ControlWatch();
    ControlWatch(const ControlWatch&) = delete;
    ControlWatch& operator=(const ControlWatch&) = delete;

  private:
    void serve(int socket);

    const std::function<void()> onEnd_;
    hypervisor::FileDescriptor finished_;
    std::jthread thread_;
};

}  // namespace service
