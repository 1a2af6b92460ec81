// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmbus/bus.h"

#include <QTest>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "hypervisor/guest_memory.h"

using namespace vmbus;
using namespace std::chrono_literals;
using hypervisor::GuestMemory;
using hypervisor::Result;

namespace {

using Post = hypervisor::GuestConnections::Post;

/// A partition of four VPs whose SynIC keeps what it is given.
class PlayedPartition final : public hypervisor::Partition,
                              private hypervisor::SyntheticInterrupts {
  public:
    GuestMemory& memory() override { return *memory_; }
    Result<void> growMemory(std::uint64_t) override { return {}; }
    VpIndex processorCount() const override { return 4; }
    hypervisor::VirtualProcessor& processor(VpIndex) override { std::abort(); }
    void signalMessageInterrupt(std::uint64_t, std::uint32_t) override {}
    void announceLevelInterrupt(unsigned, std::uint64_t, std::uint32_t) override {}
    void setExternalInterrupt(bool) override {}
    hypervisor::SyntheticInterrupts& synic() override { return *this; }
    std::uint64_t referenceTime() const override { return 0; }
    Result<void> placeDeviceMemory(hypervisor::Gpa, const hypervisor::DeviceMemory&) override {
        return {};
    }
    void removeDeviceMemory() override {}
    void setAddressLine20(bool /*open*/) override {}
    Result<void> reset() override { return {}; }
    Result<void> setTimeFrozen(bool) override { return {}; }
    std::uint64_t tscFrequency() const override { return 1; }
    hypervisor::CountedStats countedStats() const override { return {}; }

    /// The next message of that type, as the guest takes it; those before it are dropped.
    template <class Message>
    std::optional<Message> take(MessageType type) {
        std::unique_lock lock(mutex_);
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        for (;;) {
            while (!messages_.empty()) {
                const hypervisor::SynicMessage message = messages_.front();
                messages_.pop_front();
                MessageHeader header{};
                std::memcpy(&header, message.payload.data(), sizeof(header));
                Message content{};
                if (header.type != type || message.size < sizeof(content))
                    continue;
                std::memcpy(&content, message.payload.data(), sizeof(content));
                return content;
            }
            if (changed_.wait_until(lock, deadline) == std::cv_status::timeout)
                return std::nullopt;
        }
    }
    std::size_t untaken() {
        const std::scoped_lock lock(mutex_);
        return messages_.size();
    }
    bool holdsBack = false;
    std::vector<std::pair<VpIndex, unsigned>> events() {
        const std::scoped_lock lock(mutex_);
        return events_;
    }
    hypervisor::GuestConnections* connections = nullptr;

  private:
    bool postMessage(VpIndex, unsigned, const hypervisor::SynicMessage& message) override {
        const std::scoped_lock lock(mutex_);
        messages_.push_back(message);
        changed_.notify_all();
        return true;
    }
    std::size_t waitingMessages(VpIndex, unsigned) const override {
        return holdsBack ? 100'000 : 0;
    }
    void discardMessages() override {
        const std::scoped_lock lock(mutex_);
        messages_.clear();
    }
    bool setEventFlag(VpIndex vp, unsigned, unsigned flag) override {
        const std::scoped_lock lock(mutex_);
        events_.emplace_back(vp, flag);
        return true;
    }
    void setConnections(hypervisor::GuestConnections* given) override { connections = given; }

    std::unique_ptr<GuestMemory> memory_ = GuestMemory::create(1 << 20).value();
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<hypervisor::SynicMessage> messages_;
    std::vector<std::pair<VpIndex, unsigned>> events_;
};

/// Keeps what the bus gives it, and lets go at once or when the test says so.
class Device final : public ChannelDevice {
  public:
    void opened(std::unique_ptr<OpenChannel> channel) override {
        ++openings;
        channel_ = std::move(channel);
    }
    void closing() override {
        ++closings;
        if (letsGo)
            channel_.reset();
    }
    void doorbell() override { ++doorbells; }
    ChannelDevice* subChannel(unsigned index) override {
        return index <= sub.size() ? sub[index - 1] : nullptr;
    }

    void letGo() { channel_.reset(); }
    OpenChannel& channel() { return *channel_; }
    [[nodiscard]] bool isOpen() const { return channel_ != nullptr; }

    std::atomic<int> openings = 0;
    std::atomic<int> closings = 0;
    std::atomic<int> doorbells = 0;
    std::atomic<bool> letsGo = true;
    std::vector<ChannelDevice*> sub;

  private:
    std::unique_ptr<OpenChannel> channel_;
};

constexpr Guid kType = "f8615163-df3e-46c5-913f-f2d2f965ed0e"_guid;
constexpr Guid kInstance = "d34b2567-b9b6-42b9-8778-0a4ec0b955bf"_guid;

/// A guest that speaks 5.3 on a bus of its own.
struct Scene {
    PlayedPartition partition;
    std::vector<std::string> violations;
    /// What channels of a name are counted in, while they are.
    std::map<std::string, std::weak_ptr<hypervisor::StatsSlot>> counters;
    std::unique_ptr<Bus> bus;

    Scene() {
        Bus::Callbacks callbacks;
        callbacks.onViolation = [this](std::string what) { violations.push_back(std::move(what)); };
        callbacks.counters = [this](Relid, const std::string& name) {
            auto slot = std::make_shared<hypervisor::StatsSlot>();
            counters[name] = slot;
            return slot;
        };
        bus = std::make_unique<Bus>(partition, std::move(callbacks));
    }

    template <class Message>
    Post post(const Message& message, std::uint32_t connection = kMessageConnection5) {
        return partition.connections->postMessage(0, connection, kChannelMessageType,
                                                  std::as_bytes(std::span(&message, 1)));
    }
    bool connect() {
        InitiateContactMessage contact{};
        contact.header.type = MessageType::InitiateContact;
        contact.version = kVersion5_3;
        contact.interruptPageOrSint = kMessageSint;
        if (post(contact) != Post::Taken)
            return false;
        const auto answer = partition.take<VersionResponseMessage>(MessageType::VersionResponse);
        return answer && answer->supported != 0;
    }
    std::optional<OfferChannelMessage> findOffer() {
        if (post(BareMessage{{MessageType::RequestOffers, 0}}) != Post::Taken)
            return std::nullopt;
        return partition.take<OfferChannelMessage>(MessageType::OfferChannel);
    }
    /// Two rings of two pages each from `firstFrame` on.
    bool makeRings(Relid relid, GpadlId id, std::uint64_t firstFrame) {
        struct {
            GpadlHeaderMessage header;
            std::uint32_t byteCount;
            std::uint32_t byteOffset;
            std::array<std::uint64_t, 4> frames;
        } message{};
        static_assert(sizeof(message) == 64);
        std::array<std::byte, 60> bytes{};
        message.header.header.type = MessageType::GpadlHeader;
        message.header.relid = relid;
        message.header.gpadl = id;
        message.header.rangeBytes = 40;
        message.header.rangeCount = 1;
        message.byteCount = 4 * 4096;
        // The message has no room for the compiler's padding.
        std::memcpy(bytes.data(), &message.header, 20);
        const std::uint32_t byteCount = message.byteCount;
        std::memcpy(bytes.data() + 20, &byteCount, 4);
        for (unsigned i = 0; i < 4; ++i) {
            const std::uint64_t frame = firstFrame + i;
            std::memcpy(bytes.data() + 28 + 8 * i, &frame, 8);
        }
        if (partition.connections->postMessage(0, kMessageConnection5, kChannelMessageType,
                                               bytes) != Post::Taken)
            return false;
        const auto answer = partition.take<GpadlCreatedMessage>(MessageType::GpadlCreated);
        return answer && answer->status == kSuccess;
    }
    bool open(Relid relid, GpadlId id) {
        OpenChannelMessage message{};
        message.header.type = MessageType::OpenChannel;
        message.relid = message.openId = relid;
        message.ringGpadl = id;
        message.targetVp = 3;
        message.hostToGuestPage = 2;
        if (post(message) != Post::Taken)
            return false;
        const auto answer =
            partition.take<OpenChannelResultMessage>(MessageType::OpenChannelResult);
        return answer && answer->status == kSuccess;
    }
    /// Connects, finds the one offer and opens its channel; the relid, or 0.
    Relid openFirst() {
        if (!connect())
            return 0;
        const auto offer = findOffer();
        return offer && makeRings(offer->relid, 0xE1, 16) && open(offer->relid, 0xE1) ? offer->relid
                                                                                      : 0;
    }
    bool signal(Relid relid) {
        return partition.connections->signalEvent(1, kEventConnection | relid, 0);
    }
};

}  // namespace

class BusTest : public QObject {
    Q_OBJECT

  private slots:
    void offersReachTheGuestAndChannelsTheirDevices();
    void doorbellsNeedAChannelThatIsThere();
    void pagesComeBackWhenTheDeviceHasLetGo();
    void channelsAreOpenedTenThousandTimes();
    void revokingWaitsForTheDevice();
    void subChannelsGoWithTheirPrimary();
    void aGuestThatBreaksTheProtocolHasTheDeviceAgainAfterAReset();
    void aResetWaitsUntilNothingTouchesTheMemory();
    void aGuestThatTakesNoMessagesIsHeldBack();
    void aSocketIsOfferedWhereSomebodyListens();
    void doorbellsAndRevokingAtTheSameTime();
    void channelsAreCountedAsLongAsTheyAreOffered();
};

void BusTest::offersReachTheGuestAndChannelsTheirDevices() {
    Scene scene;
    Device device;
    QVERIFY(scene.bus->offer({kType, kInstance}, device));
    QCOMPARE(scene.bus->version(), 0U);
    QVERIFY(scene.connect());
    QCOMPARE(scene.bus->version(), kVersion5_3);
    const auto offer = scene.findOffer();
    QVERIFY(offer);
    QCOMPARE(offer->type, kType);
    QCOMPARE(offer->connectionId, kEventConnection | offer->relid);
    QVERIFY(scene.makeRings(offer->relid, 0xE1, 16));
    QVERIFY(scene.open(offer->relid, 0xE1));
    QVERIFY(device.isOpen());
    QCOMPARE(device.channel().version(), kVersion5_3);

    device.channel().signalGuest();
    QCOMPARE(scene.partition.events(),
             (std::vector<std::pair<VpIndex, unsigned>>{{3, offer->relid}}));
    QVERIFY(device.channel().gpadl(0xE1));
    QVERIFY(!device.channel().gpadl(0xE2));
    scene.bus->revoke(device);
}

void BusTest::doorbellsNeedAChannelThatIsThere() {
    Scene scene;
    Device device;
    QVERIFY(scene.bus->offer({kType, kInstance}, device));
    const Relid relid = scene.openFirst();
    QVERIFY(relid != 0);
    QVERIFY(scene.signal(relid));
    QCOMPARE(device.doorbells.load(), 1);
    QVERIFY(!scene.signal(relid + 1));
    QVERIFY(!scene.partition.connections->signalEvent(0, relid, 0));
    QVERIFY(!scene.partition.connections->signalEvent(0, kEventConnection | relid, 1));
    scene.bus->revoke(device);
    QVERIFY(!scene.signal(relid));
    QCOMPARE(device.doorbells.load(), 1);
}

void BusTest::pagesComeBackWhenTheDeviceHasLetGo() {
    Scene scene;
    Device device;
    device.letsGo = false;
    QVERIFY(scene.bus->offer({kType, kInstance}, device));
    const Relid relid = scene.openFirst();
    QVERIFY(relid != 0);
    QVERIFY(scene.makeRings(relid, 0xE5, 32));
    auto held = device.channel().gpadl(0xE5);
    QVERIFY(held);

    QCOMPARE(scene.post(RelidMessage{{MessageType::CloseChannel, 0}, relid}), Post::Taken);
    QCOMPARE(device.closings.load(), 1);
    for (const GpadlId id : {0xE1U, 0xE5U})
        QCOMPARE(scene.post(GpadlTeardownMessage{{MessageType::GpadlTeardown, 0}, relid, id}),
                 Post::Taken);
    QCOMPARE(scene.partition.untaken(), 0U);
    device.letGo();
    const auto rings = scene.partition.take<GpadlTorndownMessage>(MessageType::GpadlTorndown);
    QVERIFY(rings);
    QCOMPARE(rings->gpadl, 0xE1U);
    QCOMPARE(scene.partition.untaken(), 0U);
    held.reset();
    const auto other = scene.partition.take<GpadlTorndownMessage>(MessageType::GpadlTorndown);
    QVERIFY(other);
    QCOMPARE(other->gpadl, 0xE5U);

    QVERIFY(scene.makeRings(relid, 0xE6, 16));
    QVERIFY(scene.open(relid, 0xE6));
    QCOMPARE(device.openings.load(), 2);
    device.letsGo = true;
    scene.bus->revoke(device);
}

void BusTest::channelsAreOpenedTenThousandTimes() {
    Scene scene;
    Device device;
    QVERIFY(scene.bus->offer({kType, kInstance}, device));
    QVERIFY(scene.connect());
    const auto offer = scene.findOffer();
    QVERIFY(offer);
    constexpr int kTimes = 10'000;
    for (int turn = 0; turn < kTimes; ++turn) {
        const GpadlId gpadl = 0xE100 + static_cast<GpadlId>(turn);
        QVERIFY(scene.makeRings(offer->relid, gpadl, 16 + 4 * (turn % 8)));
        QVERIFY(scene.open(offer->relid, gpadl));
        QVERIFY(scene.signal(offer->relid));
        QCOMPARE(scene.post(RelidMessage{{MessageType::CloseChannel, 0}, offer->relid}),
                 Post::Taken);
        QVERIFY(!device.isOpen());
        QCOMPARE(
            scene.post(GpadlTeardownMessage{{MessageType::GpadlTeardown, 0}, offer->relid, gpadl}),
            Post::Taken);
        QVERIFY(scene.partition.take<GpadlTorndownMessage>(MessageType::GpadlTorndown));
    }
    QCOMPARE(device.openings.load(), kTimes);
    QCOMPARE(device.closings.load(), kTimes);
    QCOMPARE(device.doorbells.load(), kTimes);
    QVERIFY(scene.violations.empty());
    scene.bus->revoke(device);
}

void BusTest::revokingWaitsForTheDevice() {
    Scene scene;
    Device device;
    device.letsGo = false;
    QVERIFY(scene.bus->offer({kType, kInstance}, device));
    const Relid relid = scene.openFirst();
    QVERIFY(relid != 0);
    std::atomic<bool> revoked = false;
    std::jthread owner([&] {
        scene.bus->revoke(device);
        revoked = true;
    });
    QTRY_COMPARE(device.closings.load(), 1);
    QVERIFY(!revoked);
    // The guest hears of it when its pages are its own again.
    QCOMPARE(scene.partition.untaken(), 0U);
    device.letGo();
    owner.join();
    QVERIFY(revoked);
    QVERIFY(scene.partition.take<RelidMessage>(MessageType::RescindOffer));
    QCOMPARE(scene.post(RelidMessage{{MessageType::RelidReleased, 0}, relid}), Post::Taken);
    // Its place is free for another.
    Device other;
    QVERIFY(scene.bus->offer({kType, kInstance}, other));
    const auto offer = scene.partition.take<OfferChannelMessage>(MessageType::OfferChannel);
    QVERIFY(offer);
    scene.bus->revoke(other);
}

void BusTest::subChannelsGoWithTheirPrimary() {
    Scene scene;
    Device device;
    Device first;
    Device second;
    device.sub = {&first, &second};
    QVERIFY(scene.bus->offer({kType, kInstance}, device));
    const Relid relid = scene.openFirst();
    QVERIFY(relid != 0);
    device.channel().offerSubChannels(2);
    std::vector<Relid> relids;
    for (unsigned index = 1; index <= 2; ++index) {
        const auto offer = scene.partition.take<OfferChannelMessage>(MessageType::OfferChannel);
        QVERIFY(offer);
        QCOMPARE(unsigned(offer->subChannelIndex), index);
        QCOMPARE(offer->instance, kInstance);
        relids.push_back(offer->relid);
    }
    QVERIFY(scene.makeRings(relids[1], 0xE2, 24));
    QVERIFY(scene.open(relids[1], 0xE2));
    QVERIFY(second.isOpen() && !first.isOpen());
    QVERIFY(scene.signal(relids[1]));
    QCOMPARE(second.doorbells.load(), 1);

    scene.bus->revoke(device);
    QVERIFY(!second.isOpen() && !device.isOpen());
    QVERIFY(!scene.signal(relids[0]) && !scene.signal(relids[1]));
}

void BusTest::aGuestThatBreaksTheProtocolHasTheDeviceAgainAfterAReset() {
    Scene scene;
    Device device;
    QVERIFY(scene.bus->offer({kType, kInstance}, device));
    const Relid relid = scene.openFirst();
    QVERIFY(relid != 0);
    device.channel().fail("it has sent nonsense");
    QTRY_VERIFY(!device.isOpen());
    QCOMPARE(scene.violations, std::vector<std::string>{"it has sent nonsense"});
    const auto rescinded = scene.partition.take<RelidMessage>(MessageType::RescindOffer);
    QVERIFY(rescinded);
    QCOMPARE(rescinded->relid, relid);

    scene.bus->reset();
    QVERIFY(scene.openFirst() != 0);
    QVERIFY(device.isOpen());
    scene.bus->revoke(device);
}

void BusTest::aResetWaitsUntilNothingTouchesTheMemory() {
    Scene scene;
    Device device;
    device.letsGo = false;
    QVERIFY(scene.bus->offer({kType, kInstance}, device));
    QVERIFY(scene.openFirst() != 0);
    std::atomic<bool> done = false;
    std::jthread machine([&] {
        scene.bus->reset();
        done = true;
    });
    QTRY_COMPARE(device.closings.load(), 1);
    QVERIFY(!done);
    device.letGo();
    machine.join();
    QCOMPARE(scene.bus->version(), 0U);
    device.letsGo = true;
    // The guest starts anew.
    QVERIFY(scene.openFirst() != 0);
    scene.bus->revoke(device);
}

void BusTest::aGuestThatTakesNoMessagesIsHeldBack() {
    Scene scene;
    QVERIFY(scene.connect());
    scene.partition.holdsBack = true;
    QCOMPARE(scene.post(BareMessage{{MessageType::RequestOffers, 0}}), Post::NoRoom);
    scene.partition.holdsBack = false;
    QCOMPARE(scene.post(BareMessage{{MessageType::RequestOffers, 0}}), Post::Taken);
    QCOMPARE(scene.post(BareMessage{{MessageType::RequestOffers, 0}}, 7), Post::Unknown);
}

void BusTest::aSocketIsOfferedWhereSomebodyListens() {
    PlayedPartition partition;
    Device socket;
    Bus::Callbacks callbacks;
    callbacks.onSocketConnect = [&socket](const Guid& service, const Guid&) {
        return service == kType ? &socket : nullptr;
    };
    Bus bus(partition, std::move(callbacks));
    Scene scene;
    const auto post = [&](const auto& message) {
        return partition.connections->postMessage(0, kMessageConnection5, kChannelMessageType,
                                                  std::as_bytes(std::span(&message, 1)));
    };
    InitiateContactMessage contact{};
    contact.header.type = MessageType::InitiateContact;
    contact.version = kVersion5_3;
    contact.interruptPageOrSint = kMessageSint;
    QCOMPARE(post(contact), Post::Taken);
    QCOMPARE(post(BareMessage{{MessageType::RequestOffers, 0}}), Post::Taken);
    TlConnectMessage connect{};
    connect.header.type = MessageType::TlConnect;
    connect.endpoint = kInstance;
    connect.service = kType;
    QCOMPARE(post(connect), Post::Taken);
    const auto offer = partition.take<OfferChannelMessage>(MessageType::OfferChannel);
    QVERIFY(offer);
    QCOMPARE(offer->type, kType);
    QCOMPARE(offer->instance, kInstance);
    QVERIFY((offer->flags & kHvSocketFlag) != 0);
    connect.service = kInstance;
    QCOMPARE(post(connect), Post::Taken);
    QCOMPARE(partition.untaken(), 1U);
    const auto refused = partition.take<TlConnectResultMessage>(MessageType::TlConnectResult);
    QVERIFY(refused);
    QVERIFY(refused->status != kSuccess);
    bus.revoke(socket);
}

void BusTest::doorbellsAndRevokingAtTheSameTime() {
    Scene scene;
    QVERIFY(scene.connect());
    std::atomic<bool> done = false;
    std::vector<std::jthread> ringers;
    for (int i = 0; i < 2; ++i)
        ringers.emplace_back([&] {
            while (!done)
                for (Relid relid = 1; relid < 8; ++relid)
                    static_cast<void>(scene.signal(relid));
        });
    for (int turn = 0; turn < 300; ++turn) {
        // Freed right behind: a doorbell that comes too late is found by the sanitizers.
        auto device = std::make_unique<Device>();
        QVERIFY(scene.bus->offer({kType, kInstance}, *device));
        if (turn % 3 == 0)
            std::this_thread::yield();
        scene.bus->revoke(*device);
    }
    done = true;
}

void BusTest::channelsAreCountedAsLongAsTheyAreOffered() {
    using enum hypervisor::ChannelValue;
    Scene scene;
    Device device;
    Device second;
    device.sub = {&second};
    QVERIFY(scene.bus->offer({.type = kType, .instance = kInstance, .name = "disks"}, device));
    const Relid relid = scene.openFirst();
    QVERIFY(relid != 0);
    const auto counted = [&](const std::string& name, hypervisor::ChannelValue value) {
        const auto slot = scene.counters[name].lock();
        return slot ? (*slot)[value].read() : ~std::uint64_t{0};
    };
    QVERIFY(scene.signal(relid));
    QVERIFY(scene.signal(relid));
    QCOMPARE(counted("disks", InterruptsFromGuest), std::uint64_t{2});
    const std::array<std::byte, 20> content{};
    const std::array payload{std::span<const std::byte>(content)};
    QVERIFY(device.channel().send({.payload = payload}));
    // 16 bytes of descriptor and 24 of padded payload; the guest was asleep.
    QCOMPARE(counted("disks", PacketsToGuest), std::uint64_t{1});
    QCOMPARE(counted("disks", BytesToGuest), std::uint64_t{40});
    QCOMPARE(counted("disks", InterruptsToGuest), std::uint64_t{1});
    QCOMPARE(counted("disks", PacketsFromGuest), std::uint64_t{0});
    device.channel().offerSubChannels(1);
    QCOMPARE(counted("disks, channel 1", InterruptsToGuest), std::uint64_t{0});
    scene.bus->revoke(device);
    QVERIFY(scene.counters["disks"].expired());
}

QTEST_APPLESS_MAIN(BusTest)
#include "bus_test.moc"
