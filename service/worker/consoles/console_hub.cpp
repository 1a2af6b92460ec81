// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_hub.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <stop_token>
#include <utility>

#include "console_port.h"

namespace service {

using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

using namespace std::chrono_literals;
using Time = std::chrono::steady_clock;

constexpr auto kFlushTime = 1s;
// How long nobody is let in when the process has no room for another client.
constexpr auto kFullTime = 1s;

}  // namespace

Result<std::unique_ptr<ConsoleHub>> ConsoleHub::create(std::vector<FileDescriptor> listeners) {
    FileDescriptor wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!wake)
        return hypervisor::systemFailure("can't make an event for the consoles' thread", errno);
    std::unique_ptr<ConsoleHub> hub(new ConsoleHub(std::move(wake)));
    for (FileDescriptor& listener : listeners) {
        const int flags = ::fcntl(listener.get(), F_GETFL);
        if (flags < 0 || ::fcntl(listener.get(), F_SETFL, flags | O_NONBLOCK) != 0)
            return hypervisor::systemFailure("can't use a console's socket", errno);
        hub->ports_.push_back(std::make_unique<ConsolePort>(
            std::move(listener), [owner = hub.get()] { owner->wake(); }));
    }
    hub->thread_ =
        std::jthread([owner = hub.get()](const std::stop_token& stop) { owner->serve(stop); });
    return hub;
}

ConsoleHub::ConsoleHub(FileDescriptor wake) : wake_(std::move(wake)) {}

ConsoleHub::~ConsoleHub() {
    thread_.request_stop();
    wake();
}

devices::SerialBackend& ConsoleHub::port(std::size_t index) {
    return *ports_.at(index);
}

void ConsoleHub::wake() {
    constexpr std::uint64_t kOne = 1;
    // It can fail only when the counter is full, and then the thread wakes anyway.
    static_cast<void>(!::write(wake_.get(), &kOne, sizeof kOne));
}

bool ConsoleHub::hasOutput() {
    return std::ranges::any_of(ports_, [](const auto& port) { return port->hasOutput(); });
}

void ConsoleHub::serve(const std::stop_token& stop) {
    // Signals are for other threads; a client that is gone shows as an error.
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);

    Time::time_point flushEnd = Time::time_point::max();
    Time::time_point fullUntil = Time::time_point::min();
    std::vector<pollfd> sources;
    for (;;) {
        const Time::time_point now = Time::now();
        const bool stopping = stop.stop_requested();
        const bool full = now < fullUntil;
        if (stopping && flushEnd == Time::time_point::max())
            flushEnd = now + kFlushTime;
        if (stopping && (now >= flushEnd || !hasOutput()))
            return;
        sources.assign(1, {wake_.get(), POLLIN, 0});
        for (const auto& port : ports_)
            port->prepare(sources, !full && !stopping);
        const Time::time_point next = std::min(flushEnd, full ? fullUntil : flushEnd);
        int timeout = -1;
        if (next != Time::time_point::max())
            timeout =
                static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(next - now).count());
        if (::poll(sources.data(), sources.size(), timeout) < 0)
            continue;
        if (sources[0].revents != 0) {
            std::uint64_t count = 0;
            static_cast<void>(!::read(wake_.get(), &count, sizeof count));
        }
        std::size_t at = 1;
        for (const auto& port : ports_)
            if (!port->serve(sources, at))
                fullUntil = now + kFullTime;
    }
}

}  // namespace service
