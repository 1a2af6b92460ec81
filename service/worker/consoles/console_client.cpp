// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_client.h"

#include <fmt/core.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace service {

namespace {

constexpr std::size_t kChunk = 16 << 10;

bool isTransient(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

}  // namespace

bool ConsoleClient::send(std::mutex& mutex, const Scrollback& scrollback) {
    std::array<std::uint8_t, kChunk> bytes;
    std::size_t size = 0;
    {
        const std::scoped_lock lock(mutex);
        if (mark_.empty() && place_ < scrollback.begin()) {
            const std::uint64_t next = scrollback.firstLine();
            // Who has got nothing yet begins with what is left now, and misses nothing.
            if (begun_)
                mark_ = fmt::format(
                    "\r\n[{} bytes of output are missing here: they came faster than they were "
                    "read]\r\n",
                    next - place_);
            place_ = next;
        }
        if (mark_.empty())
            size = scrollback.copy(place_, bytes);
    }
    const bool marking = !mark_.empty();
    if (marking) {
        size = mark_.size();
        std::memcpy(bytes.data(), mark_.data(), size);
    }
    if (size == 0)
        return true;
    const ssize_t sent = ::send(socket_.get(), bytes.data(), size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0)
        return isTransient(errno);
    begun_ = true;
    if (marking)
        mark_.erase(0, static_cast<std::size_t>(sent));
    else
        place_ += static_cast<std::uint64_t>(sent);
    return true;
}

std::size_t ConsoleClient::read(std::span<std::uint8_t> to) {
    // Descriptors that a client sends along are closed by the kernel, since nobody asks for them.
    const ssize_t size = ::recv(socket_.get(), to.data(), to.size(), MSG_DONTWAIT);
    if (size > 0)
        return static_cast<std::size_t>(size);
    if (size == 0 || !isTransient(errno) || hungUp_)
        reading_ = false;
    return 0;
}

}  // namespace service
