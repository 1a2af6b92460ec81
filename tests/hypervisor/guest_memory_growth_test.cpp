// SPDX-License-Identifier: GPL-3.0-or-later
#include "hypervisor/guest_memory.h"

#include <QTest>
#include <atomic>
#include <thread>

using namespace hypervisor;

namespace {

constexpr std::uint64_t kMebibyte = 1 << 20;

/// Notes the last write.
class Observer final : public WriteObserver {
  public:
    void written(Gpa gpa, std::uint64_t length) override {
        start = gpa;
        bytes = length;
    }
    Gpa start = 0;
    std::uint64_t bytes = 0;
};

}  // namespace

class GuestMemoryGrowthTest : public QObject {
    Q_OBJECT

  private slots:
    void sizesThatCannotBeAreRefused() {
        QVERIFY(!GuestMemory::create(kMebibyte - kPageSize));
        QVERIFY(!GuestMemory::create(kMebibyte + 1));
        QVERIFY(!GuestMemory::create(kMebibyte, ~std::uint64_t{0}));
        QVERIFY(!GuestMemory::create(~std::uint64_t{0} - kPageSize + 1, kPageSize));
    }

    void whatIsNotRamHasNoAddress() {
        const auto memory = GuestMemory::create(2 * kMebibyte).value();
        QVERIFY(memory->at(0, 2 * kMebibyte));
        QVERIFY(!memory->at(0, 2 * kMebibyte + 1));
        QVERIFY(!memory->at(2 * kMebibyte, 1));
        QVERIFY(!memory->at(kHighRamStart, 1));
        QVERIFY(!memory->nextGrowth(kGrowthUnit));
        QVERIFY(!memory->at(~Gpa{0}, 1));
    }

    void growthBeginsAtFourGibibytes() {
        const auto memory = GuestMemory::create(2 * kMebibyte, 3 * kGrowthUnit + 5).value();
        QCOMPARE(memory->mostGrowth(), 3 * kGrowthUnit);
        QCOMPARE(memory->growthStart(), kHighRamStart);
        QVERIFY(!memory->at(kHighRamStart, 1));
        QVERIFY(!memory->nextGrowth(kGrowthUnit / 2));
        QVERIFY(!memory->nextGrowth(4 * kGrowthUnit));
        const auto first = memory->nextGrowth(kGrowthUnit);
        QVERIFY(first);
        QCOMPARE(first->start, kHighRamStart);
        memory->grow(kGrowthUnit);
        QCOMPARE(memory->growth(), kGrowthUnit);
        QCOMPARE(memory->at(kHighRamStart, kGrowthUnit), first->host);
        QVERIFY(!memory->at(kHighRamStart, kGrowthUnit + 1));
        QVERIFY(memory->write(kHighRamStart + 4096, std::uint64_t{0x1234}));
        memory->grow(2 * kGrowthUnit);
        // In one piece with what was there.
        QVERIFY(memory->at(kHighRamStart, 3 * kGrowthUnit));
        QVERIFY(!memory->nextGrowth(kGrowthUnit));
        QCOMPARE(memory->read<std::uint64_t>(kHighRamStart + 4096),
                 std::optional<std::uint64_t>(0x1234));
        // The layout of the start tells nothing of it.
        QCOMPARE(memory->regions().size(), std::size_t{1});
        QCOMPARE(memory->size(), 2 * kMebibyte);
    }

    void betweenTheStartAndWhatComesLaterMayBeAGap() {
        const std::uint64_t high = 200 * kMebibyte;
        const auto memory = GuestMemory::create(kLowRamEnd + high, kGrowthUnit).value();
        QCOMPARE(memory->growthStart(), kHighRamStart + 256 * kMebibyte);
        memory->grow(kGrowthUnit);
        QVERIFY(memory->at(kHighRamStart, high));
        QVERIFY(!memory->at(kHighRamStart, high + 1));
        QVERIFY(!memory->at(kHighRamStart + high, 1));
        QVERIFY(!memory->at(memory->growthStart() - 1, 1));
        QVERIFY(memory->at(memory->growthStart(), kGrowthUnit));
        QVERIFY(!memory->at(memory->growthStart() + kGrowthUnit, 1));
    }

    void theHighRamOfTheStartGoesOnWhereItIsAligned() {
        const auto memory = GuestMemory::create(kLowRamEnd + kGrowthUnit, kGrowthUnit).value();
        QVERIFY(!memory->at(kHighRamStart, kGrowthUnit + 1));
        memory->grow(kGrowthUnit);
        QVERIFY(memory->at(kHighRamStart, 2 * kGrowthUnit));
        QVERIFY(memory->at(kHighRamStart + kGrowthUnit - 4, 8));
    }

    void whatWasShrunkIsGoneWithItsContent() {
        const auto memory = GuestMemory::create(2 * kMebibyte, kGrowthUnit).value();
        Observer observer;
        memory->observe(&observer);
        memory->grow(kGrowthUnit);
        QVERIFY(memory->write(kHighRamStart, std::uint64_t{7}));
        memory->shrink();
        QCOMPARE(observer.start, kHighRamStart);
        QCOMPARE(observer.bytes, kGrowthUnit);
        QVERIFY(!memory->at(kHighRamStart, 1));
        memory->grow(kGrowthUnit);
        QCOMPARE(memory->read<std::uint64_t>(kHighRamStart), std::optional<std::uint64_t>(0));
        memory->observe(nullptr);
    }

    void addressesAreLookedUpWhileItGrows() {
        const auto memory = GuestMemory::create(2 * kMebibyte, 64 * kGrowthUnit).value();
        std::atomic<std::uint64_t> announced = 0;
        std::thread reader([&] {
            for (std::uint64_t end = 0; end < 64 * kGrowthUnit; end = announced) {
                if (end != 0 && !memory->at(kHighRamStart, end))
                    qFatal("what was announced is not there");
                if (memory->at(kHighRamStart, 65 * kGrowthUnit))
                    qFatal("more is there than may be");
            }
        });
        for (int piece = 0; piece < 64; ++piece) {
            memory->grow(kGrowthUnit);
            announced = memory->growth();
        }
        reader.join();
    }
};

QTEST_GUILESS_MAIN(GuestMemoryGrowthTest)
#include "guest_memory_growth_test.moc"
