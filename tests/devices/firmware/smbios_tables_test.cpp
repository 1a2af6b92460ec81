// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/firmware/smbios_tables.h"

#include <QTest>
#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "devices/firmware/memory_map.h"

using namespace devices;
using hypervisor::GuestMemory;

namespace {

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
constexpr MachineIdentity kIdentity{0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE,
                                    1,    2,    3,    4,    5,    6,    7,    8};

std::unique_ptr<GuestMemory> memory(std::uint64_t size = 64 << 20) {
    return std::move(GuestMemory::create(size).value());
}

QByteArray bytes(const std::vector<std::byte>& from) {
    return {reinterpret_cast<const char*>(from.data()), static_cast<qsizetype>(from.size())};
}

std::uint8_t sum(const QByteArray& bytes) {
    unsigned total = 0;
    for (const char byte : bytes)
        total += static_cast<std::uint8_t>(byte);
    return static_cast<std::uint8_t>(total);
}

template <class T>
T at(const QByteArray& bytes, qsizetype offset) {
    T value{};
    if (offset + static_cast<qsizetype>(sizeof value) <= bytes.size())
        std::memcpy(&value, bytes.constData() + offset, sizeof value);
    return value;
}

struct Structure {
    std::uint8_t type = 0;
    std::uint16_t handle = 0;
    QByteArray fields;
    QList<QByteArray> strings;

    [[nodiscard]] QByteArray text(qsizetype offset) const {
        const auto number = at<std::uint8_t>(fields, offset);
        return number == 0 ? QByteArray() : strings.value(number - 1);
    }
};

/// As an operating system goes through them; nothing where they end too early or too late.
std::optional<std::vector<Structure>> parse(const QByteArray& table) {
    std::vector<Structure> found;
    for (qsizetype next = 0; next < table.size();) {
        const auto length = at<std::uint8_t>(table, next + 1);
        const qsizetype end = table.indexOf(QByteArray(2, '\0'), next + length);
        if (length < 4 || end < 0)
            return std::nullopt;
        Structure structure{at<std::uint8_t>(table, next),
                            at<std::uint16_t>(table, next + 2),
                            table.mid(next, length),
                            {}};
        if (end > next + length)
            structure.strings = table.mid(next + length, end - next - length).split('\0');
        found.push_back(std::move(structure));
        next = end + 2;
    }
    return found;
}

std::vector<Structure> made(const GuestMemory& memory, hypervisor::VpIndex processors = 1) {
    const auto tables =
        makeSmbiosTables(memory, processors, kIdentity, FirmwareDescription::DirectBoot);
    return parse(bytes(tables.structures)).value_or(std::vector<Structure>{});
}

const Structure& theOne(const std::vector<Structure>& structures, std::uint8_t type) {
    static const Structure kNone;
    for (const Structure& one : structures)
        if (one.type == type)
            return one;
    return kNone;
}

}  // namespace

class SmbiosTablesTest : public QObject {
    Q_OBJECT

  private slots:
    void theMachineSaysWhatItIs() {
        const auto ram = memory();
        const auto structures = made(*ram, 6);
        const Structure& system = theOne(structures, 1);
        QCOMPARE(system.text(4), QByteArray("Vireo"));
        QCOMPARE(system.text(5), QByteArray("Virtual Machine"));
        QCOMPARE(system.fields.mid(8, 16),
                 QByteArray(reinterpret_cast<const char*>(kIdentity.data()), 16));
        QCOMPARE(theOne(structures, 3).text(4), QByteArray("Vireo"));
        QCOMPARE(at<std::uint8_t>(theOne(structures, 4).fields, 0x23), 6U);
        QCOMPARE(theOne(structures, 0).text(4), QByteArray("Vireo"));
        QCOMPARE(theOne(structures, 0).text(8), QByteArray("01/01/2026"));
    }

    void allRequiredStructuresAreThereOnceAndTheEndIsLast() {
        const auto ram = memory();
        const auto structures = made(*ram);
        std::set<unsigned> handles;
        for (const Structure& one : structures)
            QVERIFY(handles.insert(one.handle).second);
        for (const int type : {0, 1, 3, 4, 16, 17, 19, 32, 127})
            QCOMPARE(std::ranges::count(structures, type, &Structure::type), 1);
        QCOMPARE(structures.back().type, std::uint8_t{127});
        QCOMPARE(at<std::uint16_t>(theOne(structures, 17).fields, 4),
                 theOne(structures, 16).handle);
    }

    void memoryIsDescribed() {
        const auto ram = memory();
        const auto structures = made(*ram);
        QCOMPARE(at<std::uint32_t>(theOne(structures, 16).fields, 7), 64U << 10);
        QCOMPARE(at<std::uint16_t>(theOne(structures, 17).fields, 0xC), std::uint16_t{64});
        QCOMPARE(at<std::uint32_t>(theOne(structures, 19).fields, 4), 0U);
        QCOMPARE(at<std::uint32_t>(theOne(structures, 19).fields, 8), (64U << 10) - 1);
    }

    void muchMemoryIsDescribedToo() {
        // Beyond what the older, narrower fields hold.
        const auto created = GuestMemory::create(5 * 1024 * kGiB);
        if (!created)
            QSKIP("this host has no room for so much");
        const auto& ram = *created;
        const auto structures = made(*ram);
        const Structure& array = theOne(structures, 16);
        QCOMPARE(at<std::uint32_t>(array.fields, 7), 0x8000'0000U);
        QCOMPARE(at<std::uint64_t>(array.fields, 0xF), 5 * 1024 * kGiB);
        const Structure& device = theOne(structures, 17);
        QCOMPARE(at<std::uint16_t>(device.fields, 0xC), std::uint16_t{0x7FFF});
        QCOMPARE(at<std::uint32_t>(device.fields, 0x1C), 5U << 20);
        std::uint64_t mapped = 0;
        for (const Structure& one : structures)
            if (one.type == 19) {
                const bool isWide = at<std::uint32_t>(one.fields, 4) == 0xFFFF'FFFF;
                const std::uint64_t start = isWide ? at<std::uint64_t>(one.fields, 0xF)
                                                   : at<std::uint32_t>(one.fields, 4) * 1024ULL;
                const std::uint64_t end = isWide ? at<std::uint64_t>(one.fields, 0x17) + 1
                                                 : (at<std::uint32_t>(one.fields, 8) + 1) * 1024ULL;
                mapped += end - start;
            }
        QCOMPARE(mapped, 5 * 1024 * kGiB);
    }

    void systemsFindThemInTheFirmwareArea() {
        const auto ram = memory();
        QVERIFY(writeSmbiosTables(*ram, 64, kIdentity));
        QByteArray area(0x1'0000, '\0');
        QVERIFY(ram->read(
            kFirmwareAreaStart,
            std::as_writable_bytes(std::span(area.data(), static_cast<std::size_t>(area.size())))));
        qsizetype found = 0;
        while (found < area.size() && area.mid(found, 4) != "_SM_")
            found += 16;
        const QByteArray anchor = area.mid(found, 31);
        QCOMPARE(anchor.mid(16, 5), QByteArray("_DMI_"));
        QCOMPARE(sum(anchor), std::uint8_t{0});
        QCOMPARE(sum(anchor.mid(16)), std::uint8_t{0});
        const auto start = at<std::uint32_t>(anchor, 24);
        const auto length = at<std::uint16_t>(anchor, 22);
        QVERIFY(start >= kSmbiosStart && start + length <= kExtendedMemoryStart);
        const auto structures = parse(area.mid(start - kFirmwareAreaStart, length));
        QVERIFY(structures);
        QCOMPARE(structures->size(), std::size_t{at<std::uint16_t>(anchor, 28)});
        std::size_t largest = 0;
        for (const Structure& one : *structures) {
            qsizetype size = one.fields.size() + (one.strings.isEmpty() ? 2 : 1);
            for (const QByteArray& text : one.strings)
                size += text.size() + 1;
            largest = std::max(largest, static_cast<std::size_t>(size));
        }
        QCOMPARE(std::size_t{at<std::uint16_t>(anchor, 8)}, largest);
    }

    void firmwareAddsWhatItIsItself() {
        const auto ram = memory();
        const auto tables = makeSmbiosTables(*ram, 1, {}, FirmwareDescription::None);
        QCOMPARE(tables.anchor.size(), std::size_t{31});
        QCOMPARE(at<std::uint16_t>(bytes(tables.anchor), 22), tables.structures.size());
        const auto structures = parse(bytes(tables.structures));
        QVERIFY(structures);
        QVERIFY(
            !std::ranges::any_of(*structures, [](const Structure& one) { return one.type == 0; }));
    }
};

QTEST_APPLESS_MAIN(SmbiosTablesTest)
#include "smbios_tables_test.moc"
