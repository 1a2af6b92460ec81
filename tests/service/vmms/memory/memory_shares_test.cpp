// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/vmms/memory/memory_shares.h"

#include <QTest>
#include <chrono>
#include <numeric>
#include <random>

using namespace service;

namespace {

constexpr std::uint64_t kMebibyte = 1 << 20;
using Sizes = std::vector<std::uint64_t>;

/// In MiB: what is least is the minimum.
struct Machine {
    std::uint64_t minimum;
    std::uint64_t wanted;
    std::uint64_t most;
    std::uint32_t weight;
};

std::vector<MemoryClaim> claimsOf(const std::vector<Machine>& machines) {
    std::vector<MemoryClaim> claims;
    for (const Machine& machine : machines)
        claims.push_back({machine.minimum * kMebibyte, machine.minimum * kMebibyte,
                          machine.wanted * kMebibyte, machine.most * kMebibyte, machine.weight});
    return claims;
}

Sizes inMebibytes(Sizes shares) {
    for (std::uint64_t& share : shares)
        share /= kMebibyte;
    return shares;
}

std::vector<MemoryClaim> randomClaims(std::mt19937& random, std::size_t count) {
    std::vector<MemoryClaim> claims;
    const auto upTo = [&random](std::uint64_t most) {
        return std::uniform_int_distribution<std::uint64_t>(0, most)(random);
    };
    for (std::size_t at = 0; at < count; ++at) {
        MemoryClaim claim;
        claim.minimum = (32 + upTo(2'000)) * kMebibyte;
        claim.least = claim.minimum + upTo(1) * upTo(500) * kMebibyte;
        claim.wanted = claim.least + upTo(4'000) * kMebibyte;
        claim.most = claim.wanted + upTo(8'000) * kMebibyte;
        claim.weight = static_cast<std::uint32_t>(upTo(10'000));
        claims.push_back(claim);
    }
    return claims;
}

std::uint64_t sumOf(const Sizes& shares) {
    return std::accumulate(shares.begin(), shares.end(), std::uint64_t{0});
}

}  // namespace

Q_DECLARE_METATYPE(std::vector<Machine>)
Q_DECLARE_METATYPE(Sizes)

class MemorySharesTest : public QObject {
    Q_OBJECT

  private slots:
    void memoryIsDistributed_data() {
        QTest::addColumn<std::vector<Machine>>("machines");
        QTest::addColumn<std::uint64_t>("available");
        QTest::addColumn<Sizes>("expected");
        const auto row = [](const char* name, const std::vector<Machine>& machines,
                            std::uint64_t available, const Sizes& expected) {
            QTest::newRow(name) << machines << available << expected;
        };
        row("no machine", {}, 1'000, {});
        row("one alone has all up to its maximum", {{100, 300, 2'000, 5'000}}, 1'500, {1'500});
        row("and no more", {{100, 300, 1'000, 5'000}}, 1'500, {1'000});
        row("equal weights", {{100, 800, 900, 5'000}, {100, 800, 900, 5'000}}, 1'000, {500, 500});
        row("one to three beyond the minimum", {{100, 800, 900, 2'500}, {100, 800, 900, 7'500}},
            1'000, {300, 700});
        row("what one does not want is the other's",
            {{100, 200, 900, 9'000}, {100, 900, 900, 1'000}}, 1'000, {200, 800});
        row("minimum first, whatever the weight", {{400, 800, 900, 1}, {100, 800, 900, 10'000}},
            600, {400, 199});
        row("weight 0 comes last", {{100, 500, 900, 0}, {100, 500, 900, 1}}, 600, {100, 500});
        row("and gets what is left", {{100, 500, 900, 0}, {100, 300, 900, 1}}, 600, {300, 300});
        row("all of weight 0 are equal", {{100, 500, 900, 0}, {100, 500, 900, 0}}, 600, {300, 300});
        row("minimum beyond the host", {{400, 800, 900, 1}, {500, 800, 900, 1}}, 600, {400, 500});
        row("nothing at all", {{400, 800, 900, 1}}, 0, {400});
        row("room to spare goes by weight too", {{100, 200, 900, 1'000}, {100, 200, 900, 3'000}},
            800, {300, 500});
    }
    void memoryIsDistributed() {
        QFETCH(std::vector<Machine>, machines);
        QFETCH(std::uint64_t, available);
        QFETCH(Sizes, expected);
        QCOMPARE(inMebibytes(memoryShares(claimsOf(machines), available * kMebibyte)), expected);
    }

    void whatIsLeastStays() {
        // One that can't come down so fast leaves less to the other.
        const std::vector<MemoryClaim> claims{
            {100 * kMebibyte, 600 * kMebibyte, 800 * kMebibyte, 900 * kMebibyte, 5'000},
            {100 * kMebibyte, 100 * kMebibyte, 800 * kMebibyte, 900 * kMebibyte, 5'000}};
        QCOMPARE(inMebibytes(memoryShares(claims, 1'000 * kMebibyte)), (Sizes{600, 400}));
    }

    void theSumIsWhatThereIs() {
        std::mt19937 random(1);
        for (int turn = 0; turn < 200; ++turn) {
            const auto claims = randomClaims(random, 1 + random() % 40);
            std::uint64_t least = 0;
            std::uint64_t most = 0;
            for (const MemoryClaim& claim : claims) {
                least += claim.least;
                most += claim.most;
            }
            const std::uint64_t available = random() % (most / kMebibyte + 100) * kMebibyte;
            const auto shares = memoryShares(claims, available);
            QCOMPARE(shares.size(), claims.size());
            for (std::size_t at = 0; at < claims.size(); ++at)
                QVERIFY(shares[at] >= claims[at].least && shares[at] <= claims[at].most);
            QVERIFY(sumOf(shares) <= std::max(available, least));
            QVERIFY(sumOf(shares) + claims.size() * kMebibyte >=
                    std::min(std::max(available, least), most));
        }
    }

    void moreWeightIsNeverLess() {
        std::mt19937 random(2);
        for (int turn = 0; turn < 100; ++turn) {
            auto claims = randomClaims(random, 10);
            const std::uint64_t available = (5'000 + random() % 40'000) * kMebibyte;
            std::uint64_t before = 0;
            for (const std::uint32_t weight : {0U, 1U, 10U, 500U, 5'000U, 10'000U}) {
                claims[0].weight = weight;
                const std::uint64_t share = memoryShares(claims, available)[0];
                QVERIFY(share >= before);
                before = share;
            }
        }
    }

    void moreMemoryIsNeverLess() {
        std::mt19937 random(3);
        const auto claims = randomClaims(random, 10);
        Sizes before(claims.size());
        for (std::uint64_t available = 0; available < 100'000; available += 997) {
            const auto shares = memoryShares(claims, available * kMebibyte);
            for (std::size_t at = 0; at < claims.size(); ++at)
                QVERIFY(shares[at] >= before[at]);
            before = shares;
        }
    }

    void extremesDoNotWrap() {
        const std::uint64_t huge = std::uint64_t{1} << 50;
        const std::vector<MemoryClaim> claims{{0, 0, huge, huge, 10'000}, {0, 0, huge, huge, 1}};
        const auto shares = memoryShares(claims, ~std::uint64_t{0});
        QCOMPARE(shares, (Sizes{huge, huge}));
        QCOMPARE(memoryShares(claims, 0), (Sizes{0, 0}));
    }

    void tenThousandMachinesTakeMilliseconds() {
        std::mt19937 random(4);
        const auto claims = randomClaims(random, 10'000);
        auto fastest = std::chrono::nanoseconds::max();
        for (int turn = 0; turn < 5; ++turn) {
            const auto begin = std::chrono::steady_clock::now();
            const auto shares = memoryShares(claims, 30'000'000 * kMebibyte);
            fastest = std::min<std::chrono::nanoseconds>(fastest,
                                                         std::chrono::steady_clock::now() - begin);
            QCOMPARE(shares.size(), claims.size());
        }
        QVERIFY(fastest < std::chrono::milliseconds(100));
    }
};

QTEST_GUILESS_MAIN(MemorySharesTest)
#include "memory_shares_test.moc"
