// SPDX-License-Identifier: GPL-3.0-or-later
#include "vnc_server.h"

#include <poll.h>
#include <rfb/rfb.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include "viewer_relay.h"

namespace devices::display {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kUntilRoom{1'000};
/// In front of those of the viewers.
constexpr std::size_t kOwnFiles = 2;

int millisecondsUntil(Clock::time_point time) {
    if (time == Clock::time_point::max())
        return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(time - Clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

}  // namespace

hypervisor::Result<std::unique_ptr<VncServer>> VncServer::create(
    hypervisor::FileDescriptor listener, Framebuffer& framebuffer, KeyboardInput& keyboard,
    PointerInput& pointer, Options options) {
    hypervisor::FileDescriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake)
        return hypervisor::systemFailure("Can't serve viewers of the screen", errno);
    // It would write of each viewer's every step to the standard output.
    rfbLogEnable(0);
    std::unique_ptr<VncServer> made(new VncServer(std::move(listener), std::move(wake), framebuffer,
                                                  keyboard, pointer, std::move(options)));
    try {
        made->thread_ = std::thread([server = made.get()] { server->serve(); });
    } catch (const std::system_error& error) {
        return hypervisor::systemFailure("Can't start the thread of the screen's viewers",
                                         error.code().value());
    }
    return made;
}

VncServer::VncServer(hypervisor::FileDescriptor listener, hypervisor::FileDescriptor wake,
                     Framebuffer& framebuffer, KeyboardInput& keyboard, PointerInput& pointer,
                     Options options)
    : listener_(std::move(listener)),
      wake_(std::move(wake)),
      framebuffer_(framebuffer),
      keyboard_(keyboard),
      pointer_(pointer),
      options_(std::move(options)) {}

VncServer::~VncServer() {
    ending_ = true;
    wake();
    if (thread_.joinable())
        thread_.join();
}

void VncServer::wake() const {
    static_cast<void>(::eventfd_write(wake_.get(), 1));
}

void VncServer::serve() {
    std::vector<pollfd> files;
    while (!ending_) {
        Clock::time_point deadline = Clock::time_point::max();
        const bool accepts = Clock::now() >= nextAccept_;
        if (!accepts)
            deadline = nextAccept_;
        files.assign({{wake_.get(), POLLIN, 0}, {accepts ? listener_.get() : -1, POLLIN, 0}});
        for (const auto& viewer : viewers_) {
            const auto theirs = viewer->files();
            files.insert(files.end(), theirs.begin(), theirs.end());
            deadline = std::min(deadline, viewer->deadline());
        }
        if (::poll(files.data(), files.size(), millisecondsUntil(deadline)) < 0)
            continue;
        if (files[0].revents != 0) {
            eventfd_t count;
            static_cast<void>(::eventfd_read(wake_.get(), &count));
        }
        for (std::size_t i = 0; i < viewers_.size(); ++i)
            viewers_[i]->serve({files[kOwnFiles + 2 * i], files[kOwnFiles + 2 * i + 1]});
        std::erase_if(viewers_, [](const auto& viewer) { return viewer->isGone(); });
        if (files[1].revents != 0)
            accept();
        viewerCount_ = viewers_.size();
    }
    viewers_.clear();
    viewerCount_ = 0;
}

void VncServer::accept() {
    hypervisor::FileDescriptor socket(
        ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) {
        // Whoever has given up meanwhile is no reason to wait.
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
            nextAccept_ = Clock::now() + kUntilRoom;
        return;
    }
    if (viewers_.size() >= options_.mostViewers)
        return;
    auto viewer =
        ViewerRelay::create(std::move(socket), framebuffer_, keyboard_, pointer_, options_.name,
                            {options_.greetingLimit, options_.stallLimit}, [this] { wake(); });
    // One that can't be served sees its connection closed.
    if (viewer)
        viewers_.push_back(std::move(*viewer));
}

}  // namespace devices::display
