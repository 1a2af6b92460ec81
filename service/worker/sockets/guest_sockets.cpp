// SPDX-License-Identifier: GPL-3.0-or-later
#include "guest_sockets.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "devices/synthetic/socket/guest_port.h"

namespace service {

using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

// How long nobody is let in when the process has no room for another client.
constexpr std::chrono::seconds kFullTime{1};

}  // namespace

Result<std::unique_ptr<GuestSockets>> GuestSockets::create(vmbus::Bus& bus,
                                                           FileDescriptor listener) {
    FileDescriptor wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!wake)
        return hypervisor::systemFailure("can't make an event for the sockets' thread", errno);
    const int flags = ::fcntl(listener.get(), F_GETFL);
    if (flags < 0 || ::fcntl(listener.get(), F_SETFL, flags | O_NONBLOCK) != 0)
        return hypervisor::systemFailure("can't use the socket for programs", errno);
    std::unique_ptr<GuestSockets> sockets(
        new GuestSockets(bus, std::move(listener), std::move(wake)));
    sockets->thread_ =
        std::jthread([owner = sockets.get()](const std::stop_token& stop) { owner->serve(stop); });
    return sockets;
}

GuestSockets::GuestSockets(vmbus::Bus& bus, FileDescriptor listener, FileDescriptor wake)
    : bus_(bus), listener_(std::move(listener)), wake_(std::move(wake)) {}

GuestSockets::~GuestSockets() {
    thread_.request_stop();
    wake();
}

void GuestSockets::wake() {
    constexpr std::uint64_t kOne = 1;
    // It can fail only when the counter is full, and then the thread wakes anyway.
    static_cast<void>(!::write(wake_.get(), &kOne, sizeof kOne));
}

int GuestSockets::timeout(GuestConnection::Clock::time_point now) const {
    auto next = GuestConnection::Clock::time_point::max();
    if (fullUntil_ > now)
        next = fullUntil_;
    for (const auto& connection : connections_)
        next = std::min(next, connection->deadline().value_or(next));
    if (next == GuestConnection::Clock::time_point::max())
        return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - now).count();
    return static_cast<int>(std::max<std::int64_t>(left, 0));
}

void GuestSockets::serve(const std::stop_token& stop) {
    // Signals are for other threads; a client that is gone shows as an error.
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);

    std::vector<pollfd> sources;
    while (!stop.stop_requested()) {
        const auto before = GuestConnection::Clock::now();
        const bool lets = connections_.size() < kMostConnections && before >= fullUntil_;
        sources.assign({{wake_.get(), POLLIN, 0}, {lets ? listener_.get() : -1, POLLIN, 0}});
        for (const auto& connection : connections_)
            sources.push_back(connection->wanted());
        if (::poll(sources.data(), sources.size(), timeout(before)) < 0)
            continue;
        if (sources[0].revents != 0) {
            std::uint64_t count = 0;
            static_cast<void>(!::read(wake_.get(), &count, sizeof count));
        }
        const auto now = GuestConnection::Clock::now();
        std::size_t at = 2;
        std::erase_if(connections_, [&](const auto& connection) {
            const bool goesOn = connection->serve(sources[at++].revents, now);
            if (!goesOn)
                end(*connection);
            return !goesOn;
        });
        if (sources[1].revents != 0)
            accept();
    }
    for (const auto& connection : connections_)
        end(*connection);
    connections_.clear();
}

void GuestSockets::accept() {
    FileDescriptor client(
        ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!client) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
            fullUntil_ = GuestConnection::Clock::now() + kFullTime;
        return;
    }
    connections_.push_back(std::make_unique<GuestConnection>(
        std::move(client), [this] { wake(); },
        [this](std::uint32_t port, vmbus::ChannelDevice& channel) {
            // It stays above what programs choose for themselves.
            const std::uint32_t peer = nextPeer_++ | 0x8000'0000;
            return bus_.offerSocket(devices::synthetic::connectionOffer(port, peer), channel);
        }));
}

void GuestSockets::end(GuestConnection& connection) {
    connection.release();
    bus_.revoke(connection.channel());
    connection.release();
}

}  // namespace service
