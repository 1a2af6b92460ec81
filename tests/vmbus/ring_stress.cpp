// SPDX-License-Identifier: GPL-3.0-or-later
//
// A writer and a reader on threads of their own, with random packets, pauses, masks and waits for
// room, each asleep until the other tells it to wake. Whatever is lost, changed, reordered or not
// told ends it with status 1. Without Qt, so that ThreadSanitizer sees all of the program.
#include <fmt/core.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <random>
#include <string>
#include <thread>

#include "ring_pair.h"

using namespace vmbus;

namespace {

constexpr std::chrono::seconds kLimit(20);
constexpr std::uint32_t kMostPayload = 1000;

/// What one side sleeps on; ringing before the sleep counts.
class Bell {
  public:
    void ring() {
        const std::scoped_lock lock(mutex_);
        rung_ = true;
        changed_.notify_one();
    }
    [[nodiscard]] bool wait() {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, kLimit, [&] { return rung_; }))
            return false;
        rung_ = false;
        return true;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool rung_ = false;
};

struct Run {
    RingPair pair;
    std::uint64_t packets;
    unsigned seed;
    Bell reader = {};
    Bell writer = {};
    std::atomic<std::uint64_t> wakeUps = 0;
    std::atomic<bool> failed = false;

    bool fail(const std::string& why) {
        if (!failed.exchange(true))
            fmt::print(stderr, "ring_stress: {}\n", why);
        reader.ring();
        writer.ring();
        return false;
    }
};

std::uint32_t sizeOfPayload(std::uint64_t number) {
    return static_cast<std::uint32_t>(number * 0x9E37'79B9 % (kMostPayload + 1));
}

bool writeOne(Run& run, std::uint64_t number, std::mt19937& random) {
    const auto payload = payloadOf(sizeOfPayload(number), number);
    const std::span<const std::byte> piece(payload);
    const OutgoingPacket packet{.transactionId = number, .payload = std::span(&piece, 1)};
    for (;;) {
        switch (run.pair.writer.write(packet)) {
            case RingWriter::Outcome::WrittenAndSignal:
                ++run.wakeUps;
                run.reader.ring();
                return true;
            case RingWriter::Outcome::Written:
                return true;
            case RingWriter::Outcome::Impossible:
                return run.fail("a packet is impossible");
            case RingWriter::Outcome::Full:
                break;
        }
        // At times for more than this packet needs.
        auto wanted = static_cast<std::uint32_t>(RingWriter::sizeOf(packet));
        if (random() % 4 == 0)
            wanted = std::max(wanted, run.pair.size() / 2);
        if (run.pair.writer.requestSpace(wanted))
            continue;
        if (!run.writer.wait())
            return run.fail(fmt::format("the writer waits in vain with packet {}", number));
        if (run.failed)
            return false;
        // The bell may be an older one's; then the request stands until it is told or withdrawn.
        if (random() % 2 == 0)
            run.pair.writer.cancelSpaceRequest();
    }
}

void write(Run& run) {
    std::mt19937 random(run.seed);
    for (std::uint64_t number = 0; number < run.packets; ++number) {
        if (!writeOne(run, number, random))
            return;
        if (random() % 64 == 0)
            std::this_thread::yield();
    }
}

bool readAll(Run& run, std::uint64_t& number, ReceivedPacket& packet, std::mt19937& random) {
    for (;;) {
        switch (run.pair.reader.read(packet)) {
            case RingReader::Outcome::Empty:
                return true;
            case RingReader::Outcome::Broken:
                return run.fail("the ring is broken: " + run.pair.reader.why());
            case RingReader::Outcome::Packet:
                break;
        }
        if (packet.transactionId() != number)
            return run.fail(
                fmt::format("packet {} comes in place of {}", packet.transactionId(), number));
        if (!carries(packet, payloadOf(sizeOfPayload(number), number)))
            return run.fail(fmt::format("packet {} has changed", number));
        ++number;
        if (random() % 4 == 0 && run.pair.reader.release())
            run.writer.ring();
        if (random() % 64 == 0)
            std::this_thread::yield();
    }
}

void read(Run& run) {
    std::mt19937 random(run.seed + 1);
    ReceivedPacket packet;
    std::uint64_t number = 0;
    while (number < run.packets) {
        const bool masks = random() % 2 == 0;
        if (masks)
            run.pair.reader.mask();
        if (!readAll(run, number, packet, random))
            return;
        if (run.pair.reader.release())
            run.writer.ring();
        if (number == run.packets)
            return;
        if (masks ? run.pair.reader.unmask() : run.pair.reader.hasData())
            continue;
        if (!run.reader.wait()) {
            run.fail(fmt::format("the reader waits in vain for packet {}", number));
            return;
        }
        if (run.failed)
            return;
    }
}

}  // namespace

int main(int argumentCount, char** arguments) {
    const std::uint64_t packets =
        argumentCount > 1 ? std::strtoull(arguments[1], nullptr, 10) : 100'000;
    unsigned seed = 1;
    for (const std::size_t pages : {std::size_t{1}, std::size_t{3}, std::size_t{16}})
        for (const Pages order : {Pages::InOrder, Pages::Scattered}) {
            Run run{.pair = RingPair(pages, order), .packets = packets, .seed = seed++};
            std::thread writer([&] { write(run); });
            read(run);
            writer.join();
            if (run.failed)
                return 1;
            fmt::print("{} packets through {} pages, {} wake-ups\n", packets, pages,
                       run.wakeUps.load());
        }
    return 0;
}
