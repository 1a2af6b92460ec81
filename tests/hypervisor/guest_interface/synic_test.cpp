// SPDX-License-Identifier: GPL-3.0-or-later
#include "hypervisor/guest_interface/synic.h"

#include <QTest>
#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "guest_interface_fixture.h"

using namespace guest_interface_test;

namespace {

constexpr std::uint32_t kControl = 0x4000'0080;
constexpr std::uint32_t kEventPageMsr = 0x4000'0082;
constexpr std::uint32_t kMessagePageMsr = 0x4000'0083;
constexpr std::uint32_t kEndOfMessage = 0x4000'0084;
constexpr std::uint32_t kSint2 = 0x4000'0092;

constexpr unsigned kSint = 2;
constexpr std::uint8_t kVector = 0xF3;
constexpr Gpa kMessagePage = 0x8000;
constexpr Gpa kEventPage = 0x9000;
constexpr Gpa kSlot = kMessagePage + kSint * sizeof(SynicMessageSlot);

SynicMessage message(std::uint8_t content, std::uint32_t type = 1) {
    SynicMessage result;
    result.type = type;
    result.size = 16;
    result.payload.fill(std::byte{content});
    return result;
}

/// A guest whose VP 1 has set its controller up as Linux does.
struct Guest : Fixture {
    Guest() {
        write(kMessagePageMsr, kMessagePage | 1);
        write(kEventPageMsr, kEventPage | 1);
        write(kSint2, kVector);
        write(kControl, 1);
    }
    void write(std::uint32_t msr, std::uint64_t value) {
        if (!interface.writeMsr(1, msr, value))
            refused.push_back(msr);
    }
    [[nodiscard]] SynicMessageSlot slot() const {
        return memory->read<SynicMessageSlot>(kSlot).value();
    }
    void emptySlot() const { QVERIFY(memory->write(kSlot, std::uint32_t{0})); }
    [[nodiscard]] std::size_t interrupts() const {
        return static_cast<std::size_t>(
            std::ranges::count(host.requested, std::pair<VpIndex, std::uint8_t>(1, kVector)));
    }

    std::vector<std::uint32_t> refused;
};

class Connections final : public GuestConnections {
  public:
    Post postMessage(VpIndex vp, std::uint32_t connection, std::uint32_t type,
                     std::span<const std::byte> payload) override {
        posted = {vp, connection, type};
        content.assign(payload.begin(), payload.end());
        return answer;
    }
    bool signalEvent(VpIndex vp, std::uint32_t connection, std::uint16_t flag) override {
        signalled = {vp, connection, flag};
        return connection == 0x2001;
    }

    Post answer = Post::Taken;
    std::vector<std::uint32_t> posted;
    std::vector<std::byte> content;
    std::vector<std::uint32_t> signalled;
};

}  // namespace

class SynicTest : public QObject {
    Q_OBJECT

  private slots:
    void startsEnabledWithAllSourcesMasked();
    void refusesWhatItCannotDo();
    void aMessageIsWrittenAndInterrupts();
    void anInterruptEndsItselfForWhoAsks();
    void aSecondMessageWaitsForTheEndOfTheFirst();
    void theGuestIsToldOfWaitingMessagesAlsoWhenItWasQuick();
    void messagesWaitUntilThePageIsThere();
    void aMaskedSourceInterruptsNobody();
    void messagesAreBoundedAndDiscarded();
    void anEventFlagInterruptsWhenItWasClear();
    void eventsNeedAnEnabledController();
    void pagesOutsideOfRamFault();
    void newPagesAreEmpty();
    void aResetForgetsEverything();
    void postedMessagesReachTheirConnection();
    void wrongMessagesAreRefused();
    void signalsReachTheirConnection();
    void noFlagIsLostBetweenThreads();
};

void SynicTest::startsEnabledWithAllSourcesMasked() {
    Fixture f;
    QCOMPARE(f.interface.readMsr(0, kControl).value(), 1ULL);
    QCOMPARE(f.interface.readMsr(0, 0x4000'0081).value(), 1ULL);
    for (std::uint32_t sint = 0; sint < kSintCount; ++sint)
        QCOMPARE(f.interface.readMsr(0, 0x4000'0090 + sint).value(), 0x1'0000ULL);
    QCOMPARE(f.interface.readMsr(0, kMessagePageMsr).value(), 0ULL);
    QCOMPARE(f.interface.readMsr(0, kEndOfMessage).value(), 0ULL);
}

void SynicTest::refusesWhatItCannotDo() {
    Guest f;
    QVERIFY(f.refused.empty());
    f.write(kSint2, 15);  // a vector that exceptions have
    f.write(0x4000'0081, 1);
    QCOMPARE(f.refused, (std::vector<std::uint32_t>{kSint2, 0x4000'0081}));
    QCOMPARE(f.interface.readMsr(1, kSint2).value(), std::uint64_t{kVector});
    f.write(kSint2, 0x1'0000);  // masked: no vector is needed
    QCOMPARE(f.interface.readMsr(1, kSint2).value(), 0x1'0000ULL);
}

void SynicTest::aMessageIsWrittenAndInterrupts() {
    Guest f;
    QVERIFY(f.interface.synic().postMessage(1, kSint, message(7)));
    const SynicMessageSlot slot = f.slot();
    QCOMPARE(slot.type, 1U);
    QCOMPARE(int(slot.payloadSize), 16);
    QCOMPARE(int(slot.flags), 0);
    QCOMPARE(slot.sender, 0ULL);
    QCOMPARE(slot.payload[15], std::byte{7});
    QCOMPARE(slot.payload[16], std::byte{0});
    QCOMPARE(f.interrupts(), 1U);
}

void SynicTest::anInterruptEndsItselfForWhoAsks() {
    Guest f;
    QVERIFY(f.interface.synic().setEventFlag(1, kSint, 1));
    QCOMPARE(f.interrupts(), 1U);
    QCOMPARE(f.host.lastEnd, InterruptEnd::ByGuest);
    f.write(kSint2, kVector | 1 << 17);  // AutoEOI
    QVERIFY(f.refused.empty());
    QVERIFY(f.interface.synic().setEventFlag(1, kSint, 2));
    QCOMPARE(f.interrupts(), 2U);
    QCOMPARE(f.host.lastEnd, InterruptEnd::Automatic);
}

void SynicTest::aSecondMessageWaitsForTheEndOfTheFirst() {
    Guest f;
    SyntheticInterrupts& synic = f.interface.synic();
    QVERIFY(synic.postMessage(1, kSint, message(1)));
    QVERIFY(synic.postMessage(1, kSint, message(2)));
    QVERIFY(synic.postMessage(1, kSint, message(3)));
    QCOMPARE(synic.waitingMessages(1, kSint), 2U);
    QCOMPARE(f.slot().payload[0], std::byte{1});
    QCOMPARE(int(f.slot().flags), 1);
    QCOMPARE(f.interrupts(), 1U);

    f.write(kEndOfMessage, 0);  // without having emptied the slot: nothing
    QCOMPARE(f.slot().payload[0], std::byte{1});
    f.emptySlot();
    f.write(kEndOfMessage, 0);
    QCOMPARE(f.slot().payload[0], std::byte{2});
    QCOMPARE(int(f.slot().flags), 1);
    QCOMPARE(f.interrupts(), 2U);
    f.emptySlot();
    f.write(kEndOfMessage, 0);
    QCOMPARE(f.slot().payload[0], std::byte{3});
    QCOMPARE(int(f.slot().flags), 0);
    QCOMPARE(synic.waitingMessages(1, kSint), 0U);
}

void SynicTest::theGuestIsToldOfWaitingMessagesAlsoWhenItWasQuick() {
    // A guest that empties slots as fast as it can, and ends messages only where the flag says so,
    // gets all of them.
    Guest f;
    constexpr unsigned kMessages = 20'000;
    std::atomic<bool> done = false;
    std::vector<unsigned> seen;
    std::jthread guest([&] {
        auto* slot =
            reinterpret_cast<SynicMessageSlot*>(f.memory->at(kSlot, sizeof(SynicMessageSlot)));
        const std::atomic_ref<std::uint32_t> type(slot->type);
        while (seen.size() < kMessages && !done) {
            if (type.load(std::memory_order_acquire) == 0) {
                std::this_thread::yield();
                continue;
            }
            unsigned number = 0;
            std::memcpy(&number, slot->payload.data(), sizeof(number));
            seen.push_back(number);
            type.store(0);
            if ((std::atomic_ref(slot->flags).load() & 1) != 0)
                static_cast<void>(f.interface.writeMsr(1, kEndOfMessage, 0));
        }
    });
    for (unsigned i = 0; i < kMessages; ++i) {
        SynicMessage one = message(0);
        std::memcpy(one.payload.data(), &i, sizeof(i));
        while (!f.interface.synic().postMessage(1, kSint, one))
            std::this_thread::yield();
    }
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (f.interface.synic().waitingMessages(1, kSint) != 0 &&
           std::chrono::steady_clock::now() < limit)
        std::this_thread::yield();
    QCOMPARE(f.interface.synic().waitingMessages(1, kSint), 0U);
    QTRY_COMPARE_WITH_TIMEOUT(f.memory->read<std::uint32_t>(kSlot).value(), 0U, 10'000);
    done = true;
    guest.join();
    QCOMPARE(seen.size(), std::size_t{kMessages});
    QVERIFY(std::ranges::is_sorted(seen));
}

void SynicTest::messagesWaitUntilThePageIsThere() {
    Fixture f;
    QVERIFY(f.interface.synic().postMessage(1, kSint, message(9)));
    QCOMPARE(f.interface.synic().waitingMessages(1, kSint), 1U);
    QVERIFY(f.interface.writeMsr(1, kSint2, kVector));
    QVERIFY(f.host.requested.empty());
    QVERIFY(f.interface.writeMsr(1, kMessagePageMsr, kMessagePage | 1));
    QCOMPARE(f.memory->read<std::uint32_t>(kSlot).value(), 1U);
    QCOMPARE(f.host.requested.size(), 1U);
}

void SynicTest::aMaskedSourceInterruptsNobody() {
    Guest f;
    f.write(kSint2, 0x1'0000 | kVector);
    QVERIFY(f.interface.synic().postMessage(1, kSint, message(1)));
    QVERIFY(f.interface.synic().setEventFlag(1, kSint, 5));
    QCOMPARE(f.slot().type, 1U);
    f.write(kSint2, kVector | 1 << 18);  // polled
    QVERIFY(f.interface.synic().setEventFlag(1, kSint, 6));
    QVERIFY(f.host.requested.empty());
}

void SynicTest::messagesAreBoundedAndDiscarded() {
    Guest f;
    SyntheticInterrupts& synic = f.interface.synic();
    unsigned taken = 0;
    while (taken < 100'000 && synic.postMessage(1, kSint, message(1)))
        ++taken;
    QVERIFY(taken > 2048 && taken < 10'000);
    synic.discardMessages();
    QCOMPARE(synic.waitingMessages(1, kSint), 0U);
    QVERIFY(synic.postMessage(1, kSint, message(2)));

    QVERIFY(!synic.postMessage(4, kSint, message(1)));
    QVERIFY(!synic.postMessage(1, kSintCount, message(1)));
    SynicMessage tooLong = message(1);
    tooLong.size = kMessagePayloadSize + 1;
    QVERIFY(!synic.postMessage(1, kSint, tooLong));
}

void SynicTest::anEventFlagInterruptsWhenItWasClear() {
    Guest f;
    SyntheticInterrupts& synic = f.interface.synic();
    QVERIFY(synic.setEventFlag(1, kSint, 2047));
    QCOMPARE(int(f.memory->read<std::uint8_t>(kEventPage + 2 * 256 + 255).value()), 0x80);
    QCOMPARE(f.interrupts(), 1U);
    QVERIFY(synic.setEventFlag(1, kSint, 2047));
    QCOMPARE(f.interrupts(), 1U);
    QVERIFY(f.memory->write(kEventPage + 2 * 256 + 255, std::uint8_t{0}));
    QVERIFY(synic.setEventFlag(1, kSint, 2047));
    QCOMPARE(f.interrupts(), 2U);
    QVERIFY(!synic.setEventFlag(1, kSint, 2048));
    QVERIFY(!synic.setEventFlag(1, kSintCount, 1));
    QVERIFY(!synic.setEventFlag(9, kSint, 1));
}

void SynicTest::eventsNeedAnEnabledController() {
    Guest f;
    QVERIFY(!f.interface.synic().setEventFlag(0, kSint, 1));
    f.write(kControl, 0);
    QVERIFY(!f.interface.synic().setEventFlag(1, kSint, 1));
    f.write(kControl, 1);
    f.write(kEventPageMsr, kEventPage);
    QVERIFY(!f.interface.synic().setEventFlag(1, kSint, 1));
    QVERIFY(f.host.requested.empty());
}

void SynicTest::pagesOutsideOfRamFault() {
    Guest f;
    f.write(kMessagePageMsr, 0x1000'0000'0001);
    f.write(kEventPageMsr, 0x1000'0000'0001);
    QCOMPARE(f.refused, (std::vector<std::uint32_t>{kMessagePageMsr, kEventPageMsr}));
    // A write that faults changes nothing.
    QCOMPARE(f.interface.readMsr(1, kMessagePageMsr), std::uint64_t{kMessagePage | 1});
    QCOMPARE(f.interface.readMsr(1, kEventPageMsr), std::uint64_t{kEventPage | 1});
    QVERIFY(f.interface.synic().setEventFlag(1, kSint, 1));
}

void SynicTest::newPagesAreEmpty() {
    Guest f;
    for (const auto& [msr, gpa] :
         {std::pair(kMessagePageMsr, Gpa{0xA000}), std::pair(kEventPageMsr, Gpa{0xB000})}) {
        QVERIFY(f.memory->write(gpa + 512, ~std::uint64_t{0}));
        f.write(msr, gpa | 1);
        QCOMPARE(f.memory->read<std::uint64_t>(gpa + 512).value(), 0ULL);
    }
}

void SynicTest::aResetForgetsEverything() {
    Guest f;
    QVERIFY(f.interface.synic().postMessage(1, kSint, message(1)));
    QVERIFY(f.interface.synic().postMessage(1, kSint, message(2)));
    f.interface.reset();
    QCOMPARE(f.interface.synic().waitingMessages(1, kSint), 0U);
    QCOMPARE(f.interface.readMsr(1, kSint2).value(), 0x1'0000ULL);
    QCOMPARE(f.interface.readMsr(1, kMessagePageMsr).value(), 0ULL);
    QVERIFY(!f.interface.synic().setEventFlag(1, kSint, 1));
}

void SynicTest::postedMessagesReachTheirConnection() {
    Fixture f;
    f.enable();
    Connections connections;
    constexpr Gpa kInput = 0x6000;
    QVERIFY(f.memory->write(kInput, std::uint64_t{4}));
    QVERIFY(f.memory->write(kInput + 8, std::uint64_t{5} << 32 | 1));
    QVERIFY(f.memory->write(kInput + 16, std::uint64_t{0x8877'6655'4433'2211}));
    QCOMPARE(f.call(0x5C, kInput, 0), 0x12ULL);  // nobody is there
    f.interface.synic().setConnections(&connections);
    QCOMPARE(f.call(0x5C, kInput, 0), 0ULL);
    QCOMPARE(connections.posted, (std::vector<std::uint32_t>{0, 4, 1}));
    QCOMPARE(connections.content.size(), 5U);
    QCOMPARE(connections.content[4], std::byte{0x55});
    connections.answer = GuestConnections::Post::NoRoom;
    QCOMPARE(f.call(0x5C, kInput, 0), 0x13ULL);
    connections.answer = GuestConnections::Post::Unknown;
    QCOMPARE(f.call(0x5C, kInput, 0), 0x12ULL);
}

void SynicTest::wrongMessagesAreRefused() {
    Fixture f;
    f.enable();
    Connections connections;
    f.interface.synic().setConnections(&connections);
    constexpr Gpa kInput = 0x6000;
    const auto post = [&](std::uint64_t connection, std::uint64_t typeAndSize) {
        static_cast<void>(f.memory->write(kInput, connection));
        static_cast<void>(f.memory->write(kInput + 8, typeAndSize));
        return f.call(0x5C, kInput, 0);
    };
    QCOMPARE(post(1, std::uint64_t{241} << 32 | 1), 5ULL);
    QCOMPARE(post(1, std::uint64_t{8} << 32), 5ULL);
    QCOMPARE(post(1, std::uint64_t{8} << 32 | 0x8000'0010), 5ULL);  // the hypervisor's
    QCOMPARE(post(0x100'0001, std::uint64_t{8} << 32 | 1), 0x12ULL);
    QCOMPARE(post(std::uint64_t{1} << 32 | 1, std::uint64_t{8} << 32 | 1), 0x12ULL);
    QVERIFY(connections.posted.empty());
    QCOMPARE(post(1, std::uint64_t{240} << 32 | 1), 0ULL);
    QCOMPARE(connections.content.size(), 240U);
    QCOMPARE(f.call(kFastCall | 0x5C, 1, 1), 3ULL);
}

void SynicTest::signalsReachTheirConnection() {
    Fixture f;
    f.enable();
    Connections connections;
    QCOMPARE(f.call(kFastCall | 0x5D, 0x2001, 0), 0x12ULL);
    f.interface.synic().setConnections(&connections);
    QCOMPARE(f.call(kFastCall | 0x5D, 0x2001 | std::uint64_t{3} << 32, 0), 0ULL);
    QCOMPARE(connections.signalled, (std::vector<std::uint32_t>{0, 0x2001, 3}));
    QCOMPARE(f.call(kFastCall | 0x5D, 0x2002, 0), 0x12ULL);
    QCOMPARE(f.call(kFastCall | 0x5D, 0x100'2001, 0), 0x12ULL);
    QCOMPARE(f.call(kFastCall | 0x5D, 0x2001 | std::uint64_t{2048} << 32, 0), 5ULL);
    QCOMPARE(f.call(kFastCall | 0x5D, 0x2001 | std::uint64_t{1} << 48, 0), 5ULL);
}

void SynicTest::noFlagIsLostBetweenThreads() {
    // Two host threads set flags of one word while the guest takes them, and takes its page away
    // and back. Only flags that found the page count: however the threads are scheduled, each of
    // them has written while the guest went on.
    Guest f;
    constexpr unsigned kFlags = 20'000;
    std::atomic<unsigned> setters = 2;
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < 2; ++i)
        threads.emplace_back([&, i] {
            for (unsigned n = 0; n < kFlags;)
                n += f.interface.synic().setEventFlag(1, kSint, i) ? 1 : 0;
            --setters;
        });
    std::uint32_t seen = 0;
    auto* word = reinterpret_cast<std::uint32_t*>(f.memory->at(kEventPage + 2 * 256, 4));
    while (setters != 0) {
        seen |= std::atomic_ref(*word).exchange(0);
        QVERIFY(f.interface.writeMsr(1, kEventPageMsr, kEventPage));
        // Nobody writes there now.
        seen |= std::atomic_ref(*word).exchange(0);
        for (unsigned n = 0; n < 100; ++n)
            if (std::atomic_ref(*word).load() != 0)
                QFAIL("written although the guest has the page back");
        QVERIFY(f.interface.writeMsr(1, kEventPageMsr, kEventPage | 1));
    }
    threads.clear();
    seen |= std::atomic_ref(*word).exchange(0);
    QCOMPARE(seen, 3U);
}

QTEST_APPLESS_MAIN(SynicTest)
#include "synic_test.moc"
