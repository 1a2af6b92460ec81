// SPDX-License-Identifier: GPL-3.0-or-later
//
// listener PORT: takes connections at a port of AF_VSOCK, one after the other, says "hello PORT"
// and the other end's address first, and then sends back what comes, each byte turned into its
// complement, until the other side ends.
#include <linux/vm_sockets.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace {

bool sendAll(int socket, const char* bytes, std::size_t size) {
    while (size > 0) {
        const ssize_t sent = ::send(socket, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        size -= static_cast<std::size_t>(sent);
    }
    return true;
}

void serve(int socket, unsigned port, const sockaddr_vm& peer) {
    std::array<char, 16384> buffer{};
    const int length =
        std::snprintf(buffer.data(), buffer.size(), "hello %u from %u\n", port, peer.svm_cid);
    if (!sendAll(socket, buffer.data(), static_cast<std::size_t>(length)))
        return;
    for (;;) {
        const ssize_t count = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (count <= 0)
            return;
        for (ssize_t i = 0; i < count; ++i)
            buffer[static_cast<std::size_t>(i)] =
                static_cast<char>(~buffer[static_cast<std::size_t>(i)]);
        if (!sendAll(socket, buffer.data(), static_cast<std::size_t>(count)))
            return;
    }
}

}  // namespace

int main(int count, char** words) {
    const unsigned port =
        count > 1 ? static_cast<unsigned>(std::strtoul(words[1], nullptr, 10)) : 0;
    const int listener = ::socket(AF_VSOCK, SOCK_STREAM, 0);
    sockaddr_vm address{};
    address.svm_family = AF_VSOCK;
    address.svm_cid = VMADDR_CID_ANY;
    address.svm_port = port;
    if (listener < 0 ||
        ::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener, 8) != 0) {
        std::perror("@@failed listener");
        return 1;
    }
    std::puts("@@listening");
    std::fflush(stdout);
    for (;;) {
        sockaddr_vm peer{};
        socklen_t size = sizeof peer;
        const int connection = ::accept(listener, reinterpret_cast<sockaddr*>(&peer), &size);
        if (connection < 0)
            return 1;
        serve(connection, port, peer);
        ::close(connection);
    }
}
