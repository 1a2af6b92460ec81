// SPDX-License-Identifier: GPL-3.0-or-later
//
// A storm of processes: forks in waves and in depth, exec of this program itself, pipes, exit
// statuses, shared and private memory.
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "digest.h"

namespace {

template <class Body>
pid_t child(Body&& body) {
    const pid_t process = ::fork();
    if (process == 0)
        ::_exit(body());
    if (process < 0) {
        std::perror("fork");
        std::exit(1);
    }
    return process;
}

int statusOf(pid_t process) {
    int status = 0;
    if (::waitpid(process, &status, 0) != process)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

void waves() {
    auto* shared = static_cast<std::atomic<std::uint64_t>*>(
        ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    std::vector<unsigned char> privateData(64 * 1024, 7);
    long statuses = 0;
    for (int wave = 0; wave < 10; ++wave) {
        std::vector<pid_t> processes;
        for (int index = 0; index < 24; ++index)
            processes.push_back(child([&] {
                std::uint64_t sum = 0;
                for (auto& each : privateData)
                    sum += each = static_cast<unsigned char>(each + index);
                shared->fetch_add(sum);
                return index;
            }));
        for (const pid_t process : processes)
            statuses += statusOf(process);
    }
    std::uint64_t untouched = 0;
    for (const auto each : privateData)
        untouched += each;
    std::printf("waves %ld shared %llu private %llu\n", statuses,
                static_cast<unsigned long long>(shared->load()),
                static_cast<unsigned long long>(untouched));
}

int descend(int depth) {
    if (depth == 0)
        return 0;
    int sum = 1;
    for (int each = 0; each < 2; ++each)
        sum += statusOf(child([&] { return descend(depth - 1); }));
    return sum;
}

void executions(const char* self) {
    long sum = 0;
    for (int each = 0; each < 40; ++each) {
        const std::string argument = std::to_string(each);
        sum += statusOf(child([&] {
            ::execl(self, self, "add", argument.c_str(), "17", nullptr);
            return 255;
        }));
    }
    std::printf("executions %ld\n", sum);
}

/// A token round a ring of processes, each adding to it.
void ring() {
    constexpr int kProcesses = 12;
    int first[2];
    if (::pipe(first) != 0)
        std::exit(1);
    int from = first[0];
    std::vector<pid_t> processes;
    for (int index = 0; index < kProcesses; ++index) {
        int next[2];
        if (::pipe(next) != 0)
            std::exit(1);
        processes.push_back(child([&] {
            std::uint64_t token = 0;
            for (int round = 0; round < 50; ++round) {
                if (::read(from, &token, sizeof token) != sizeof token)
                    return 1;
                token = token * 3 + static_cast<std::uint64_t>(index);
                if (::write(next[1], &token, sizeof token) != sizeof token)
                    return 2;
            }
            return 0;
        }));
        ::close(next[1]);
        ::close(from);
        from = next[0];
    }
    std::uint64_t token = 1;
    for (int round = 0; round < 50; ++round) {
        if (::write(first[1], &token, sizeof token) != sizeof token ||
            ::read(from, &token, sizeof token) != sizeof token)
            std::exit(1);
    }
    int failures = 0;
    for (const pid_t process : processes)
        failures += statusOf(process) != 0;
    std::printf("ring %016llx failures %d\n", static_cast<unsigned long long>(token), failures);
}

void deaths() {
    const int aborted = statusOf(child([] { return ::raise(SIGKILL); }));
    const int crashed = statusOf(child([] {
        *static_cast<volatile int*>(nullptr) = 1;
        return 0;
    }));
    const int illegal = statusOf(child([] {
        asm volatile("ud2");
        return 0;
    }));
    std::printf("deaths %d %d %d\n", aborted, crashed, illegal);
}

/// The bulk of a pipe in both small and large pieces.
void stream() {
    int ends[2];
    if (::pipe(ends) != 0)
        std::exit(1);
    constexpr std::size_t kTotal = 1 << 20;
    const pid_t writer = child([&] {
        std::vector<unsigned char> bytes(kTotal);
        Sequence sequence(3);
        for (auto& each : bytes)
            each = static_cast<unsigned char>(sequence.next() >> 40);
        for (std::size_t done = 0, piece = 1; done < kTotal; piece = piece * 5 % 9973 + 1) {
            const std::size_t length = std::min(piece, kTotal - done);
            const ssize_t written = ::write(ends[1], bytes.data() + done, length);
            if (written <= 0)
                return 1;
            done += static_cast<std::size_t>(written);
        }
        return 0;
    });
    ::close(ends[1]);
    Digest digest;
    std::size_t total = 0;
    unsigned char buffer[8000];
    for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
        digest.add(buffer, static_cast<std::size_t>(got));
        total += static_cast<std::size_t>(got);
    }
    std::printf("stream %zu %016llx status %d\n", total, digest.value(), statusOf(writer));
}

}  // namespace

int main(int count, char** arguments) {
    if (count == 4 && std::string_view(arguments[1]) == "add")
        return std::atoi(arguments[2]) + std::atoi(arguments[3]);
    constexpr rlimit kNone = {0, 0};
    ::setrlimit(RLIMIT_CORE, &kNone);  // deaths() leaves no core files
    waves();
    std::printf("depth %d\n", descend(6));
    executions(arguments[0]);
    ring();
    deaths();
    stream();
}
