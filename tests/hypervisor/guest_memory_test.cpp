// SPDX-License-Identifier: GPL-3.0-or-later
#include "hypervisor/guest_memory.h"

#include <QTest>
#include <memory>
#include <vector>

using namespace hypervisor;

namespace {

constexpr std::uint64_t kMegabyte = 1 << 20;
constexpr Gpa kPlace = 0xF800'0000;

/// Memory of a device that tells whether anybody has it yet.
struct Adapter {
    explicit Adapter(std::uint64_t size)
        : bytes(std::make_shared<std::vector<std::byte>>(size)), memory{*bytes, bytes} {}
    std::shared_ptr<std::vector<std::byte>> bytes;
    DeviceMemory memory;
};

}  // namespace

class GuestMemoryTest : public QObject {
    Q_OBJECT

  private slots:
    void ramHasAHole() {
        const auto memory = GuestMemory::create(kLowRamEnd + kMegabyte);
        QVERIFY(memory);
        const GuestMemory& ram = **memory;
        QVERIFY(ram.at(kLowRamEnd - 1, 1) != nullptr);
        QVERIFY(ram.at(kLowRamEnd - 1, 2) == nullptr);
        QVERIFY(ram.at(kLowRamEnd, 1) == nullptr);
        QCOMPARE(ram.at(kHighRamStart, kMegabyte), ram.base() + kLowRamEnd);
        QVERIFY(ram.at(kHighRamStart, kMegabyte + 1) == nullptr);
        QVERIFY(ram.at(kHighRamStart + kMegabyte, 1) == nullptr);
        QVERIFY(ram.at(~Gpa{0}, 1) == nullptr);
        QVERIFY(ram.at(0, ~std::uint64_t{0}) == nullptr);
    }

    void sizesThatCannotBeAreRefused() {
        for (const std::uint64_t size :
             {std::uint64_t{0}, kMegabyte - kPageSize, kMegabyte + 1, ~std::uint64_t{0}})
            QVERIFY(!GuestMemory::create(size));
    }

    void deviceMemoryIsWhereItWasPlaced() {
        const auto memory = GuestMemory::create(2 * kMegabyte);
        QVERIFY(memory);
        GuestMemory& ram = **memory;
        Adapter adapter(kMegabyte);
        QVERIFY(!ram.deviceMemory());
        QVERIFY(ram.placeDeviceMemory(kPlace, adapter.memory));
        QCOMPARE(ram.at(kPlace, kMegabyte), adapter.bytes->data());
        QVERIFY(ram.at(kPlace, kMegabyte + 1) == nullptr);
        QVERIFY(ram.at(kPlace - 1, 1) == nullptr);
        QVERIFY(ram.write(kPlace + 8, std::uint32_t{0x1234'5678}));
        QCOMPARE(ram.read<std::uint32_t>(kPlace + 8), std::optional<std::uint32_t>(0x1234'5678));
        // The regions are those of RAM.
        QCOMPARE(ram.regions().size(), std::size_t{1});

        ram.removeDeviceMemory();
        QVERIFY(ram.at(kPlace, 1) == nullptr);
        QVERIFY(ram.placeDeviceMemory(kPlace + kMegabyte, adapter.memory));
        QVERIFY(ram.at(kPlace, 1) == nullptr);
        QCOMPARE(ram.at(kPlace + kMegabyte, 1), adapter.bytes->data());
    }

    void whatIsLeftOutIsNoRam() {
        const auto memory = GuestMemory::create(2 * kMegabyte);
        QVERIFY(memory);
        GuestMemory& ram = **memory;
        QVERIFY(ram.at(0xA'0000, 0x2'0000) != nullptr);
        ram.leaveOut(0xA'0000, 0x2'0000);
        QVERIFY(ram.at(0x9'FFFF, 1) != nullptr);
        QVERIFY(ram.at(0x9'FFFF, 2) == nullptr);
        QVERIFY(ram.at(0xA'0000, 1) == nullptr);
        QVERIFY(ram.at(0xB'FFFF, 1) == nullptr);
        QVERIFY(ram.at(0xB'FFFF, 2) == nullptr);
        QCOMPARE(ram.at(0xC'0000, 1), ram.base() + 0xC'0000);
        QVERIFY(ram.at(0, 2 * kMegabyte) == nullptr);
        QVERIFY(ram.at(0xC'0000, ~std::uint64_t{0}) == nullptr);
        QCOMPARE(ram.size(), std::uint64_t{2 * kMegabyte});
        QCOMPARE(ram.regions().size(), std::size_t{2});
        QCOMPARE(ram.regions()[0].size, std::uint64_t{0xA'0000});
        QCOMPARE(ram.regions()[1].start, std::uint64_t{0xC'0000});
        QCOMPARE(ram.regions()[1].size, 2 * kMegabyte - 0xC'0000);
        QCOMPARE(ram.regions()[1].host, ram.base() + 0xC'0000);
    }

    void whatHoldsItKeepsIt() {
        auto memory = GuestMemory::create(kMegabyte);
        QVERIFY(memory);
        std::weak_ptr<std::vector<std::byte>> watched;
        {
            Adapter adapter(kMegabyte);
            watched = adapter.bytes;
            QVERIFY((*memory)->placeDeviceMemory(kPlace, adapter.memory));
        }
        (*memory)->removeDeviceMemory();
        // Somebody may still use what at() has returned.
        QVERIFY(!watched.expired());
        memory->reset();
        QVERIFY(watched.expired());
    }

    void placesThatCannotBeAreRefused() {
        const auto memory = GuestMemory::create(kLowRamEnd + kMegabyte);
        QVERIFY(memory);
        GuestMemory& ram = **memory;
        Adapter adapter(kMegabyte);
        for (const Gpa place : {Gpa{0}, kLowRamEnd - kPageSize, kHighRamStart - kPageSize,
                                kHighRamStart, kPlace + 1, ~Gpa{0} - kPageSize + 1})
            QVERIFY2(!ram.placeDeviceMemory(place, adapter.memory),
                     qPrintable(QString::number(place, 16)));
        for (const std::uint64_t size :
             {std::uint64_t{0}, std::uint64_t{100}, kMostDeviceMemory + kPageSize}) {
            Adapter wrong(size);
            QVERIFY(!ram.placeDeviceMemory(kPlace, wrong.memory));
        }
        QVERIFY(ram.placeDeviceMemory(kPlace, adapter.memory));
        // It is there already; and another one there never is.
        QVERIFY(!ram.placeDeviceMemory(kPlace + kMegabyte, adapter.memory));
        ram.removeDeviceMemory();
        Adapter other(kMegabyte);
        QVERIFY(!ram.placeDeviceMemory(kPlace, other.memory));
    }

    void everyPageHasANumber() {
        const auto memory = GuestMemory::create(kLowRamEnd + kMegabyte);
        QVERIFY(memory);
        GuestMemory& ram = **memory;
        Adapter adapter(kMegabyte);
        QVERIFY(ram.placeDeviceMemory(kPlace, adapter.memory));
        constexpr std::uint64_t kLowPages = kLowRamEnd / kPageSize;
        constexpr std::uint64_t kMegabytePages = kMegabyte / kPageSize;
        using Number = std::optional<std::uint64_t>;
        QCOMPARE(ram.pageNumber(0x1FFF), Number(1));
        QVERIFY(!ram.pageNumber(kLowRamEnd));
        QCOMPARE(ram.pageNumber(kHighRamStart), Number(kLowPages));
        QCOMPARE(ram.pageNumber(kPlace), Number(kLowPages + kMegabytePages));
        QCOMPARE(ram.pageNumber(kPlace + kMegabyte - 1),
                 Number(kLowPages + 2 * kMegabytePages - 1));
        QVERIFY(ram.pageNumbers() > kLowPages + 2 * kMegabytePages - 1);
    }
};

QTEST_APPLESS_MAIN(GuestMemoryTest)
#include "guest_memory_test.moc"
