// SPDX-License-Identifier: GPL-3.0-or-later
#include "transfer.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QCryptographicHash>
#include <QRandomGenerator>
#include <algorithm>
#include <atomic>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace tests {

namespace {

constexpr std::size_t kPiece = 256 * 1'024;
constexpr timeval kPatience{120, 0};

/// A socket of the host's loopback, closed with this.
class Loopback {
  public:
    explicit Loopback(quint16 port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        address_.sin_family = AF_INET;
        address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address_.sin_port = htons(port);
        for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO})
            ::setsockopt(socket_, SOL_SOCKET, option, &kPatience, sizeof kPatience);
    }
    ~Loopback() { ::close(socket_); }
    Loopback(const Loopback&) = delete;
    Loopback& operator=(const Loopback&) = delete;

    [[nodiscard]] bool connect() const {
        return ::connect(socket_, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) ==
               0;
    }
    [[nodiscard]] quint16 bind() {
        socklen_t size = sizeof address_;
        auto* const plain = reinterpret_cast<sockaddr*>(&address_);
        return ::bind(socket_, plain, size) == 0 && ::getsockname(socket_, plain, &size) == 0
                   ? ntohs(address_.sin_port)
                   : quint16{0};
    }
    [[nodiscard]] int get() const { return socket_; }

  private:
    const int socket_;
    sockaddr_in address_{};
};

}  // namespace

QByteArray sendTo(quint16 port, qint64 bytes) {
    const Loopback guest(port);
    if (!guest.connect())
        return {};
    QCryptographicHash hash(QCryptographicHash::Md5);
    std::vector<char> piece(kPiece);
    std::ranges::generate(piece,
                          [] { return static_cast<char>(QRandomGenerator::global()->generate()); });
    while (bytes > 0) {
        const auto wanted = static_cast<std::size_t>(std::min<qint64>(bytes, kPiece));
        const ssize_t sent = ::send(guest.get(), piece.data(), wanted, MSG_NOSIGNAL);
        if (sent <= 0)
            return {};
        hash.addData(QByteArrayView(piece.data(), sent));
        bytes -= sent;
    }
    ::shutdown(guest.get(), SHUT_WR);
    while (true) {
        const ssize_t got = ::recv(guest.get(), piece.data(), piece.size(), 0);
        if (got <= 0)
            return got == 0 ? hash.result().toHex() : QByteArray();
    }
}

QByteArray receiveFrom(quint16 port) {
    const Loopback guest(port);
    if (!guest.connect())
        return {};
    QCryptographicHash hash(QCryptographicHash::Md5);
    std::vector<char> piece(kPiece);
    while (true) {
        const ssize_t got = ::recv(guest.get(), piece.data(), piece.size(), 0);
        if (got <= 0)
            return got == 0 ? hash.result().toHex() : QByteArray();
        hash.addData(QByteArrayView(piece.data(), got));
    }
}

namespace {

bool exchangeOnce(quint16 port, qint64 bytes, std::uint_fast32_t seed) {
    const Loopback guest(port);
    if (!guest.connect())
        return false;
    // What is under way is bounded: neither end waits for the other, and what all connections have
    // sent fits into an adapter's ring.
    constexpr qint64 kAhead = 4 * 1024;
    std::minstd_rand sent(seed);
    std::minstd_rand expected(seed);
    std::vector<char> piece(kAhead);
    for (qint64 left = bytes; left > 0;) {
        const qint64 count = std::min(left, kAhead);
        for (qint64 i = 0; i < count; ++i)
            piece[static_cast<std::size_t>(i)] = static_cast<char>(sent());
        for (qint64 done = 0; done < count;) {
            const ssize_t now = ::send(guest.get(), piece.data() + done,
                                       static_cast<std::size_t>(count - done), MSG_NOSIGNAL);
            if (now <= 0)
                return false;
            done += now;
        }
        for (qint64 done = 0; done < count;) {
            const ssize_t got =
                ::recv(guest.get(), piece.data(), static_cast<std::size_t>(count - done), 0);
            if (got <= 0)
                return false;
            for (ssize_t i = 0; i < got; ++i)
                if (piece[static_cast<std::size_t>(i)] != static_cast<char>(~expected()))
                    return false;
            done += got;
        }
        left -= count;
    }
    return true;
}

}  // namespace

int exchangeWith(quint16 port, int connections, qint64 bytes) {
    std::atomic<int> sound = 0;
    {
        std::vector<std::jthread> others;
        for (int i = 0; i < connections; ++i)
            others.emplace_back([&sound, port, bytes, i] {
                sound += exchangeOnce(port, bytes, static_cast<std::uint_fast32_t>(i) + 1) ? 1 : 0;
            });
    }
    return sound;
}

quint16 freePort() {
    Loopback socket(0);
    return socket.bind();
}

}  // namespace tests
