// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_peer.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QtGlobal>
#include <array>
#include <utility>

#include "unix_sockets.h"

namespace tests {

namespace {

constexpr int kPatience = 30'000;

}  // namespace

ConsolePeer::ConsolePeer(const std::string& path) : socket_(connectTo(path)) {}

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

}  // namespace tests
