// SPDX-License-Identifier: GPL-3.0-or-later
#include "nat.h"

#include <arpa/inet.h>
#include <slirp/libslirp.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace service::nat {

using devices::network::ReceivedFrame;
using devices::network::ReceiveOutcome;
using devices::network::SendOutcome;
using devices::network::SocketPort;
using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr std::size_t kMostBacklog = 512;
/// Frames of the guest between two looks at the sockets.
constexpr unsigned kFramesAtOnce = 64;

std::int64_t monotonicNanoseconds() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

std::int64_t monotonicMilliseconds() {
    return monotonicNanoseconds() / 1'000'000;
}

struct EventPair {
    int slirp;
    short poll;
};
constexpr std::array<EventPair, 5> kEvents{{{SLIRP_POLL_IN, POLLIN},
                                            {SLIRP_POLL_OUT, POLLOUT},
                                            {SLIRP_POLL_PRI, POLLPRI},
                                            {SLIRP_POLL_ERR, POLLERR},
                                            {SLIRP_POLL_HUP, POLLHUP}}};

std::string text(in_addr address) {
    std::array<char, INET_ADDRSTRLEN> buffer{};
    ::inet_ntop(AF_INET, &address, buffer.data(), buffer.size());
    return buffer.data();
}

/// libslirp listens at forwarded ports with room for one connection that it has not accepted yet.
/// The host drops the others of a burst, and they stand until their time is out. Who listens
/// already can ask for more room.
void lengthenQueues() {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
        const int descriptor = std::atoi(entry.path().filename().c_str());
        int listens = 0;
        socklen_t size = sizeof listens;
        if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 &&
            listens != 0)
            ::listen(descriptor, SOMAXCONN);
    }
}

}  // namespace

struct Nat::Callbacks {
    static Nat& of(void* opaque) { return *static_cast<Nat*>(opaque); }

    static ssize_t sendPacket(const void* bytes, std::size_t length, void* opaque) {
        of(opaque).toGuest({static_cast<const std::byte*>(bytes), length});
        return static_cast<ssize_t>(length);
    }
    static void guestError(const char* /*message*/, void* /*opaque*/) {}
    static std::int64_t clock(void* /*opaque*/) { return monotonicNanoseconds(); }
    static void* newTimer(SlirpTimerId id, void* argument, void* opaque) {
        return &of(opaque).timers_.emplace_back(Timer{id, argument});
    }
    static void freeTimer(void* timer, void* opaque) {
        of(opaque).timers_.remove_if([timer](const Timer& each) { return &each == timer; });
    }
    static void changeTimer(void* timer, std::int64_t due, void* /*opaque*/) {
        static_cast<Timer*>(timer)->due = due;
    }
    // poll() is told of all of libslirp's descriptors each time.
    static void registerDescriptor(int /*descriptor*/, void* /*opaque*/) {}
    static void notify(void* /*opaque*/) {}
    static void created(Slirp* /*slirp*/, void* /*opaque*/) {}

    static int addPolled(int descriptor, int events, void* opaque) {
        short wanted = 0;
        for (const EventPair& pair : kEvents)
            if ((events & pair.slirp) != 0)
                wanted = static_cast<short>(wanted | pair.poll);
        // poll() tells of these without being asked, and Linux refuses none.
        auto& polled = of(opaque).polled_;
        polled.push_back({descriptor, wanted, 0});
        return static_cast<int>(polled.size() - 1);
    }
    static int happened(int index, void* opaque) {
        const short events = of(opaque).polled_[static_cast<std::size_t>(index)].revents;
        int result = 0;
        for (const EventPair& pair : kEvents)
            if ((events & pair.poll) != 0)
                result |= pair.slirp;
        return result;
    }

    static constexpr SlirpCb kTable{.send_packet = sendPacket,
                                    .guest_error = guestError,
                                    .clock_get_ns = clock,
                                    .timer_new = nullptr,
                                    .timer_free = freeTimer,
                                    .timer_mod = changeTimer,
                                    .register_poll_fd = registerDescriptor,
                                    .unregister_poll_fd = registerDescriptor,
                                    .notify = notify,
                                    .init_completed = created,
                                    .timer_new_opaque = newTimer};
};

Result<std::unique_ptr<Nat>> Nat::create(const NatOptions& options,
                                         std::unique_ptr<SocketPort> port) {
    std::unique_ptr<Nat> nat(new Nat(std::move(port)));
    if (auto started = nat->start(options); !started)
        return std::unexpected(started.error());
    return nat;
}

Result<void> Nat::start(const NatOptions& options) {
    SlirpConfig config{};
    config.version = 4;
    config.in_enabled = true;
    config.vnetwork = options.network;
    config.vnetmask = options.netmask;
    config.vhost = options.host;
    config.vnameserver = options.dns;
    config.vdhcp_start = options.dhcpStart;
    config.vhostname = options.hostname.empty() ? nullptr : options.hostname.c_str();
    // A path of the working folder's, so that nothing above it need be open to this process.
    config.tftp_path = options.tftp ? "." : nullptr;
    config.bootfile = options.bootFile.empty() ? nullptr : options.bootFile.c_str();
    config.disable_host_loopback = !options.hostLoopback;
    slirp_ = ::slirp_new(&config, &Callbacks::kTable, this);
    if (slirp_ == nullptr)
        return failure("can't start NAT: libslirp refuses the network");
    for (const PortForward& forward : options.forwards) {
        const bool udp = forward.protocol == ForwardProtocol::Udp;
        if (::slirp_add_hostfwd(slirp_, udp ? 1 : 0, forward.hostAddress, forward.hostPort,
                                forward.guestAddress, forward.guestPort) != 0)
            return hypervisor::systemFailure(
                std::string("can't forward the host's ") + (udp ? "UDP" : "TCP") + " port " +
                    text(forward.hostAddress) + ":" + std::to_string(forward.hostPort),
                errno);
    }
    lengthenQueues();
    return {};
}

Nat::~Nat() {
    if (slirp_ != nullptr)
        ::slirp_cleanup(slirp_);
}

void Nat::serve() {
    while (port_->isUp()) {
        flushBacklog();
        polled_.clear();
        const short wanted = backlog_.empty() ? POLLIN : POLLIN | POLLOUT;
        polled_.push_back({port_->descriptor(), wanted, 0});
        std::uint32_t most = UINT32_MAX;
        ::slirp_pollfds_fill(slirp_, &most, Callbacks::addPolled, this);
        const int ready = ::poll(polled_.data(), polled_.size(), wait(most));
        ::slirp_pollfds_poll(slirp_, ready < 0 ? 1 : 0, Callbacks::happened, this);
        runTimers();
        if (ready > 0 && (polled_.front().revents & (POLLIN | POLLHUP | POLLERR)) != 0 &&
            port_->receive(*this, kFramesAtOnce) == ReceiveOutcome::Closed)
            return;
    }
}

void Nat::received(const ReceivedFrame& frame) {
    ::slirp_input(slirp_, reinterpret_cast<const std::uint8_t*>(frame.bytes.data()),
                  static_cast<int>(frame.bytes.size()));
}

bool Nat::sendNow(std::span<const std::byte> frame) {
    const iovec piece{const_cast<std::byte*>(frame.data()), frame.size()};
    return port_->send({&piece, 1}, {}) != SendOutcome::Full;
}

void Nat::toGuest(std::span<const std::byte> frame) {
    if (backlog_.empty() && sendNow(frame))
        return;
    if (backlog_.size() < kMostBacklog)
        backlog_.emplace_back(frame.begin(), frame.end());
}

void Nat::flushBacklog() {
    while (!backlog_.empty() && sendNow(backlog_.front()))
        backlog_.pop_front();
}

int Nat::wait(std::uint32_t most) const {
    std::int64_t milliseconds = most;
    for (const Timer& timer : timers_)
        if (timer.due >= 0)
            milliseconds = std::min(milliseconds,
                                    std::max<std::int64_t>(timer.due - monotonicMilliseconds(), 0));
    return milliseconds > INT32_MAX ? -1 : static_cast<int>(milliseconds);
}

void Nat::runTimers() {
    const std::int64_t now = monotonicMilliseconds();
    for (Timer& timer : timers_)
        if (timer.due >= 0 && timer.due <= now) {
            timer.due = -1;
            ::slirp_handle_timer(slirp_, static_cast<SlirpTimerId>(timer.id), timer.argument);
        }
}

}  // namespace service::nat
