// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/worker/memory_balance.h"

#include <QTest>

#include "hypervisor/guest_memory.h"

using namespace service;
using namespace std::chrono_literals;
using hypervisor::kGrowthUnit;

namespace {

constexpr std::uint64_t kMebibyte = 1 << 20;
constexpr std::uint64_t kPagesPerMebibyte = 256;
constexpr MemoryBalance::Limits kLimits{512 * kMebibyte, 256 * kMebibyte, 8 * kGrowthUnit, 20};

/// A guest that has promised and has free so many megabytes.
MemoryBalance::Status guest(std::uint64_t committed, std::uint64_t available,
                            std::uint64_t ballooned = 0) {
    MemoryBalance::Status status;
    status.canBalloon = true;
    status.canHotAdd = true;
    status.committedPages = committed * kPagesPerMebibyte;
    status.availablePages = available * kPagesPerMebibyte;
    status.balloonedPages = ballooned * kPagesPerMebibyte;
    status.targetPages = status.balloonedPages;
    return status;
}

/// Of a machine that may have what it wants.
MemoryBalance unbounded() {
    MemoryBalance balance(kLimits);
    balance.setCeiling(~std::uint64_t{0});
    return balance;
}

}  // namespace

class MemoryBalanceTest : public QObject {
    Q_OBJECT

    MemoryBalance::Time now_{1'000s};

  private slots:
    void aGuestThatTellsNothingKeepsWhatItHas() {
        MemoryBalance balance = unbounded();
        const auto wish = balance.wish({}, now_);
        QVERIFY(!wish.targetPages);
        QCOMPARE(wish.addBytes, std::uint64_t{0});
        QCOMPARE(balance.assignedBytes({}), 512 * kMebibyte);
    }

    void whatIsNotNeededIsGivenUp() {
        MemoryBalance balance = unbounded();
        // 300 MiB and a fifth are to be kept, and the rest is free.
        const auto wish = balance.wish(guest(300, 400), now_);
        QCOMPARE(wish.targetPages.value_or(0) / kPagesPerMebibyte, std::uint64_t{144});
        QCOMPARE(wish.addBytes, std::uint64_t{0});
        // Not below the minimum.
        const auto idle = balance.wish(guest(50, 500), now_);
        QCOMPARE(idle.targetPages.value_or(0) / kPagesPerMebibyte, std::uint64_t{256});
    }

    void whatTheGuestHasGivenUpIsNoDemand() {
        MemoryBalance balance = unbounded();
        // It counts the balloon as promised.
        const auto status = guest(300 + 144, 256, 144);
        QCOMPARE(balance.demandBytes(status), 300 * kMebibyte);
        QVERIFY(!balance.wish(status, now_).targetPages);
        QCOMPARE(balance.assignedBytes(status), (512 - 144) * kMebibyte);
    }

    void whatMayComeBackCounts() {
        MemoryBalance balance = unbounded();
        auto status = guest(300 + 144, 256, 144);
        status.targetPages = 44 * kPagesPerMebibyte;
        QCOMPARE(balance.assignedBytes(status), (512 - 44) * kMebibyte);
        status.targetPages = 200 * kPagesPerMebibyte;
        QCOMPARE(balance.assignedBytes(status), (512 - 144) * kMebibyte);
    }

    void aCeilingIsKeptToTheLastChunk() {
        MemoryBalance balance = unbounded();
        balance.setCeiling(404 * kMebibyte);
        // Just less than the ceiling is wanted: 336 and a fifth.
        auto status = guest(336, 400);
        QCOMPARE(balance.wish(status, now_).targetPages.value_or(0) / kPagesPerMebibyte,
                 std::uint64_t{108});
        // And that is not given back where the guest uses what it has kept.
        status = guest(336 + 108, 10, 108);
        QVERIFY(!balance.wish(status, now_).targetPages);
        // All that it can, where the ceiling is lower than that.
        balance.setCeiling(256 * kMebibyte);
        status = guest(336 + 108, 20, 108);
        QVERIFY(!balance.wish(status, now_).targetPages);
    }

    void boundsChange() {
        MemoryBalance balance = unbounded();
        balance.setBounds(128 * kMebibyte, 100);
        // 100 MiB and as much again.
        QCOMPARE(balance.wish(guest(100, 600), now_).targetPages.value_or(0) / kPagesPerMebibyte,
                 std::uint64_t{304});
        QCOMPARE(balance.wish(guest(10, 600), now_).targetPages.value_or(0) / kPagesPerMebibyte,
                 std::uint64_t{384});
    }

    void moreThanTheStartComesWhenItIsNeeded() {
        MemoryBalance balance = unbounded();
        // First what it has given up comes back.
        auto wish = balance.wish(guest(600 + 100, 10, 100), now_);
        QCOMPARE(wish.targetPages, std::optional(std::uint64_t{0}));
        QCOMPARE(wish.addBytes, std::uint64_t{0});
        const auto status = guest(600, 10);
        wish = balance.wish(status, now_);
        // 720 MiB: two pieces.
        QCOMPARE(wish.addBytes, 2 * kGrowthUnit);
        balance.adding(status, 2 * kGrowthUnit, now_);
        QCOMPARE(balance.wish(status, now_).addBytes, std::uint64_t{0});
        // It counts as given from now on.
        QCOMPARE(balance.assignedBytes(status), 768 * kMebibyte);
        balance.added(2 * kGrowthUnit, now_ + 1s);
        QCOMPARE(balance.assignedBytes(guest(600, 200)), 768 * kMebibyte);
        QCOMPARE(balance.wish(guest(600, 200), now_ + 2s).addBytes, std::uint64_t{0});
        // All of that can be given up again, but for what a Linux guest keeps free.
        const auto after = balance.wish(guest(100, 700), now_ + 3s);
        QCOMPARE(after.targetPages.value_or(0) / kPagesPerMebibyte, std::uint64_t{496});
    }

    void theMaximumIsTheEnd() {
        MemoryBalance balance = unbounded();
        std::uint64_t all = 0;
        for (int turn = 0; turn < 100; ++turn) {
            const auto status = guest(100'000, 1);
            const auto wish = balance.wish(status, now_);
            if (wish.addBytes == 0)
                break;
            QCOMPARE(wish.addBytes % kGrowthUnit, std::uint64_t{0});
            all += wish.addBytes;
            balance.adding(status, kGrowthUnit, now_);
            balance.added(wish.addBytes, now_);
        }
        QCOMPARE(all, kLimits.mostGrowth);
        // Numbers that no guest has.
        auto status = guest(1, 1);
        status.committedPages = status.availablePages = ~std::uint64_t{0};
        QCOMPARE(balance.wish(status, now_).addBytes, std::uint64_t{0});
    }

    void aGuestThatCannotIsNotAsked() {
        MemoryBalance balance = unbounded();
        auto status = guest(600, 10);
        status.canHotAdd = false;
        QCOMPARE(balance.wish(status, now_).addBytes, std::uint64_t{0});
        // One that has refused is asked later.
        status.canHotAdd = true;
        QVERIFY(balance.wish(status, now_).addBytes != 0);
        balance.adding(status, kGrowthUnit, now_);
        balance.added(0, now_);
        QCOMPARE(balance.wish(status, now_ + 10s).addBytes, std::uint64_t{0});
        QVERIFY(balance.wish(status, now_ + 31s).addBytes != 0);
    }

    void memoryThatNobodyPutsOnlineIsNoDemand() {
        MemoryBalance balance = unbounded();
        auto status = guest(600, 10);
        balance.adding(status, kGrowthUnit, now_);
        // It has waited five seconds for each piece, and counts them as promised.
        balance.added(2 * kGrowthUnit, now_ + 10s);
        QCOMPARE(balance.wish(status, now_ + 10s).addBytes, std::uint64_t{0});
        QVERIFY(!balance.isHeldOffline());
        status = guest(600 + 256, 6);
        QCOMPARE(balance.wish(status, now_ + 11s).addBytes, std::uint64_t{0});
        QVERIFY(balance.isHeldOffline());
        QCOMPARE(balance.demandBytes(status), 600 * kMebibyte);
        QCOMPARE(balance.wish(guest(5'000, 6), now_ + 100s).addBytes, std::uint64_t{0});
        // Somebody has.
        status = guest(800 - 256, 200);
        static_cast<void>(balance.wish(status, now_ + 120s));
        QVERIFY(!balance.isHeldOffline());
        QVERIFY(balance.wish(guest(900, 10), now_ + 121s).addBytes != 0);
    }

    void aSlowGuestThatUsesItsMemoryGetsMore() {
        MemoryBalance balance = unbounded();
        auto status = guest(600, 10);
        balance.adding(status, kGrowthUnit, now_);
        balance.added(kGrowthUnit, now_ + 10s);
        status = guest(640, 90);
        QCOMPARE(balance.wish(status, now_ + 11s).addBytes, std::uint64_t{0});
        QVERIFY(balance.wish(status, now_ + 14s).addBytes != 0);
        QVERIFY(!balance.isHeldOffline());
    }

    void nothingIsTakenBeforeACeilingIsTold() {
        MemoryBalance balance(kLimits);
        QCOMPARE(balance.wish(guest(600, 20), now_).addBytes, std::uint64_t{0});
        balance.setCeiling(700 * kMebibyte);
        QCOMPARE(balance.wish(guest(600, 20), now_).addBytes, 128 * kMebibyte);
    }

    void aCeilingIsKeptTo() {
        MemoryBalance balance = unbounded();
        balance.setCeiling(301 * kMebibyte);
        // It needs 480 MiB; what others wait for is given up to the last 2 MiB.
        const auto wish = balance.wish(guest(400, 450), now_);
        QCOMPARE(wish.targetPages.value_or(0) / kPagesPerMebibyte, std::uint64_t{212});
        // It keeps what it uses, and what Linux wants to have free.
        QCOMPARE(balance.wish(guest(400, 168), now_).targetPages.value_or(0), std::uint64_t{0});
        // Below its minimum it does not go.
        balance.setCeiling(0);
        QCOMPARE(balance.wish(guest(400, 450), now_).targetPages.value_or(0) / kPagesPerMebibyte,
                 std::uint64_t{256});
        // One that has what it needs does not notice.
        balance.setCeiling(400 * kMebibyte);
        QCOMPARE(balance.wish(guest(300, 400), now_).targetPages.value_or(0) / kPagesPerMebibyte,
                 std::uint64_t{144});
    }

    void growthEndsBelowTheCeiling() {
        MemoryBalance balance = unbounded();
        balance.setCeiling(639 * kMebibyte);
        QCOMPARE(balance.wish(guest(2'000, 10), now_).addBytes, std::uint64_t{0});
        balance.setCeiling(900 * kMebibyte);
        const auto status = guest(2'000, 10);
        QCOMPARE(balance.wish(status, now_).addBytes, 3 * kGrowthUnit);
        balance.adding(status, kGrowthUnit, now_);
        balance.added(3 * kGrowthUnit, now_);
        QCOMPARE(balance.wish(status, now_).addBytes, std::uint64_t{0});
        // A ceiling below what it has grown to takes that back again.
        balance.setCeiling(640 * kMebibyte);
        const auto wish = balance.wish(guest(2'000, 700), now_);
        QCOMPARE(wish.addBytes, std::uint64_t{0});
        QCOMPARE(wish.targetPages.value_or(0) / kPagesPerMebibyte, std::uint64_t{256});
        balance.setCeiling(~std::uint64_t{0});
        QVERIFY(balance.wish(status, now_).addBytes != 0);
    }

    void whatCanBeGivenUpIsTold() {
        MemoryBalance balance = unbounded();
        QCOMPARE(balance.leastBytes({}), std::uint64_t{0});
        // Linux keeps 168 of 512 MiB free.
        QCOMPARE(balance.leastBytes(guest(300, 204)), 476 * kMebibyte);
        QCOMPARE(balance.leastBytes(guest(400, 154, 100)), 412 * kMebibyte);
        QCOMPARE(balance.leastBytes(guest(300, 50)), 512 * kMebibyte);
        QCOMPARE(balance.leastBytes(guest(50, 500)), 256 * kMebibyte);
        auto status = guest(300, 204);
        status.canBalloon = false;
        QCOMPARE(balance.leastBytes(status), std::uint64_t{0});
        status = guest(300, 0);
        status.availablePages = status.balloonedPages = ~std::uint64_t{0} >> 1;
        QCOMPARE(balance.leastBytes(status), 256 * kMebibyte);
    }

    void aMachineThatBeginsAnewHasTheMemoryOfItsStart() {
        MemoryBalance balance = unbounded();
        balance.adding(guest(600, 10), kGrowthUnit, now_);
        balance.added(kGrowthUnit, now_);
        balance.reset();
        QCOMPARE(balance.addedBytes(), std::uint64_t{0});
        QCOMPARE(balance.assignedBytes({}), 512 * kMebibyte);
    }
};

QTEST_GUILESS_MAIN(MemoryBalanceTest)
#include "memory_balance_test.moc"
