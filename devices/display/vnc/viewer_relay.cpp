// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewer_relay.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace devices::display {

namespace {

constexpr std::size_t kReadAtOnce = 4096;
constexpr std::size_t kMostToViewer = 64 * 1024;

/// Of bytes or an error of a socket that does not wait.
bool isOver(ssize_t count) {
    return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
}

}  // namespace

hypervisor::Result<std::unique_ptr<ViewerRelay>> ViewerRelay::create(
    hypervisor::FileDescriptor socket, Framebuffer& framebuffer, KeyboardInput& keyboard,
    PointerInput& pointer, const std::string& name, const Limits& limits,
    std::function<void()> ended) {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()) != 0)
        return hypervisor::systemFailure("Can't serve a viewer", errno);
    hypervisor::FileDescriptor ours(pair[0]);
    hypervisor::FileDescriptor librarys(pair[1]);
    std::unique_ptr<ViewerRelay> made(
        new ViewerRelay(std::move(socket), std::move(ours), keyboard, pointer, limits));
    auto screen = ViewerScreen::create(std::move(librarys), framebuffer, name, std::move(ended));
    if (!screen)
        return std::unexpected(std::move(screen.error()));
    made->screen_ = std::move(*screen);
    return made;
}

ViewerRelay::ViewerRelay(hypervisor::FileDescriptor socket, hypervisor::FileDescriptor library,
                         KeyboardInput& keyboard, PointerInput& pointer, const Limits& limits)
    : limits_(limits),
      connected_(Clock::now()),
      lastRead_(connected_),
      socket_(std::move(socket)),
      library_(std::move(library)),
      input_(keyboard, pointer) {}

ViewerRelay::~ViewerRelay() {
    end();
}

void ViewerRelay::end() {
    if (!isOpen())
        return;
    input_.releaseAll();
    socket_ = hypervisor::FileDescriptor();
    library_ = hypervisor::FileDescriptor();
}

std::array<pollfd, 2> ViewerRelay::files() const {
    // Negative descriptors are passed over by poll(): with nothing to be had from the library, its
    // end would be told again and again.
    const bool needsLibrary = toViewer_.size() < kMostToViewer || !toLibrary_.empty();
    std::array<pollfd, 2> files{
        {{socket_.get(), 0, 0}, {needsLibrary ? library_.get() : -1, 0, 0}}};
    if (isGreeting_ && toLibrary_.empty())
        files[0].events |= POLLIN;
    if (!toViewer_.empty())
        files[0].events |= POLLOUT;
    if (toViewer_.size() < kMostToViewer)
        files[1].events |= POLLIN;
    if (!toLibrary_.empty())
        files[1].events |= POLLOUT;
    return files;
}

ViewerRelay::Clock::time_point ViewerRelay::deadline() const {
    Clock::time_point first = Clock::time_point::max();
    if (!isOpen())
        return first;
    if (!messages_.isGreeted())
        first = connected_ + limits_.greeting;
    if (!toViewer_.empty())
        first = std::min(first, lastRead_ + limits_.stall);
    return first;
}

void ViewerRelay::serve(const std::array<pollfd, 2>& files) {
    if (!isOpen())
        return;
    if ((files[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
        readLibrary();
    if (isOpen() && (files[0].revents & POLLOUT) != 0)
        write(socket_, toViewer_);
    if (isOpen() && (files[0].revents & POLLIN) != 0)
        readViewer();
    else if (isOpen() && (files[0].revents & (POLLHUP | POLLERR)) != 0)
        end();
    if (isOpen() && (files[1].revents & POLLOUT) != 0)
        write(library_, toLibrary_);
    if (isOpen() && Clock::now() >= deadline())
        end();
}

void ViewerRelay::readViewer() {
    std::array<std::byte, kReadAtOnce> bytes;
    const ssize_t count = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (isOver(count) ||
        (count > 0 && !messages_.take(std::span(bytes).first(static_cast<std::size_t>(count)))))
        end();
    else
        write(library_, toLibrary_);
}

void ViewerRelay::readLibrary() {
    std::array<std::byte, kMostToViewer> bytes;
    const ssize_t count =
        ::recv(library_.get(), bytes.data(),
               kMostToViewer - std::min(kMostToViewer, toViewer_.size()), MSG_DONTWAIT);
    if (toViewer_.size() < kMostToViewer && isOver(count))
        return end();
    if (count <= 0)
        return;
    isGreeting_ = true;
    if (toViewer_.empty())
        lastRead_ = Clock::now();
    toViewer_.insert(toViewer_.end(), bytes.begin(), bytes.begin() + count);
    write(socket_, toViewer_);
}

void ViewerRelay::write(const hypervisor::FileDescriptor& to, std::vector<std::byte>& bytes) {
    if (bytes.empty())
        return;
    const ssize_t count = ::send(to.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (isOver(count))
        return end();
    if (count < 0)
        return;
    bytes.erase(bytes.begin(), bytes.begin() + count);
    if (&to == &socket_)
        lastRead_ = Clock::now();
}

void ViewerRelay::pass(std::span<const std::byte> message) {
    toLibrary_.insert(toLibrary_.end(), message.begin(), message.end());
}

void ViewerRelay::pointer(std::uint8_t buttons, std::uint16_t x, std::uint16_t y) {
    input_.pointer(buttons, x, y, screen_->width(), screen_->height());
}

}  // namespace devices::display
