// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/firmware/multiprocessor_table.h"

#include <QTest>
#include <cstring>
#include <map>
#include <optional>
#include <vector>

#include "devices/firmware/memory_map.h"

using namespace devices;
using hypervisor::Gpa;
using hypervisor::GuestMemory;

namespace {

using Bytes = std::vector<std::uint8_t>;

int sum(const Bytes& bytes) {
    int total = 0;
    for (const std::uint8_t byte : bytes)
        total += byte;
    return total & 0xFF;
}

Bytes readBytes(const GuestMemory& memory, Gpa from, std::size_t count) {
    Bytes bytes(count);
    if (!memory.read(from, std::as_writable_bytes(std::span(bytes))))
        qFatal("no memory");
    return bytes;
}

/// As a system finds the table: by a signature on 16 bytes in the firmware's area.
std::optional<Bytes> findTable(const GuestMemory& memory) {
    for (Gpa at = kFirmwareAreaStart; at < kExtendedMemoryStart; at += 16) {
        const Bytes pointer = readBytes(memory, at, 16);
        if (std::memcmp(pointer.data(), "_MP_", 4) != 0 || sum(pointer) != 0)
            continue;
        std::uint32_t table = 0;
        std::memcpy(&table, &pointer[4], sizeof table);
        std::uint16_t length = 0;
        const Bytes header = readBytes(memory, table, 44);
        std::memcpy(&length, &header[4], sizeof length);
        return readBytes(memory, table, length);
    }
    return std::nullopt;
}

/// The table's entries by their types.
std::multimap<int, Bytes> entriesOf(const Bytes& table) {
    std::multimap<int, Bytes> entries;
    for (std::size_t at = 44; at < table.size();) {
        const std::size_t size = table[at] == 0 ? 20 : 8;
        if (size > table.size() - at)
            qFatal("an entry is cut off");
        const auto first = table.begin() + static_cast<std::ptrdiff_t>(at);
        entries.emplace(table[at], Bytes(first, first + static_cast<std::ptrdiff_t>(size)));
        at += size;
    }
    return entries;
}

/// The pin and the flags of a bus's interrupt at the IOAPIC.
std::optional<std::pair<int, int>> pinOf(const std::multimap<int, Bytes>& entries, int bus,
                                         int source) {
    const auto [first, last] = entries.equal_range(3);
    for (auto each = first; each != last; ++each)
        if (each->second[4] == bus && each->second[5] == source)
            return std::pair(int{each->second[7]}, each->second[2] | each->second[3] << 8);
    return std::nullopt;
}

}  // namespace

class MultiprocessorTableTest : public QObject {
    Q_OBJECT

  private slots:
    void itIsFoundAndItsSumIsRight_data() {
        QTest::addColumn<unsigned>("processors");
        for (const unsigned count : {1U, 2U, 64U})
            QTest::addRow("%u", count) << count;
    }

    void itIsFoundAndItsSumIsRight() {
        QFETCH(unsigned, processors);
        const auto memory = GuestMemory::create(64 << 20).value();
        QVERIFY(writeMultiprocessorTable(*memory, processors));
        const auto table = findTable(*memory);
        QVERIFY(table);
        QCOMPARE(std::memcmp(table->data(), "PCMP", 4), 0);
        QCOMPARE(sum(*table), 0);
        const auto entries = entriesOf(*table);
        QCOMPARE(std::size_t((*table)[34] | (*table)[35] << 8), entries.size());
        QCOMPARE(entries.count(0), std::size_t{processors});
        int number = 0;
        const auto [first, last] = entries.equal_range(0);
        for (auto each = first; each != last; ++each, ++number) {
            QCOMPARE(int{each->second[1]}, number);
            QCOMPARE(int{each->second[3]}, number == 0 ? 3 : 1);
        }
        QCOMPARE(entries.count(1), 2U);
        QCOMPARE(entries.count(2), 1U);
    }

    void interruptsAreWhereAcpiHasThem() {
        const auto memory = GuestMemory::create(64 << 20).value();
        QVERIFY(writeMultiprocessorTable(*memory, 1));
        const auto entries = entriesOf(findTable(*memory).value());
        constexpr int kPci = 0;
        constexpr int kIsa = 1;
        constexpr int kActiveLowLevel = 0xF;
        QCOMPARE(pinOf(entries, kIsa, 0), std::optional(std::pair(2, 0)));
        QCOMPARE(pinOf(entries, kIsa, 1), std::optional(std::pair(1, 0)));
        QCOMPARE(pinOf(entries, kIsa, 2), std::nullopt);
        QCOMPARE(pinOf(entries, kIsa, 9), std::optional(std::pair(9, kActiveLowLevel)));
        QCOMPARE(pinOf(entries, kIsa, 10), std::nullopt);
        QCOMPARE(pinOf(entries, kIsa, 14), std::optional(std::pair(14, 0)));
        // INTA# of the legacy network adapter's slot, and of the one before.
        QCOMPARE(pinOf(entries, kPci, 10 << 2), std::optional(std::pair(10, kActiveLowLevel)));
        QCOMPARE(pinOf(entries, kPci, 9 << 2), std::optional(std::pair(10, kActiveLowLevel)));
        QCOMPARE(pinOf(entries, kPci, 9 << 2 | 2), std::optional(std::pair(11, kActiveLowLevel)));
        // The 8259s' interrupts at LINT0, NMIs at LINT1.
        std::map<int, int> local;
        const auto [first, last] = entries.equal_range(4);
        for (auto each = first; each != last; ++each)
            local[each->second[7]] = each->second[1];
        QCOMPARE(local, (std::map<int, int>{{0, 3}, {1, 1}}));
    }
};

QTEST_GUILESS_MAIN(MultiprocessorTableTest)
#include "multiprocessor_table_test.moc"
