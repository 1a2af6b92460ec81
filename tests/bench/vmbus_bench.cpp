// SPDX-License-Identifier: GPL-3.0-or-later

// What a channel's rings carry, between two threads and between two processes that share the
// memory: packets and bytes a second in one direction, beside two memcpy of the same bytes (into a
// ring and out of it), and the round trip of one packet at a time, beside a ping-pong of two
// eventfds, which is all that the ends sleep on. Medians of turns.

#include <fmt/core.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "hypervisor/file_descriptor.h"
#include "vmbus/ring_reader.h"
#include "vmbus/ring_writer.h"

using namespace vmbus;
using Clock = std::chrono::steady_clock;

namespace {

// As storvsc has it: 32 pages, one of them for control.
constexpr std::size_t kRingPages = 32;
// Packets after which a reader gives room back.
constexpr unsigned kBatch = 16;
constexpr unsigned kRoundTrips = 20'000;
constexpr std::uint64_t kStreamBytes = std::uint64_t{128} << 20;
constexpr std::uint64_t kMostPackets = 500'000;

enum class Peer : bool { Thread, Process };

[[noreturn]] void fail(std::string_view why) {
    fmt::print(stderr, "vmbus_bench: {}\n", why);
    std::_Exit(1);
}

/// What one end sleeps on.
class Bell {
  public:
    Bell() : descriptor_(::eventfd(0, EFD_CLOEXEC)) {
        if (!descriptor_)
            fail("no eventfd");
    }
    void ring() const {
        if (::eventfd_write(descriptor_.get(), 1) != 0)
            fail("an eventfd can't be written");
    }
    void wait() const {
        eventfd_t count = 0;
        if (::eventfd_read(descriptor_.get(), &count) != 0)
            fail("an eventfd can't be read");
    }

  private:
    hypervisor::FileDescriptor descriptor_;
};

/// One end of a channel.
struct End {
    RingWriter outgoing;
    RingReader incoming;
    const Bell& mine;
    const Bell& other;
    ReceivedPacket received = {};

    void send(const OutgoingPacket& packet) {
        for (;;) {
            switch (outgoing.write(packet)) {
                case RingWriter::Outcome::WrittenAndSignal:
                    other.ring();
                    return;
                case RingWriter::Outcome::Written:
                    return;
                case RingWriter::Outcome::Full:
                    if (!outgoing.requestSpace(kRingPages * 4096 / 2))
                        mine.wait();
                    outgoing.cancelSpaceRequest();
                    break;
                case RingWriter::Outcome::Impossible:
                    fail("a packet is impossible");
            }
        }
    }
    void release() {
        if (incoming.release())
            other.ring();
    }
    /// Reads `count` packets; asleep where there is none.
    void receive(std::uint64_t count) {
        unsigned batch = 0;
        incoming.mask();
        while (count != 0) {
            switch (incoming.read(received)) {
                case RingReader::Outcome::Packet:
                    --count;
                    if (++batch % kBatch == 0)
                        release();
                    break;
                case RingReader::Outcome::Empty:
                    release();
                    if (!incoming.unmask())
                        mine.wait();
                    incoming.mask();
                    break;
                case RingReader::Outcome::Broken:
                    fail(incoming.why());
            }
        }
        release();
        static_cast<void>(incoming.unmask());
    }
};

/// A channel's memory and bells; the same for a thread and for a process that is forked.
class Channel {
  public:
    Channel() : memory_(hypervisor::GuestMemory::create(1 << 20).value()) {
        GuestRange range{.byteCount = 2 * kRingPages * 4096, .byteOffset = 0, .frames = {}};
        for (std::size_t page = 0; page < 2 * kRingPages; ++page)
            range.frames.push_back(page);
        pages_ = std::make_shared<const GuestPages>(
            GuestPages::create(*memory_, std::span(&range, 1)).value());
    }
    [[nodiscard]] End first() const { return end(0, 1); }
    [[nodiscard]] End second() const { return end(1, 0); }

  private:
    static constexpr std::uint32_t kMostBytes = kRingPages * 4096;
    [[nodiscard]] End end(std::size_t mine, std::size_t other) const {
        return {.outgoing = RingWriter(ring(mine)),
                .incoming = RingReader(ring(other), kMostBytes),
                .mine = bells_[mine],
                .other = bells_[other]};
    }
    [[nodiscard]] RingMemory ring(std::size_t index) const {
        return RingMemory::create(pages_, index * kRingPages, kRingPages).value();
    }

    std::unique_ptr<hypervisor::GuestMemory> memory_;
    std::shared_ptr<const GuestPages> pages_;
    std::array<Bell, 2> bells_;
};

/// Seconds that `mine` takes while `theirs` runs as `peer`; each begins with a ping-pong of bells
/// that nothing else rings, so that starting the other does not count.
double timed(Peer peer, const std::function<void()>& mine, const std::function<void()>& theirs) {
    const std::array<Bell, 2> start;
    const auto other = [&] {
        start[0].ring();
        start[1].wait();
        theirs();
    };
    std::thread thread;
    pid_t process = 0;
    if (peer == Peer::Thread) {
        thread = std::thread(other);
    } else {
        std::fflush(nullptr);
        process = ::fork();
        if (process < 0)
            fail("no second process");
        if (process == 0) {
            other();
            std::_Exit(0);
        }
    }
    start[0].wait();
    start[1].ring();
    const auto begin = Clock::now();
    mine();
    const std::chrono::duration<double> elapsed = Clock::now() - begin;
    if (peer == Peer::Thread) {
        thread.join();
    } else {
        int status = 0;
        if (::waitpid(process, &status, 0) != process || status != 0)
            fail("the second process failed");
    }
    return elapsed.count();
}

/// Seconds for each packet of `size` bytes of payload.
double stream(Peer peer, std::size_t size) {
    const Channel channel;
    End sender = channel.first();
    End receiver = channel.second();
    const std::uint64_t packets = std::min(kMostPackets, kStreamBytes / size);
    const std::vector<std::byte> payload(size, std::byte{0x5A});
    const std::span<const std::byte> piece(payload);
    const OutgoingPacket packet{.payload = std::span(&piece, 1)};
    const double seconds = timed(
        peer,
        [&] {
            for (std::uint64_t i = 0; i < packets; ++i)
                sender.send(packet);
            // That all has come.
            sender.receive(1);
        },
        [&] {
            receiver.receive(packets);
            receiver.send({});
        });
    return seconds / static_cast<double>(packets);
}

/// Seconds for each round trip of a packet of 64 bytes.
double roundTrip(Peer peer) {
    const Channel channel;
    End asker = channel.first();
    End answerer = channel.second();
    const std::array<std::byte, 64> payload = {};
    const std::span<const std::byte> piece(payload);
    const OutgoingPacket packet{.payload = std::span(&piece, 1)};
    return timed(
               peer,
               [&] {
                   for (unsigned i = 0; i < kRoundTrips; ++i) {
                       asker.send(packet);
                       asker.receive(1);
                   }
               },
               [&] {
                   for (unsigned i = 0; i < kRoundTrips; ++i) {
                       answerer.receive(1);
                       answerer.send(packet);
                   }
               }) /
           kRoundTrips;
}

double pingPong(Peer peer) {
    const std::array<Bell, 2> bells;
    return timed(
               peer,
               [&] {
                   for (unsigned i = 0; i < kRoundTrips; ++i) {
                       bells[1].ring();
                       bells[0].wait();
                   }
               },
               [&] {
                   for (unsigned i = 0; i < kRoundTrips; ++i) {
                       bells[1].wait();
                       bells[0].ring();
                   }
               }) /
           kRoundTrips;
}

/// What the calling thread has used of a processor, in seconds.
double processorSeconds() {
    timespec time = {};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// Seconds of a processor for each packet of `size` bytes of payload that one thread writes and
/// reads, some at a time.
double bothEnds(std::size_t size) {
    const Channel channel;
    End sender = channel.first();
    End receiver = channel.second();
    const std::uint64_t rounds = std::min(kMostPackets, kStreamBytes / size) / 4;
    const std::vector<std::byte> payload(size, std::byte{0x5A});
    const std::span<const std::byte> piece(payload);
    const OutgoingPacket packet{.payload = std::span(&piece, 1)};
    receiver.incoming.mask();
    const double begin = processorSeconds();
    for (std::uint64_t i = 0; i < rounds; ++i) {
        for (int one = 0; one < 4; ++one)
            if (sender.outgoing.write(packet) != RingWriter::Outcome::Written)
                fail("a packet has not been written");
        while (receiver.incoming.read(receiver.received) == RingReader::Outcome::Packet)
            ;
        static_cast<void>(receiver.incoming.release());
    }
    return (processorSeconds() - begin) / static_cast<double>(rounds * 4);
}

/// Seconds of a processor for `size` bytes copied into memory of a ring's size and out of it.
double copied(std::size_t size) {
    std::vector<std::byte> from(size, std::byte{0x5A});
    std::vector<std::byte> ring(kRingPages * 4096);
    std::vector<std::byte> to(size);
    const std::uint64_t count = std::min(kMostPackets, kStreamBytes / size);
    std::size_t at = 0;
    const double begin = processorSeconds();
    for (std::uint64_t i = 0; i < count; ++i) {
        std::memcpy(ring.data() + at, from.data(), size);
        // The compiler must not see through.
        asm volatile("" : : "r"(ring.data()), "r"(to.data()) : "memory");
        std::memcpy(to.data(), ring.data() + at, size);
        at = at + 2 * size + 24 <= ring.size() ? at + size + 24 : 0;
    }
    asm volatile("" : : "r"(to.data()) : "memory");
    return (processorSeconds() - begin) / static_cast<double>(count);
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

/// The medians of several measurements that are made in turns.
template <std::size_t N>
std::array<double, N> medians(unsigned runs,
                              const std::array<std::function<double()>, N>& measurements) {
    std::array<std::vector<double>, N> values;
    // The first turn fills caches; it does not count.
    for (unsigned run = 0; run <= runs; ++run)
        for (std::size_t i = 0; i < N; ++i) {
            const double value = measurements[i]();
            if (run != 0)
                values[i].push_back(value);
        }
    std::array<double, N> result = {};
    std::ranges::transform(values, result.begin(), median);
    return result;
}

}  // namespace

int main(int argumentCount, char** arguments) {
    unsigned runs = 5;
    for (int i = 1; i + 1 < argumentCount; i += 2)
        if (std::string_view(arguments[i]) == "--runs")
            runs = static_cast<unsigned>(std::max(1, std::atoi(arguments[i + 1])));

    fmt::print("{:<10}{:>12}{:>8}{:>12}{:>8}{:>16}{:>10}{:>8}\n", "one", "threads", "", "processes",
               "", "processor time", "2 memcpy", "");
    fmt::print("{:<10}{:>12}{:>8}{:>12}{:>8}{:>16}{:>10}{:>8}\n", "direction", "packets/s", "MiB/s",
               "packets/s", "MiB/s", "ns/packet", "ns", "/memcpy");
    for (const std::size_t size :
         {std::size_t{64}, std::size_t{512}, std::size_t{4096}, std::size_t{16384}}) {
        const auto [threads, processes, packet, memory] =
            medians<4>(runs, {[&] { return stream(Peer::Thread, size); },
                              [&] { return stream(Peer::Process, size); },
                              [&] { return bothEnds(size); }, [&] { return copied(size); }});
        const auto rate = [&](double seconds) {
            return static_cast<double>(size) / seconds / (1 << 20);
        };
        fmt::print("{:<10}{:>12.0f}{:>8.0f}{:>12.0f}{:>8.0f}{:>16.1f}{:>10.1f}{:>8.2f}\n", size,
                   1 / threads, rate(threads), 1 / processes, rate(processes), packet * 1e9,
                   memory * 1e9, packet / memory);
        std::fflush(stdout);
    }
    const auto [threads, processes, threadBells, processBells] = medians<4>(
        runs, {[] { return roundTrip(Peer::Thread); }, [] { return roundTrip(Peer::Process); },
               [] { return pingPong(Peer::Thread); }, [] { return pingPong(Peer::Process); }});
    fmt::print("\n{:<28}{:>12}{:>12}\n", "round trip, microseconds", "threads", "processes");
    fmt::print("{:<28}{:>12.2f}{:>12.2f}\n", "a packet of 64 bytes", threads * 1e6,
               processes * 1e6);
    fmt::print("{:<28}{:>12.2f}{:>12.2f}\n", "an eventfd", threadBells * 1e6, processBells * 1e6);
    return 0;
}
