// SPDX-License-Identifier: GPL-3.0-or-later
//
// A guest that writes what it likes into control page and data of a ring, before and while the host
// reads it and writes to it. Whatever it does, all that is read is inside, lengths are those
// allowed, our own indices are ours, and a broken ring stays broken.
//
// The input's first bytes choose the ring; then come steps of one byte and what they ask for. While
// a second thread changes the memory, a run does not repeat exactly: what it finds may take several
// runs of the same input to be found again.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "vmbus/ring_reader.h"
#include "vmbus/ring_writer.h"

namespace {

using namespace vmbus;

constexpr std::uint32_t kMostBytes = 2048;
constexpr std::size_t kFirstFrame = 8;
constexpr std::uint32_t kPage = 4096;

void require(bool holds) {
    if (!holds)
        std::abort();
}

class Input {
  public:
    explicit Input(std::span<const std::uint8_t> bytes) : left_(bytes) {}

    [[nodiscard]] bool ended() const { return left_.empty(); }
    template <class T>
    T take() {
        T value = {};
        const std::size_t length = std::min(sizeof(T), left_.size());
        std::memcpy(&value, left_.data(), length);
        left_ = left_.subspan(length);
        return value;
    }
    std::span<const std::uint8_t> takeBytes(std::size_t length) {
        const auto bytes = left_.first(std::min(length, left_.size()));
        left_ = left_.subspan(bytes.size());
        return bytes;
    }

  private:
    std::span<const std::uint8_t> left_;
};

/// A ring, in memory that is kept from run to run; the pages before and behind have a content that
/// must stay.
class Guest {
  public:
    Guest(const hypervisor::GuestMemory& memory, std::size_t dataPages, bool scattered)
        : memory_(memory), ring_(make(dataPages, scattered)) {
        std::memset(page(kFirstFrame), 0, (dataPages + 1) * kPage);
        std::memset(page(kFirstFrame - 1), kFence, kPage);
        std::memset(page(kFirstFrame + dataPages + 1), kFence, kPage);
    }

    [[nodiscard]] const RingMemory& ring() const { return ring_; }
    [[nodiscard]] RingControl& control() const { return ring_.control(); }
    void requireFences() const {
        for (const std::size_t frame : {kFirstFrame - 1, kFirstFrame + ring_.size() / kPage + 1})
            for (std::size_t i = 0; i < kPage; ++i)
                require(page(frame)[i] == std::byte{kFence});
    }

  private:
    static constexpr unsigned char kFence = 0xE7;

    [[nodiscard]] std::byte* page(std::size_t frame) const {
        return memory_.base() + frame * kPage;
    }
    RingMemory make(std::size_t dataPages, bool scattered) const {
        GuestRange range{.byteCount = static_cast<std::uint32_t>((dataPages + 1) * kPage),
                         .byteOffset = 0,
                         .frames = {}};
        for (std::size_t i = 0; i <= dataPages; ++i)
            range.frames.push_back(kFirstFrame + (scattered ? dataPages - i : i));
        return RingMemory::create(std::make_shared<const GuestPages>(
                                      GuestPages::create(memory_, std::span(&range, 1)).value()),
                                  0, dataPages + 1)
            .value();
    }

    const hypervisor::GuestMemory& memory_;
    RingMemory ring_;
};

/// Throws values at control page and data as long as it lives.
class Changer {
  public:
    Changer(const RingMemory& ring, std::uint64_t pattern)
        : thread_([this, ring, pattern] { run(ring, pattern); }) {}
    ~Changer() {
        ends_ = true;
        thread_.join();
    }
    Changer(const Changer&) = delete;
    Changer& operator=(const Changer&) = delete;

  private:
    void run(const RingMemory& ring, std::uint64_t pattern) {
        while (!ends_) {
            pattern = pattern * 6364136223846793005U + 1442695040888963407U;
            const auto value = static_cast<std::uint32_t>(pattern >> 32);
            const std::uint32_t index = value % ring.size() / 8 * 8;
            RingControl& control = ring.control();
            switch (pattern >> 29 & 7) {
                case 0:
                    std::atomic_ref(control.writeIndex).store(index);
                    break;
                case 1:
                    std::atomic_ref(control.readIndex).store(index);
                    break;
                case 2:
                    std::atomic_ref(control.pendingSendSize).store(value % 8192);
                    break;
                case 3:
                    std::atomic_ref(control.interruptMask).store(value & 1);
                    break;
                default: {
                    const PacketDescriptor descriptor{
                        .type = 9,
                        .payloadOffset8 = static_cast<std::uint16_t>(value % 64),
                        .length8 = static_cast<std::uint16_t>(value / 64 % 300),
                        .flags = 0,
                        .transactionId = pattern};
                    ring.write(index, reinterpret_cast<const std::byte*>(&descriptor),
                               sizeof(descriptor));
                }
            }
        }
    }

    std::atomic<bool> ends_ = false;
    std::thread thread_;
};

void inspect(const ReceivedPacket& packet) {
    require(packet.header().size() % 8 == 0 && packet.payload().size() % 8 == 0);
    require(16 + packet.header().size() + packet.payload().size() <= kMostBytes);
    // Each byte is touched, so that one outside is found.
    unsigned sum = 0;
    for (const std::byte one : packet.header())
        sum += std::to_integer<unsigned>(one);
    for (const std::byte one : packet.payload())
        sum += std::to_integer<unsigned>(one);
    require(sum <= kMostBytes * 255);
    if (const auto ranges = packet.gpaRanges(32)) {
        require(packet.type() == PacketType::GpaDirect);
        std::uint64_t pages = 0;
        for (const GuestRange& range : *ranges) {
            require(range.byteOffset < kPage);
            require(range.frames.size() ==
                    GuestRange::pageCount(range.byteCount, range.byteOffset));
            pages += range.frames.size();
        }
        require(pages <= 32);
    }
    if (const auto ranges = packet.transferRanges())
        require(ranges->size() * sizeof(TransferPagesRange) <= packet.header().size());
}

class Host {
  public:
    explicit Host(const RingMemory& ring) : ring_(ring), reader_(ring, kMostBytes), writer_(ring) {}

    void read() {
        const auto outcome = reader_.read(packet_);
        require(!broken_ || outcome == RingReader::Outcome::Broken);
        require((outcome == RingReader::Outcome::Broken) == !reader_.why().empty());
        broken_ = outcome == RingReader::Outcome::Broken;
        if (outcome == RingReader::Outcome::Packet)
            inspect(packet_);
    }
    void release() { static_cast<void>(reader_.release()); }
    void unmask() { require(!reader_.unmask() || !broken_); }
    void mask() { reader_.mask(); }
    void write(std::size_t headerUnits, std::size_t payloadSize) {
        static const std::vector<std::byte> kBytes(0x1'0000, std::byte{0x44});
        const auto payload = std::span(kBytes).first(payloadSize);
        const OutgoingPacket packet{.type = PacketType::Completion,
                                    .header = std::span(kBytes).first(headerUnits * 8),
                                    .payload = std::span(&payload, 1)};
        const auto outcome = writer_.write(packet);
        require(!impossible_ || outcome == RingWriter::Outcome::Impossible);
        const bool fits = RingWriter::sizeOf(packet) <= ring_.size() - 8;
        require(fits || outcome == RingWriter::Outcome::Impossible);
        impossible_ |= fits && outcome == RingWriter::Outcome::Impossible;
        require(writer_.freeBytes() <= ring_.size() - 8);
    }
    void requestSpace(std::uint32_t bytes) { static_cast<void>(writer_.requestSpace(bytes)); }
    void cancelSpaceRequest() { writer_.cancelSpaceRequest(); }

  private:
    const RingMemory& ring_;
    RingReader reader_;
    RingWriter writer_;
    ReceivedPacket packet_;
    bool broken_ = false;
    bool impossible_ = false;
};

void step(Input& input, const Guest& guest, Host& host) {
    const auto& ring = guest.ring();
    const auto choice = input.take<std::uint8_t>();
    switch (choice % 12) {
        case 0:
            guest.control().writeIndex = input.take<std::uint32_t>();
            break;
        case 1:
            guest.control().writeIndex = input.take<std::uint16_t>() * 8U % ring.size();
            break;
        case 2:
            guest.control().readIndex = choice & 0x80
                                            ? input.take<std::uint32_t>()
                                            : input.take<std::uint16_t>() * 8U % ring.size();
            break;
        case 3:
            guest.control().pendingSendSize =
                choice & 0x80 ? input.take<std::uint32_t>() : input.take<std::uint16_t>();
            break;
        case 4:
            guest.control().interruptMask = input.take<std::uint8_t>();
            break;
        case 5:
        case 6: {
            // A packet's bytes, and the write index behind it.
            const std::uint32_t at = input.take<std::uint16_t>() * 8U % ring.size();
            const auto bytes = input.takeBytes(input.take<std::uint8_t>());
            ring.write(at, reinterpret_cast<const std::byte*>(bytes.data()),
                       static_cast<std::uint32_t>(bytes.size()));
            if (choice & 0x80)
                guest.control().writeIndex =
                    ring.advanced(at, static_cast<std::uint32_t>(bytes.size())) / 8 * 8;
            break;
        }
        case 7:
            host.read();
            host.release();
            break;
        case 8:
            host.read();
            break;
        case 9:
            choice & 0x80 ? host.mask() : host.unmask();
            break;
        case 10:
            host.write(input.take<std::uint8_t>(), input.take<std::uint16_t>());
            break;
        default:
            if (choice & 0x80)
                host.requestSpace(input.take<std::uint32_t>());
            else
                host.cancelSpaceRequest();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input({data, size});
    const auto choice = input.take<std::uint8_t>();
    static const auto kMemory = hypervisor::GuestMemory::create(1 << 20).value();
    const Guest guest(*kMemory, 1 + (choice & 3), (choice & 4) != 0);
    guest.control().readIndex = input.take<std::uint32_t>() & (choice & 8 ? ~0U : 0xFF8U);
    guest.control().writeIndex =
        (choice & 16) != 0 ? input.take<std::uint32_t>() : std::uint32_t{guest.control().readIndex};
    Host host(guest.ring());
    // Threads are dear: with few inputs.
    if ((choice & 0xE0) == 0xE0) {
        const Changer changer(guest.ring(), input.take<std::uint64_t>());
        for (int round = 0; round < 200; ++round) {
            host.read();
            host.release();
            host.write(static_cast<std::size_t>(round % 16), static_cast<std::size_t>(round * 7));
            host.unmask();
        }
    }
    while (!input.ended())
        step(input, guest, host);
    guest.requireFences();
    return 0;
}
