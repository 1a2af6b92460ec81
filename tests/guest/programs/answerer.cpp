// SPDX-License-Identifier: GPL-3.0-or-later
//
// answerer PORT: takes TCP connections, any number at once, and sends back what comes over each,
// every byte turned into its complement, until the other side ends.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace {

void serve(int socket) {
    std::array<unsigned char, 16384> buffer{};
    for (ssize_t got = 0; (got = ::recv(socket, buffer.data(), buffer.size(), 0)) > 0;) {
        for (ssize_t i = 0; i < got; ++i)
            buffer[static_cast<std::size_t>(i)] ^= 0xFF;
        for (ssize_t done = 0; done < got;) {
            const ssize_t sent = ::send(socket, buffer.data() + done,
                                        static_cast<std::size_t>(got - done), MSG_NOSIGNAL);
            if (sent <= 0) {
                ::close(socket);
                return;
            }
            done += sent;
        }
    }
    ::close(socket);
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2)
        return 2;
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(arguments[1])));
    const int now = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &now, sizeof now);
    if (listener < 0 ||
        ::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener, 128) != 0) {
        std::perror("the listener");
        return 1;
    }
    for (;;) {
        const int socket = ::accept(listener, nullptr, nullptr);
        if (socket >= 0)
            std::thread([socket] { serve(socket); }).detach();
    }
}
