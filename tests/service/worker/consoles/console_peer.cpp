// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_peer.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <QtGlobal>
#include <array>
#include <utility>

namespace tests {

using hypervisor::FileDescriptor;

namespace {

constexpr int kPatience = 30'000;

sockaddr_un address(const std::string& path) {
    sockaddr_un result{};
    result.sun_family = AF_UNIX;
    path.copy(result.sun_path, sizeof result.sun_path - 1);
    return result;
}

}  // namespace

ConsolePeer::ConsolePeer(const std::string& path)
    : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_un name = address(path);
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0)
        socket_ = {};
}

void ConsolePeer::type(const std::string& text) {
    if (::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(text.size()))
        qWarning("not all was typed");
}

bool ConsolePeer::readMore(int milliseconds) {
    pollfd source{socket_.get(), POLLIN, 0};
    if (::poll(&source, 1, milliseconds) != 1)
        return false;
    std::array<char, 65536> bytes{};
    const ssize_t size = ::read(socket_.get(), bytes.data(), bytes.size());
    if (size <= 0)
        return false;
    left_.append(bytes.data(), static_cast<std::size_t>(size));
    return true;
}

bool ConsolePeer::hears(const std::string& text) {
    std::size_t from = 0;
    for (;;) {
        if (const auto at = left_.find(text, from); at != std::string::npos) {
            heard_ = left_.substr(0, at + text.size());
            left_.erase(0, at + text.size());
            return true;
        }
        from = left_.size() < text.size() ? 0 : left_.size() - text.size();
        if (!readMore(kPatience)) {
            heard_ = left_;
            return false;
        }
    }
}

bool ConsolePeer::hearsTheEnd() {
    while (readMore(kPatience)) {
    }
    heard_ = std::exchange(left_, {});
    char byte = 0;
    return ::recv(socket_.get(), &byte, 1, MSG_DONTWAIT) == 0;
}

FileDescriptor listenAt(const std::string& path) {
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_un name = address(path);
    ::unlink(path.c_str());
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 ||
        ::listen(socket.get(), 64) != 0)
        qFatal("can't listen at %s", path.c_str());
    return socket;
}

}  // namespace tests
