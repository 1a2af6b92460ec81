// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmbus/client/channel_client.h"

#include <QTest>
#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

using namespace vmbus;
using hypervisor::GuestMemory;

namespace {

constexpr std::uint32_t kGpadlRequest = 0x4750'4144;
constexpr std::uint32_t kSubChannelsRequest = 0x5355'4243;

/// A device with a thread that answers: in-band packets are sent back, the memory of GPA-direct
/// packets is inverted, and what is in a GPADL may be asked for.
class InvertingDevice final : public ChannelDevice {
  public:
    InvertingDevice() : thread_([this] { run(); }) {}
    ~InvertingDevice() override {
        notify([&] { ends_ = true; });
        thread_.join();
    }

    void opened(std::unique_ptr<OpenChannel> channel) override {
        notify([&] {
            next_ = std::move(channel);
            closing_ = false;
            rung_ = true;
        });
    }
    void closing() override {
        notify([&] { closing_ = true; });
    }
    void doorbell() override {
        notify([&] { rung_ = true; });
    }

  private:
    template <class Change>
    void notify(Change change) {
        const std::scoped_lock lock(mutex_);
        change();
        changed_.notify_one();
    }

    void run() {
        std::unique_ptr<OpenChannel> channel;
        std::unique_lock lock(mutex_);
        while (!ends_) {
            changed_.wait(lock, [&] { return rung_ || closing_ || ends_; });
            rung_ = false;
            if (next_)
                channel = std::move(next_);
            const bool closes = std::exchange(closing_, false) || ends_;
            lock.unlock();
            if (closes)
                channel.reset();
            else if (channel)
                serve(*channel);
            lock.lock();
        }
        lock.unlock();
    }

    void serve(OpenChannel& channel) {
        RingReader& incoming = channel.incoming();
        ReceivedPacket packet;
        incoming.mask();
        for (;;) {
            // Nothing is taken that could not be answered.
            if (channel.outgoing().requestSpace(2048)) {
                const auto outcome = incoming.read(packet);
                if (outcome == RingReader::Outcome::Broken) {
                    channel.fail(incoming.why());
                    return;
                }
                if (outcome == RingReader::Outcome::Packet) {
                    answer(channel, packet);
                    continue;
                }
            }
            channel.release();
            if (!incoming.unmask() || channel.outgoing().freeBytes() < 2048)
                return;
            incoming.mask();
        }
    }

    static void answer(OpenChannel& channel, const ReceivedPacket& packet) {
        std::vector<std::byte> bytes(packet.payload().begin(), packet.payload().end());
        std::uint32_t word = 0;
        std::uint32_t argument = 0;
        if (bytes.size() >= 8) {
            std::memcpy(&word, bytes.data(), 4);
            std::memcpy(&argument, bytes.data() + 4, 4);
        }
        if (word == kGpadlRequest) {
            const auto pages = channel.gpadl(argument);
            bytes.assign(8, std::byte{});
            if (pages && !pages->read(0, bytes))
                channel.fail("a GPADL is too short");
        } else if (word == kSubChannelsRequest) {
            channel.offerSubChannels(argument);
        } else if (packet.type() == PacketType::GpaDirect) {
            const auto ranges = packet.gpaRanges(16);
            const auto pages = ranges ? GuestPages::create(channel.memory(), *ranges)
                                      : std::unexpected(ranges.error());
            if (!pages) {
                channel.fail(pages.error().message);
                return;
            }
            std::vector<std::byte> content(pages->size());
            if (!pages->read(0, content))
                return;
            for (std::byte& one : content)
                one = ~one;
            if (!pages->write(0, content))
                return;
        }
        const std::span<const std::byte> piece(bytes);
        if (!channel.send(
                {.type = packet.wantsCompletion() ? PacketType::Completion : PacketType::InBand,
                 .transactionId = packet.transactionId(),
                 .payload = std::span(&piece, 1)}))
            channel.fail("an answer did not fit");
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    // Guarded by mutex_.
    std::unique_ptr<OpenChannel> next_;
    bool rung_ = false;
    bool closing_ = false;
    bool ends_ = false;
    // Last: it uses the others.
    std::thread thread_;
};

std::array<std::uint32_t, 2> request(std::uint32_t word, std::uint32_t argument) {
    return {word, argument};
}

}  // namespace

class ChannelClientTest : public QObject {
    Q_OBJECT

  private slots:
    void init() {
        memory_ = GuestMemory::create(4 << 20).value();
        device_ = std::make_unique<InvertingDevice>();
        client_ = ChannelClient::create(*memory_, ClientRings::at(0x10'0000, 4)).value();
    }

    void sendsAndReceives() {
        client_->open(*device_);
        const std::uint64_t word = 0x1234'5678'9ABC'DEF0;
        QVERIFY(client_->sendInBand(bytesOf(word), 42));
        const auto answer = client_->receive();
        QVERIFY(answer.has_value());
        QVERIFY(answer->type() == PacketType::Completion);
        QCOMPARE(answer->transactionId(), std::uint64_t{42});
        QVERIFY(std::ranges::equal(answer->payload(), bytesOf(word)));
        QVERIFY(client_->doorbellCount() >= 1);
        QVERIFY(client_->signalCount() >= 1);
        QVERIFY(!client_->poll());
        QVERIFY(!client_->failure());
        QVERIFY(client_->close());
    }

    void hasMemoryWithItsPackets() {
        client_->open(*device_);
        const GuestRange range{.byteCount = 5000, .byteOffset = 100, .frames = {9, 3}};
        QVERIFY(client_->sendGpaDirect(std::span(&range, 1), {}, 1));
        QVERIFY(client_->receive().has_value());
        const std::byte* base = memory_->base();
        const auto inverted = [](std::byte b) { return b == std::byte{0xFF}; };
        QVERIFY(std::all_of(base + 9 * 4096 + 100, base + 10 * 4096, inverted));
        QVERIFY(std::all_of(base + 3 * 4096, base + 3 * 4096 + 1004, inverted));
        QVERIFY(base[9 * 4096 + 99] == std::byte{} && base[3 * 4096 + 1004] == std::byte{});
        QVERIFY(client_->close());
    }

    void manyPacketsGoBothWaysThroughSmallRings_data() {
        QTest::addColumn<bool>("scattered");
        QTest::newRow("pages in order") << false;
        QTest::newRow("scattered pages") << true;
    }
    void manyPacketsGoBothWaysThroughSmallRings() {
        QFETCH(bool, scattered);
        client_ = ChannelClient::create(*memory_, scattered ? ClientRings::scatteredAt(0x10'0000, 2)
                                                            : ClientRings::at(0x10'0000, 2))
                      .value();
        client_->open(*device_);
        constexpr std::uint64_t kPackets = 20'000;
        std::atomic<bool> sent = true;
        std::thread sender([&] {
            std::vector<std::byte> payload(1500);
            for (std::uint64_t i = 1; i <= kPackets && sent; ++i) {
                const std::size_t size = i * 37 % 1500;
                std::memset(payload.data(), static_cast<int>(i % 251), size);
                sent = client_->sendInBand(std::span(payload).first(size), i);
            }
        });
        std::uint64_t received = 0;
        bool right = true;
        while (received < kPackets && right) {
            const auto packet = client_->receive();
            if (!packet)
                break;
            ++received;
            right = packet->transactionId() == received &&
                    packet->payload().size() == (received * 37 % 1500 + 7) / 8 * 8 &&
                    (packet->payload().empty() ||
                     packet->payload().front() == static_cast<std::byte>(received % 251));
        }
        if (received != kPackets)
            sent = false;
        sender.join();
        QVERIFY(sent);
        QVERIFY(right);
        QCOMPARE(received, kPackets);
        QVERIFY(client_->close());
    }

    void gpadlsAreHeldUntilTheDeviceLetsGo() {
        client_->open(*device_);
        const GuestRange range{.byteCount = 4096, .byteOffset = 0, .frames = {9}};
        const auto id = client_->addGpadl(std::span(&range, 1));
        QVERIFY(id.has_value());
        QVERIFY(memory_->write(9 * 4096, std::uint64_t{0x1357}));
        const auto ask = request(kGpadlRequest, *id);
        QVERIFY(client_->sendInBand(bytesOf(ask), 1));
        const auto answer = client_->receive();
        QVERIFY(answer && std::ranges::equal(answer->payload(), bytesOf(std::uint64_t{0x1357})));
        QVERIFY(client_->removeGpadl(*id));
        QVERIFY(!client_->removeGpadl(*id + 1, ChannelClient::Limit(0)));
        QVERIFY(client_->close());

        // In the hands of a test: not torn down before it lets go.
        const auto held = client_->addGpadl(std::span(&range, 1));
        const auto channel = client_->open();
        auto pages = channel->gpadl(*held);
        QVERIFY(pages != nullptr);
        QVERIFY(!client_->removeGpadl(*held, ChannelClient::Limit(0)));
        QVERIFY(channel->gpadl(*held) == nullptr);
        pages.reset();
        QVERIFY(client_->removeGpadl(*held));
    }

    void failuresAndSubChannelsAreSeen() {
        client_->open(*device_);
        const auto ask = request(kSubChannelsRequest, 3);
        QVERIFY(client_->sendInBand(bytesOf(ask)));
        QCOMPARE(client_->waitForSubChannels(), 3U);
        QVERIFY(!client_->failure());
        client_->ringToDevice().control().writeIndex = 5;
        client_->ringDoorbell();
        const auto why = client_->waitForFailure();
        QVERIFY(why && !why->empty());
        QVERIFY(client_->close());
        // A channel that is opened again knows nothing of it.
        client_->open(*device_);
        QVERIFY(!client_->failure());
        QCOMPARE(client_->subChannels(), 0U);
        QVERIFY(client_->sendInBand(bytesOf(ask), 5));
        QVERIFY(client_->receive().has_value());
        QVERIFY(client_->close());
    }

    void waitsOnlyAsLongAsItIsTold() {
        const auto channel = client_->open();
        QVERIFY(!client_->receive(ChannelClient::Limit(1)));
        QVERIFY(!client_->close(ChannelClient::Limit(1)));
        const std::vector<std::byte> payload(8192);
        const std::span<const std::byte> piece(payload);
        QVERIFY(client_->sendInBand(payload));
        QVERIFY(!client_->send({.payload = std::span(&piece, 1)}, ChannelClient::Limit(1)));
        // The ring of 12 KiB can hold one such packet, and never one of its own size.
        const std::vector<std::byte> large(12288);
        QVERIFY(!client_->sendInBand(large));
    }

    void mayGoBeforeItsChannel() {
        auto channel = client_->open();
        client_.reset();
        channel->signalGuest();
        channel->fail("the guest has gone");
        channel.reset();
    }

    void cleanup() {
        client_.reset();
        device_.reset();
        memory_.reset();
    }

  private:
    std::unique_ptr<GuestMemory> memory_;
    std::unique_ptr<InvertingDevice> device_;
    std::unique_ptr<ChannelClient> client_;
};

QTEST_GUILESS_MAIN(ChannelClientTest)
#include "channel_client_test.moc"
