// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <poll.h>

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <span>
#include <vector>

#include "devices/network/socket_port.h"
#include "hypervisor/error.h"
#include "nat_options.h"

struct Slirp;

namespace service::nat {

/// A network of one guest and a gateway that does NAT, DHCP and DNS in user space (libslirp), so
/// that the host's own network needs no set-up. All on one thread.
class Nat final : private devices::network::FrameSink {
  public:
    /// Listens for forwarded ports at once, so that a port in use is told here.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<Nat>> create(
        const NatOptions& options, std::unique_ptr<devices::network::SocketPort> port);
    ~Nat() override;
    Nat(const Nat&) = delete;
    Nat& operator=(const Nat&) = delete;

    /// Until the port's other end has gone.
    void serve();

  private:
    /// One of libslirp's timers.
    struct Timer {
        int id;
        void* argument;
        /// Milliseconds of the monotonic clock; negative: off.
        std::int64_t due = -1;
    };
    /// What libslirp calls.
    struct Callbacks;

    explicit Nat(std::unique_ptr<devices::network::SocketPort> port) : port_(std::move(port)) {}
    [[nodiscard]] hypervisor::Result<void> start(const NatOptions& options);
    void received(const devices::network::ReceivedFrame& frame) override;
    void toGuest(std::span<const std::byte> frame);
    [[nodiscard]] bool sendNow(std::span<const std::byte> frame);
    void flushBacklog();
    /// Milliseconds that poll() may wait, at most `most`.
    [[nodiscard]] int wait(std::uint32_t most) const;
    void runTimers();

    std::unique_ptr<devices::network::SocketPort> port_;
    Slirp* slirp_ = nullptr;
    std::vector<pollfd> polled_;
    // Addresses are handed to libslirp.
    std::list<Timer> timers_;
    /// What the guest has not taken yet, bounded: beyond it frames are dropped, and TCP slows down.
    std::deque<std::vector<std::byte>> backlog_;
};

}  // namespace service::nat
