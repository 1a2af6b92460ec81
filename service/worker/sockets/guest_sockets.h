// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "guest_connection.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "vmbus/bus.h"

namespace service {

/// A machine's socket for programs: who connects to it reaches a program of the guest that listens
/// at a port of AF_VSOCK. One thread serves all connections.
///
/// Thread safety: construction and destruction on any thread but the devices'.
class GuestSockets {
  public:
    static constexpr std::size_t kMostConnections = 128;

    /// `listener` is a listening Unix stream socket, and is made not to block. `bus` outlives this.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<GuestSockets>> create(
        vmbus::Bus& bus, hypervisor::FileDescriptor listener);
    /// Ends all connections.
    ~GuestSockets();
    GuestSockets(const GuestSockets&) = delete;
    GuestSockets& operator=(const GuestSockets&) = delete;

  private:
    GuestSockets(vmbus::Bus& bus, hypervisor::FileDescriptor listener,
                 hypervisor::FileDescriptor wake);

    void serve(const std::stop_token& stop);
    void accept();
    void end(GuestConnection& connection);
    void wake();
    [[nodiscard]] int timeout(std::chrono::steady_clock::time_point now) const;

    vmbus::Bus& bus_;
    const hypervisor::FileDescriptor listener_;
    const hypervisor::FileDescriptor wake_;
    // The thread's.
    std::vector<std::unique_ptr<GuestConnection>> connections_;
    /// At the host's end of the next connection, for the guest; above what programs choose.
    std::uint32_t nextPeer_ = 0x8000'0000;
    std::chrono::steady_clock::time_point fullUntil_{};
    std::jthread thread_;
};

}  // namespace service
