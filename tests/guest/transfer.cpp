// SPDX-License-Identifier: GPL-3.0-or-later
#include "transfer.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QCryptographicHash>
#include <QRandomGenerator>
#include <algorithm>
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

quint16 freePort() {
    Loopback socket(0);
    return socket.bind();
}

}  // namespace tests
