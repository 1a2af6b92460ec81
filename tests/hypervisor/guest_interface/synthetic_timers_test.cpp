// SPDX-License-Identifier: GPL-3.0-or-later
#include "hypervisor/guest_interface/synthetic_timers.h"

#include <QTest>
#include <cstring>

#include "guest_interface_fixture.h"

using namespace guest_interface_test;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t kConfiguration = 0x4000'00B0;
constexpr std::uint32_t kCount = 0x4000'00B1;

constexpr std::uint64_t kEnable = 1;
constexpr std::uint64_t kPeriodic = 2;
constexpr std::uint64_t kAutoEnable = 8;
constexpr std::uint64_t kDirect = 0xED << 4 | 1 << 12;
constexpr std::uint64_t kSint2 = 2 << 16;
/// What Linux writes.
constexpr std::uint64_t kLinuxDirect = 0x1ED9;

struct Guest : Fixture {
    /// The fixture's clock has 2.5 GHz.
    void pass(std::uint64_t hundredNanoseconds) {
        clock.now += hundredNanoseconds * 250;
        interface.serveTimers(0);
    }
    void write(std::uint32_t msr, std::uint64_t value) {
        QVERIFY(interface.writeMsr(0, msr, value));
    }
    [[nodiscard]] std::uint64_t now() { return interface.readMsr(0, 0x4000'0020).value(); }
    [[nodiscard]] std::uint64_t configuration(unsigned timer = 0) {
        return interface.readMsr(0, kConfiguration + 2 * timer).value();
    }
};

}  // namespace

class SyntheticTimersTest : public QObject {
    Q_OBJECT

  private slots:
    void aOneShotTimerEndsOnceByAnInterrupt();
    void aTimeThatIsPastEndsAtOnce();
    void aCountOfZeroStopsIt();
    void withoutAutoEnableTheCountDoesNotStartIt();
    void aPeriodicTimerGoesOnAndMissedEndsAreOne();
    void inMessageModeAMessageTellsOfTheEnd();
    void aMessageThatWaitsIsReplaced();
    void settingsWithoutAWayToTellAreRefused();
    void theNearestOfFourIsWaitedFor();
    void farTimesAreLookedAtInBetween();
    void aResetStopsAll();
};

void SyntheticTimersTest::aOneShotTimerEndsOnceByAnInterrupt() {
    Guest f;
    f.write(kConfiguration, kLinuxDirect);
    QVERIFY(!f.host.timer);
    f.write(kCount, f.now() + 1000);
    QVERIFY(f.host.timer && *f.host.timer <= 100us && *f.host.timer >= 99us);
    f.pass(990);
    QVERIFY(f.host.requested.empty());
    QVERIFY(f.host.timer && *f.host.timer <= 1us);
    f.pass(11);
    QCOMPARE(f.host.requested, (std::vector<std::pair<VpIndex, std::uint8_t>>{{0, 0xED}}));
    QVERIFY(!f.host.timer);
    QCOMPARE(f.configuration(), kLinuxDirect & ~kEnable);
    f.pass(100'000);
    QCOMPARE(f.host.requested.size(), 1U);
    f.write(kCount, f.now() + 10);  // enables it again
    QCOMPARE(f.configuration(), kLinuxDirect);
    f.pass(11);
    QCOMPARE(f.host.requested.size(), 2U);
}

void SyntheticTimersTest::aTimeThatIsPastEndsAtOnce() {
    Guest f;
    f.pass(5000);
    f.write(kConfiguration, kLinuxDirect);
    f.write(kCount, 1);
    QCOMPARE(f.host.requested.size(), 1U);
    QVERIFY(!f.host.timer);
}

void SyntheticTimersTest::aCountOfZeroStopsIt() {
    Guest f;
    f.write(kConfiguration, kLinuxDirect);
    f.write(kCount, f.now() + 1000);
    f.write(kCount, 0);
    QVERIFY(!f.host.timer);
    QCOMPARE(f.configuration(), kLinuxDirect & ~kEnable);
    f.pass(2000);
    QVERIFY(f.host.requested.empty());
}

void SyntheticTimersTest::withoutAutoEnableTheCountDoesNotStartIt() {
    Guest f;
    f.write(kConfiguration, kDirect);
    f.write(kCount, f.now() + 100);
    f.pass(200);
    QVERIFY(f.host.requested.empty());
    f.write(kConfiguration, kDirect | kEnable);
    QCOMPARE(f.host.requested.size(), 1U);
}

void SyntheticTimersTest::aPeriodicTimerGoesOnAndMissedEndsAreOne() {
    Guest f;
    f.write(kConfiguration, kDirect | kEnable | kPeriodic | kAutoEnable);
    f.write(kCount, 1000);
    f.pass(1001);
    f.pass(1000);
    QCOMPARE(f.host.requested.size(), 2U);
    f.pass(5500);
    QCOMPARE(f.host.requested.size(), 3U);
    // The rhythm stays.
    QVERIFY(f.host.timer && *f.host.timer >= 49us && *f.host.timer <= 51us);
    QVERIFY((f.configuration() & kEnable) != 0);
}

void SyntheticTimersTest::inMessageModeAMessageTellsOfTheEnd() {
    Guest f;
    QVERIFY(f.interface.writeMsr(0, 0x4000'0083, 0x8001));
    QVERIFY(f.interface.writeMsr(0, 0x4000'0092, 0xF3));
    f.write(kConfiguration + 2, kSint2 | kEnable | kAutoEnable);
    const std::uint64_t due = f.now() + 100;
    f.write(kCount + 2, due);
    f.pass(150);
    const auto slot = f.memory->read<SynicMessageSlot>(0x8000 + 2 * 256).value();
    QCOMPARE(slot.type, 0x8000'0010U);
    QCOMPARE(int(slot.payloadSize), 24);
    std::array<std::uint64_t, 3> payload{};
    std::memcpy(payload.data(), slot.payload.data(), sizeof(payload));
    QCOMPARE(payload[0], 1ULL);
    QCOMPARE(payload[1], due);
    QVERIFY(payload[2] >= due && payload[2] <= f.now());
    QCOMPARE(f.host.requested, (std::vector<std::pair<VpIndex, std::uint8_t>>{{0, 0xF3}}));
}

void SyntheticTimersTest::aMessageThatWaitsIsReplaced() {
    Guest f;
    QVERIFY(f.interface.writeMsr(0, 0x4000'0083, 0x8001));
    f.write(kConfiguration, kSint2 | kEnable | kPeriodic | kAutoEnable);
    f.write(kCount, 10);
    for (int i = 0; i < 100; ++i)
        f.pass(10);
    QCOMPARE(f.interface.synic().waitingMessages(0, 2), 1U);
    f.interface.synic().discardMessages();
    QCOMPARE(f.interface.synic().waitingMessages(0, 2), 1U);
}

void SyntheticTimersTest::settingsWithoutAWayToTellAreRefused() {
    Guest f;
    f.write(kCount, 1000);
    f.write(kConfiguration, kEnable);  // message mode, SINT 0
    QCOMPARE(f.configuration() & kEnable, 0ULL);
    f.write(kConfiguration, kEnable | 1 << 12 | 15 << 4);  // an exception's vector
    QCOMPARE(f.configuration() & kEnable, 0ULL);
    f.write(kConfiguration, ~std::uint64_t{0});
    QCOMPARE(f.configuration(), 0xF'1FFFULL);
}

void SyntheticTimersTest::theNearestOfFourIsWaitedFor() {
    Guest f;
    for (std::uint32_t i = 0; i < 4; ++i) {
        f.write(kConfiguration + 2 * i, kLinuxDirect + (std::uint64_t{i} << 4));
        f.write(kCount + 2 * i, f.now() + 4000 - 1000 * i);
    }
    QVERIFY(f.host.timer && *f.host.timer <= 100us && *f.host.timer > 90us);
    f.pass(2001);
    QCOMPARE(f.host.requested,
             (std::vector<std::pair<VpIndex, std::uint8_t>>{{0, 0xEF}, {0, 0xF0}}));
    QVERIFY(f.host.timer && *f.host.timer <= 100us && *f.host.timer > 90us);
    QVERIFY(!f.interface.readMsr(0, 0x4000'00B8));
}

void SyntheticTimersTest::farTimesAreLookedAtInBetween() {
    Guest f;
    f.write(kConfiguration, kLinuxDirect);
    f.write(kCount, ~std::uint64_t{0});
    QCOMPARE(f.host.timer.value(), std::chrono::nanoseconds(1h));
    f.write(kConfiguration, kDirect | kEnable | kPeriodic);
    QCOMPARE(f.host.timer.value(), std::chrono::nanoseconds(1h));
    f.pass(100);
    QVERIFY(f.host.requested.empty());
}

void SyntheticTimersTest::aResetStopsAll() {
    Guest f;
    f.write(kConfiguration, kLinuxDirect);
    f.write(kCount, f.now() + 1000);
    f.interface.reset();
    QVERIFY(!f.host.timer);
    f.pass(2000);
    QVERIFY(f.host.requested.empty());
    QCOMPARE(f.configuration(), 0ULL);
}

QTEST_APPLESS_MAIN(SyntheticTimersTest)
#include "synthetic_timers_test.moc"
