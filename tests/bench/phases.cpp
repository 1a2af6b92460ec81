// SPDX-License-Identifier: GPL-3.0-or-later
//
// phases: the bench's work, the same on the host and in guests. A line for each phase: its name,
// its seconds by this system's clock and a checksum that shows the work was done.
// phases busy: one process that computes, then two at a time, several times in turns, and the
// seconds of each.
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace {

std::uint64_t integer(std::uint64_t rounds) {
    std::uint64_t a = 0x9e3779b97f4a7c15, b = 1;
    std::uint32_t c = 12345;
    for (std::uint64_t round = 1; round <= rounds; ++round) {
        a = a * 6364136223846793005 + round;
        b ^= std::rotl(a, 17) + (b >> 3);
        c = c * 1664525 + static_cast<std::uint32_t>(b >> 40);
        if ((c & 7) == 0)
            b += a / (c | 1);
    }
    return a ^ b ^ c;
}

std::uint64_t sieve() {
    constexpr std::size_t kLimit = 4'000'000;
    std::vector<bool> composite(kLimit);
    std::uint64_t sum = 0;
    for (std::size_t number = 2; number < kLimit; ++number) {
        if (composite[number])
            continue;
        sum += number;
        for (std::size_t multiple = number * number; multiple < kLimit; multiple += number)
            composite[multiple] = true;
    }
    return sum;
}

int compare(const void* left, const void* right) {
    const auto first = *static_cast<const std::uint32_t*>(left);
    const auto second = *static_cast<const std::uint32_t*>(right);
    return first < second ? -1 : first > second;
}

std::uint64_t sorting() {
    std::vector<std::uint32_t> numbers(200'000);
    std::uint32_t state = 1;
    for (auto& each : numbers)
        each = state = state * 1103515245 + 12345;
    std::qsort(numbers.data(), numbers.size(), sizeof numbers[0], compare);
    std::uint64_t sum = 0;
    for (std::size_t each = 0; each < numbers.size(); ++each)
        sum = sum * 31 + (numbers[each] ^ each);
    return sum;
}

std::uint64_t floating() {
    struct Body {
        double x, y, z, vx, vy, vz, mass;
    };
    std::array<Body, 5> bodies;
    for (std::size_t each = 0; each < bodies.size(); ++each) {
        const auto k = static_cast<double>(each);
        bodies[each] = {k * 3 + 1, k * k, 2 - k, 0.1 * k, 0.2, -0.1 * k, 1 / (k + 1)};
    }
    constexpr double kStep = 0.001;
    for (int step = 0; step < 120'000; ++step) {
        for (std::size_t i = 0; i < bodies.size(); ++i)
            for (std::size_t j = i + 1; j < bodies.size(); ++j) {
                Body &a = bodies[i], &b = bodies[j];
                const double dx = a.x - b.x, dy = a.y - b.y, dz = a.z - b.z;
                const double square = dx * dx + dy * dy + dz * dz + 0.01;
                const double force = kStep / (square * std::sqrt(square));
                a.vx -= dx * b.mass * force;
                a.vy -= dy * b.mass * force;
                a.vz -= dz * b.mass * force;
                b.vx += dx * a.mass * force;
                b.vy += dy * a.mass * force;
                b.vz += dz * a.mass * force;
            }
        for (Body& each : bodies) {
            each.x += kStep * each.vx;
            each.y += kStep * each.vy;
            each.z += kStep * each.vz;
        }
    }
    std::uint64_t sum = 0;
    for (const Body& each : bodies)
        sum ^= std::bit_cast<std::uint64_t>(each.x) + std::bit_cast<std::uint64_t>(each.vz);
    return sum;
}

std::uint64_t systemCalls() {
    std::uint64_t sum = 0;
    const auto parent = ::getppid();
    for (int each = 0; each < 300'000; ++each)
        sum += ::syscall(SYS_getppid) == parent;
    return sum;
}

std::uint64_t pageFaults() {
    constexpr std::size_t kPage = 4096, kPages = 4096;
    std::uint64_t sum = 0;
    for (int round = 0; round < 4; ++round) {
        void* mapped = ::mmap(nullptr, kPages * kPage, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (mapped == MAP_FAILED)
            std::exit(1);
        // One fault a page, whatever the system makes of huge ones.
        ::madvise(mapped, kPages * kPage, MADV_NOHUGEPAGE);
        auto* bytes = static_cast<unsigned char*>(mapped);
        for (std::size_t page = 0; page < kPages; ++page) {
            bytes[page * kPage] = static_cast<unsigned char>(page);
            sum += bytes[page * kPage];
        }
        ::munmap(mapped, kPages * kPage);
    }
    return sum;
}

/// SHA-256 (FIPS 180-4) with its constants computed: fractions of roots of the first primes.
std::uint64_t sha256() {
    std::array<std::uint32_t, 64> constants;
    std::array<std::uint32_t, 8> state;
    std::size_t found = 0;
    const auto fraction = [](long double root) {
        return static_cast<std::uint32_t>((root - std::floor(root)) * 0x1p32L);
    };
    for (unsigned number = 2; found < constants.size(); ++number) {
        bool prime = true;
        for (unsigned divisor = 2; divisor * divisor <= number; ++divisor)
            prime = prime && number % divisor != 0;
        if (!prime)
            continue;
        if (found < state.size())
            state[found] = fraction(std::sqrt(static_cast<long double>(number)));
        constants[found++] = fraction(std::cbrt(static_cast<long double>(number)));
    }
    std::array<std::uint32_t, 64> words{};
    for (std::uint32_t block = 0; block < 60'000; ++block) {
        for (std::size_t each = 0; each < 16; ++each)
            words[each] = block * 16 + static_cast<std::uint32_t>(each) * 0x01010101;
        for (std::size_t each = 16; each < 64; ++each) {
            const std::uint32_t early = words[each - 15], late = words[each - 2];
            words[each] = words[each - 16] + words[each - 7] +
                          (std::rotr(early, 7) ^ std::rotr(early, 18) ^ early >> 3) +
                          (std::rotr(late, 17) ^ std::rotr(late, 19) ^ late >> 10);
        }
        auto [a, b, c, d, e, f, g, h] = state;
        for (std::size_t each = 0; each < 64; ++each) {
            const std::uint32_t first = h +
                                        (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) +
                                        ((e & f) ^ (~e & g)) + constants[each] + words[each];
            const std::uint32_t second = (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) +
                                         ((a & b) ^ (a & c) ^ (b & c));
            h = g, g = f, f = e, e = d + first;
            d = c, c = b, b = a, a = first + second;
        }
        const std::uint32_t added[] = {a, b, c, d, e, f, g, h};
        for (std::size_t each = 0; each < state.size(); ++each)
            state[each] += added[each];
    }
    return std::uint64_t{state[0]} << 32 | state[7];
}

std::uint64_t forkAndExecute() {
    std::uint64_t sum = 0;
    for (int each = 0; each < 150; ++each) {
        const pid_t process = ::fork();
        if (process == 0) {
            ::execl("/proc/self/exe", "phases", "nothing", nullptr);
            ::_exit(1);
        }
        int status = 0;
        ::waitpid(process, &status, 0);
        sum += static_cast<std::uint64_t>(WEXITSTATUS(status));
    }
    return sum;
}

double secondsSince(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

constexpr int kBusyPairs = 7;

void busy(int processes) {
    const auto start = std::chrono::steady_clock::now();
    for (int each = 0; each < processes; ++each)
        if (::fork() == 0)
            ::_exit(integer(30'000'000) == 0);
    for (int each = 0; each < processes; ++each)
        ::wait(nullptr);
    std::printf("@@busy %d %.6f\n", processes, secondsSince(start));
    std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
    const std::string_view verb = count > 1 ? arguments[1] : "";
    if (verb == "nothing")
        return 3;
    if (verb == "busy") {
        // Pairs in turns: what else the host does falls on both alike.
        for (int pair = 0; pair < kBusyPairs; ++pair) {
            busy(1);
            busy(2);
        }
        return 0;
    }
    struct Phase {
        const char* name;
        std::uint64_t (*run)();
    };
    constexpr Phase kPhases[] = {{"integer", [] { return integer(10'000'000); }},
                                 {"sieve", sieve},
                                 {"qsort", sorting},
                                 {"float", floating},
                                 {"syscalls", systemCalls},
                                 {"page-faults", pageFaults},
                                 {"sha256", sha256},
                                 {"fork-exec", forkAndExecute}};
    for (const Phase& phase : kPhases) {
        const auto start = std::chrono::steady_clock::now();
        const std::uint64_t checksum = phase.run();
        std::printf("@@phase %s %.6f %016llx\n", phase.name, secondsSince(start),
                    static_cast<unsigned long long>(checksum));
        std::fflush(stdout);
    }
}
