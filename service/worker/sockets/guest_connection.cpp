// SPDX-License-Identifier: GPL-3.0-or-later
#include "guest_connection.h"

#include <fmt/core.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <limits>
#include <span>
#include <utility>

namespace service {

using devices::synthetic::SocketStream;

namespace {

/// Of what waits for one side: more is left with the other.
constexpr std::size_t kMostWaiting = 64 * 1024;
constexpr std::size_t kLongestQuestion = 64;
constexpr std::string_view kQuestion = "CONNECT ";

void append(std::vector<std::byte>& to, std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    to.insert(to.end(), bytes.begin(), bytes.end());
}

std::optional<std::uint32_t> portIn(std::string_view line) {
    if (!line.starts_with(kQuestion))
        return std::nullopt;
    line.remove_prefix(kQuestion.size());
    std::uint32_t port = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), port);
    if (error != std::errc{} || end != line.data() + line.size())
        return std::nullopt;
    return port;
}

}  // namespace

GuestConnection::GuestConnection(hypervisor::FileDescriptor client, std::function<void()> wake,
                                 Offer offer)
    : client_(std::move(client)),
      offer_(std::move(offer)),
      mailbox_(std::move(wake), {}),
      deadline_(Clock::now() + kAskPatience) {}

pollfd GuestConnection::wanted() const {
    pollfd wanted{client_.get(), 0, 0};
    // It would only be told again and again that the client has gone.
    if (clientEnded_ && (clientDeaf_ || clientTold_))
        wanted.fd = -1;
    const bool reads = stage_ == Stage::Asking || stage_ == Stage::Connected;
    if (reads && !clientEnded_ && toGuest_.size() < kMostWaiting)
        wanted.events |= POLLIN;
    if (!toClient_.empty())
        wanted.events |= POLLOUT;
    return wanted;
}

bool GuestConnection::serve(short events, Clock::time_point now) {
    fetchNews();
    fromSocket(events);
    if (deadline_ && now >= *deadline_) {
        if (stage_ == Stage::Connected || stage_ == Stage::Refused)
            return false;
        refuse(stage_ == Stage::Asking
                   ? "nothing was asked for"
                   : fmt::format("no program in the guest takes connections at port {}", port_));
    }
    if (stage_ == Stage::Connected) {
        fromGuest(kMostWaiting);
        writeToGuest();
    }
    writeToClient();
    if (clientGone_)
        return false;
    if (stage_ == Stage::Refused)
        return !toClient_.empty();
    if (stage_ != Stage::Connected)
        return true;
    // Until each has had what the other had to say, or can't have it any more.
    const bool guestServed = guestTold_ || !stream_;
    const bool clientServed = clientDeaf_ || (guestEnded_ && toClient_.empty());
    return !guestServed || !clientServed;
}

void GuestConnection::fromSocket(short events) {
    if ((events & (POLLERR | POLLNVAL)) != 0)
        clientGone_ = true;
    if ((events & (POLLIN | POLLHUP)) == 0)
        return;
    switch (stage_) {
        case Stage::Asking:
            return readQuestion();
        case Stage::Connected:
            if (clientEnded_ && (events & POLLHUP) != 0)
                return clientWentDeaf();
            return fromClient();
        case Stage::Offered:
        case Stage::Refused:
            clientGone_ = clientGone_ || (events & POLLHUP) != 0;
    }
}

void GuestConnection::clientWentDeaf() {
    if (std::exchange(clientDeaf_, true))
        return;
    // The guest gets what is left, if it takes it.
    toClient_.clear();
    deadline_ = Clock::now() + kAskPatience;
}

void GuestConnection::fetchNews() {
    auto news = mailbox_.fetch();
    if (news.closed) {
        if (stream_) {
            // All that is left of its ring.
            fromGuest(std::numeric_limits<std::size_t>::max());
            stream_.reset();
        }
        guestEnded_ = true;
        guestTold_ = true;
        if (stage_ == Stage::Offered)
            refuse("the guest has closed the connection");
    }
    if (!news.opened)
        return;
    if (stage_ != Stage::Offered)
        return;
    stream_ = std::make_unique<SocketStream>(std::move(news.opened));
    stage_ = Stage::Connected;
    deadline_.reset();
    append(toClient_, fmt::format("OK {}\n", port_));
}

void GuestConnection::readQuestion() {
    // Not a byte beyond the line: the client may send on, and that is the guest's.
    while (stage_ == Stage::Asking) {
        std::byte one{};
        const ssize_t count = ::recv(client_.get(), &one, 1, MSG_DONTWAIT);
        if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
            clientGone_ = true;
            return;
        }
        if (count < 0)
            return;
        if (one != std::byte{'\n'}) {
            toGuest_.push_back(one);
            if (toGuest_.size() > kLongestQuestion)
                refuse("the line is too long");
            continue;
        }
        const std::string line(reinterpret_cast<const char*>(toGuest_.data()), toGuest_.size());
        toGuest_.clear();
        ask(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
    }
}

void GuestConnection::ask(std::string_view line) {
    const auto port = portIn(line);
    if (!port)
        return refuse("ask by a line \"CONNECT <port>\"");
    port_ = *port;
    if (const auto offered = offer_(port_, mailbox_); !offered)
        return refuse(offered.error().message);
    stage_ = Stage::Offered;
    deadline_ = Clock::now() + kGuestPatience;
}

void GuestConnection::refuse(const std::string& why) {
    toClient_.clear();
    append(toClient_, fmt::format("ERROR {}\n", why));
    stage_ = Stage::Refused;
    deadline_ = Clock::now() + kGuestPatience;
}

void GuestConnection::fromClient() {
    std::array<std::byte, 16 * 1024> piece;
    while (!clientEnded_ && toGuest_.size() < kMostWaiting) {
        const ssize_t count = ::recv(client_.get(), piece.data(), piece.size(), MSG_DONTWAIT);
        if (count > 0) {
            toGuest_.insert(toGuest_.end(), piece.begin(), piece.begin() + count);
            continue;
        }
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno != EAGAIN)
            clientGone_ = true;
        clientEnded_ = count == 0;
        return;
    }
}

void GuestConnection::fromGuest(std::size_t most) {
    while (stream_ && !guestEnded_ && toClient_.size() < most) {
        switch (stream_->receive()) {
            case SocketStream::Received::Bytes:
                if (!clientDeaf_)
                    toClient_.insert(toClient_.end(), stream_->bytes().begin(),
                                     stream_->bytes().end());
                break;
            case SocketStream::Received::Nothing:
                return;
            case SocketStream::Received::Broken:
                clientGone_ = true;
                return;
            case SocketStream::Received::End:
                guestEnded_ = true;
                break;
        }
    }
}

void GuestConnection::writeToGuest() {
    if (!stream_)
        return;
    if (!toGuest_.empty()) {
        const std::size_t sent = stream_->send(toGuest_);
        toGuest_.erase(toGuest_.begin(), toGuest_.begin() + static_cast<std::ptrdiff_t>(sent));
    }
    if (clientEnded_ && toGuest_.empty() && !guestTold_)
        guestTold_ = stream_->finish();
}

void GuestConnection::writeToClient() {
    while (!toClient_.empty()) {
        const ssize_t count =
            ::send(client_.get(), toClient_.data(), toClient_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count < 0 && errno == EAGAIN)
            return;
        if (count < 0 && errno != EINTR)
            return clientWentDeaf();
        if (count > 0)
            toClient_.erase(toClient_.begin(), toClient_.begin() + count);
        // Room for what the guest has still in its ring.
        if (stage_ == Stage::Connected)
            fromGuest(kMostWaiting);
    }
    if (guestEnded_ && toClient_.empty() && !std::exchange(clientTold_, true))
        ::shutdown(client_.get(), SHUT_WR);
}

void GuestConnection::release() {
    stream_.reset();
    // Destroyed here, if the guest has opened the channel meanwhile.
    static_cast<void>(mailbox_.fetch());
}

}  // namespace service
