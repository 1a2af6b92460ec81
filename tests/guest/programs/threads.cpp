// SPDX-License-Identifier: GPL-3.0-or-later
//
// Threads that meet in every way there is: atomics, mutexes, condition variables, barriers, raw
// futexes, thread-local storage, store and load order, 16-byte compare and exchange. What is
// printed does not depend on how they were scheduled, unless something was lost or torn.
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <barrier>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <functional>
#include <mutex>
#include <numeric>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "digest.h"

namespace {

constexpr int kThreads = 8;

void onThreads(int count, const std::function<void(int)>& body) {
    std::vector<std::jthread> threads;
    for (int each = 0; each < count; ++each)
        threads.emplace_back(body, each);
}

void counters() {
    constexpr int kRounds = 20000;
    std::atomic<std::uint64_t> added{0}, exchanged{0};
    std::atomic<std::uint8_t> narrow{0};
    std::atomic<std::uint64_t> bits{0};
    std::uint64_t guarded = 0;
    std::mutex mutex;
    onThreads(kThreads, [&](int index) {
        for (int round = 0; round < kRounds; ++round) {
            added.fetch_add(3);
            narrow.fetch_add(1);
            bits.fetch_xor(std::uint64_t{1} << ((index * 8 + round) % 64));
            std::uint64_t seen = exchanged.load();
            while (!exchanged.compare_exchange_weak(seen, seen + 7)) {
            }
            const std::scoped_lock lock(mutex);
            ++guarded;
        }
    });
    std::printf("counters %llu %llu %u %llx %llu\n", static_cast<unsigned long long>(added.load()),
                static_cast<unsigned long long>(exchanged.load()), unsigned{narrow.load()},
                static_cast<unsigned long long>(bits.load()),
                static_cast<unsigned long long>(guarded));
}

/// Two halves that must always move together.
struct alignas(16) Pair {
    std::uint64_t low = 0, high = 0;
};

bool exchangePair(Pair& pair, Pair& expected, Pair desired) {
    bool equal = false;
    asm volatile("lock cmpxchg16b %1"
                 : "=@ccz"(equal), "+m"(pair), "+a"(expected.low), "+d"(expected.high)
                 : "b"(desired.low), "c"(desired.high)
                 : "memory");
    return equal;
}

void pairs() {
    Pair pair;
    onThreads(kThreads, [&](int) {
        for (int round = 0; round < 5000; ++round) {
            Pair seen;
            while (!exchangePair(pair, seen, {seen.low + 1, seen.high - 1})) {
            }
        }
    });
    std::printf("pairs %llu %lld\n", static_cast<unsigned long long>(pair.low),
                static_cast<long long>(pair.high));
}

/// A spin lock of plain XCHG, an unaligned LOCK ADD and byte stores next to each other.
void spinning() {
    std::atomic<int> lock{0};
    std::uint64_t value = 0;
    unsigned char neighbours[kThreads] = {};
    onThreads(4, [&](int index) {
        for (int round = 0; round < 5000; ++round) {
            while (lock.exchange(1, std::memory_order_acquire) != 0)
                std::this_thread::yield();
            value = value * 3 + 1 - value * 2;
            lock.store(0, std::memory_order_release);
            auto& own = const_cast<volatile unsigned char&>(neighbours[index]);
            own = static_cast<unsigned char>(own + 1);
        }
    });
    Digest digest;
    digest.add(neighbours);
    std::printf("spinning %llu %016llx\n", static_cast<unsigned long long>(value), digest.value());
}

void queue() {
    std::mutex mutex;
    std::condition_variable notEmpty, notFull;
    std::deque<int> items;
    std::atomic<long> sum{0};
    constexpr int kItems = 3000;
    onThreads(kThreads, [&](int index) {
        for (int item = 0; item < kItems; ++item) {
            std::unique_lock lock(mutex);
            if (index % 2 == 0) {
                notFull.wait(lock, [&] { return items.size() < 16; });
                items.push_back(index * kItems + item);
                notEmpty.notify_one();
            } else {
                notEmpty.wait(lock, [&] { return !items.empty(); });
                sum += items.front();
                items.pop_front();
                notFull.notify_one();
            }
        }
    });
    std::printf("queue %ld left %zu\n", sum.load(), items.size());
}

void barriers() {
    std::barrier barrier(kThreads);
    std::vector<int> cells(kThreads);
    std::iota(cells.begin(), cells.end(), 1);
    onThreads(kThreads, [&](int index) {
        const auto own = static_cast<std::size_t>(index);
        for (int round = 0; round < 200; ++round) {
            const int next = cells[own] * 5 + cells[(own + 1) % kThreads];
            barrier.arrive_and_wait();
            cells[own] = next % 10007;
            barrier.arrive_and_wait();
        }
    });
    std::printf("barriers");
    for (const int each : cells)
        std::printf(" %d", each);
    std::printf("\n");
}

long futex(std::atomic<int>& word, int operation, int value) {
    return ::syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, nullptr, nullptr, 0);
}

void pingPong() {
    std::atomic<int> turn{0};
    long sum = 0;
    onThreads(2, [&](int index) {
        for (int round = 0; round < 5000; ++round) {
            int seen = 0;
            while ((seen = turn.load()) % 2 != index)
                futex(turn, FUTEX_WAIT, seen);
            sum += seen;
            turn.store(seen + 1);
            futex(turn, FUTEX_WAKE, 1);
        }
    });
    std::printf("futex %d %ld\n", turn.load(), sum);
}

/// Message passing needs stores seen in order; Dekker's test needs the fences to work.
void ordering() {
    constexpr int kRounds = 20000;
    std::atomic<int> data{0}, flag{0};
    std::atomic<int> broken{0};
    onThreads(2, [&](int index) {
        for (int round = 1; round <= kRounds; ++round) {
            if (index == 0) {
                data.store(round, std::memory_order_relaxed);
                flag.store(round, std::memory_order_release);
            } else {
                const int seen = flag.load(std::memory_order_acquire);
                if (data.load(std::memory_order_relaxed) < seen)
                    ++broken;
            }
        }
    });
    std::atomic<int> wants[2] = {0, 0};
    std::uint64_t inside = 0;
    onThreads(2, [&](int index) {
        for (int round = 0; round < kRounds;) {
            wants[index].store(1);
            if (wants[1 - index].load() == 0) {
                ++inside;
                ++round;
                wants[index].store(0);
            } else {
                wants[index].store(0);
                std::this_thread::yield();
            }
        }
    });
    std::printf("ordering %d %llu\n", broken.load(), static_cast<unsigned long long>(inside));
}

void readersAndWriters() {
    std::shared_mutex mutex;
    std::uint64_t first = 0, second = 0;
    std::atomic<int> torn{0};
    onThreads(kThreads, [&](int index) {
        for (int round = 0; round < 2000; ++round)
            if (index < 2) {
                const std::unique_lock lock(mutex);
                ++first;
                ++second;
            } else {
                const std::shared_lock lock(mutex);
                if (first != second)
                    ++torn;
            }
    });
    std::printf("readers and writers %llu torn %d\n", static_cast<unsigned long long>(first),
                torn.load());
}

thread_local std::uint64_t ownValue = 5;

/// Many short-lived threads; what each thread keeps in its own storage and on its x87 and SSE
/// stack must survive the switches.
void shortLived() {
    std::atomic<std::uint64_t> sum{0};
    for (int wave = 0; wave < 20; ++wave)
        onThreads(16, [&](int index) {
            volatile double real = index;
            volatile long double extended = index;
            for (int round = 0; round < 300; ++round) {
                ownValue = ownValue * 31 + static_cast<std::uint64_t>(index);
                real = real * 0.5 + 3;
                extended = extended * 0.25L + 1;
                if (round % 64 == 0)
                    std::this_thread::yield();
            }
            sum += ownValue + static_cast<std::uint64_t>(real * 16) +
                   static_cast<std::uint64_t>(extended * 3);
        });
    std::printf("short-lived %016llx main %llu\n", static_cast<unsigned long long>(sum.load()),
                static_cast<unsigned long long>(ownValue));
}

}  // namespace

int main() {
    counters();
    pairs();
    spinning();
    queue();
    barriers();
    pingPong();
    ordering();
    readersAndWriters();
    shortLived();
}
