// SPDX-License-Identifier: GPL-3.0-or-later
//
// device_load disk DEVICE MODE SECONDS | net PORT MODE SECONDS: keeps a disk or the network busy in
// a guest, and prints how many operations that were, of how many bytes, and in how many seconds.
//
//   disk   random-read, random-write: 4 KiB each; sequential-read, sequential-write: 1 MiB each
//   net    send, receive: pieces of 64 KiB; ask: a byte there and one back. The peer is 10.0.2.2,
//   which
//          is told the mode by its first byte.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>

#include <linux/fs.h>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLargePage = std::size_t{2} << 20;

struct Done {
    std::uint64_t operations = 0;
    std::uint64_t bytes = 0;
    double seconds = 0;
};

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

/// Again and again for that time; `operation` returns the bytes that it has moved.
template <class Operation>
Done repeat(std::chrono::seconds length, Operation operation) {
    Done done;
    const auto begin = Clock::now();
    std::chrono::duration<double> passed{};
    while (passed < length) {
        done.bytes += operation();
        ++done.operations;
        passed = Clock::now() - begin;
    }
    done.seconds = passed.count();
    return done;
}

Done disk(const char* device, const std::string& mode, std::chrono::seconds length) {
    const bool writes = mode.ends_with("write");
    const bool random = mode.starts_with("random");
    const std::size_t piece = random ? 4096 : 1 << 20;
    const int file = ::open(device, (writes ? O_RDWR : O_RDONLY) | O_DIRECT);
    std::uint64_t size = 0;
    if (file < 0 || ::ioctl(file, BLKGETSIZE64, &size) != 0)
        fail(device);
    // One large page: how scattered 1 MiB of small ones is would be the guest's luck, and decides
    // how many requests the device gets for it.
    void* const buffer = std::aligned_alloc(kLargePage, kLargePage);
    ::madvise(buffer, kLargePage, MADV_HUGEPAGE);
    std::memset(buffer, 1, kLargePage);
    std::minstd_rand numbers(5);
    const std::uint64_t pieces = size / piece;
    std::uint64_t next = 0;
    return repeat(length, [&] {
        const std::uint64_t at = (random ? numbers() : next++) % pieces * piece;
        const ssize_t moved = writes ? ::pwrite(file, buffer, piece, static_cast<off_t>(at))
                                     : ::pread(file, buffer, piece, static_cast<off_t>(at));
        if (moved != static_cast<ssize_t>(piece))
            fail(device);
        return piece;
    });
}

Done network(const char* port, const std::string& mode, std::chrono::seconds length) {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
    const int now = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &now, sizeof now);
    if (listener < 0 ||
        ::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener, 1) != 0)
        fail("the listener");
    std::fprintf(stderr, "@@listens\n");
    const int peer = ::accept(listener, nullptr, nullptr);
    if (peer < 0)
        fail("the peer");
    ::setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &now, sizeof now);
    static char piece[64 * 1024];
    const auto moved = [](ssize_t bytes) {
        if (bytes <= 0)
            fail("the peer");
        return static_cast<std::uint64_t>(bytes);
    };
    if (mode == "send")
        return repeat(length, [&] { return moved(::send(peer, piece, sizeof piece, 0)); });
    if (mode == "receive")
        return repeat(length, [&] { return moved(::recv(peer, piece, sizeof piece, 0)); });
    return repeat(length, [&] {
        return moved(::send(peer, piece, 1, 0)) + moved(::recv(peer, piece, 1, 0));
    });
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 5)
        return 2;
    const std::string mode = arguments[3];
    const std::chrono::seconds length(std::atoi(arguments[4]));
    const Done done = arguments[1] == std::string("disk") ? disk(arguments[2], mode, length)
                                                          : network(arguments[2], mode, length);
    std::printf("%llu %llu %.6f\n", static_cast<unsigned long long>(done.operations),
                static_cast<unsigned long long>(done.bytes), done.seconds);
    return 0;
}
