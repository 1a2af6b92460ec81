// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/firmware/bios.h"

#include <sys/mman.h>
#include <unistd.h>

#include <QTest>
#include <algorithm>
#include <cstring>

using namespace devices;
using hypervisor::FileDescriptor;
using hypervisor::GuestMemory;
using hypervisor::SegmentName;

namespace {

ImageFile image(const QByteArray& content) {
    FileDescriptor file(::memfd_create("image", MFD_CLOEXEC));
    if (::write(file.get(), content.constData(), static_cast<std::size_t>(content.size())) !=
        content.size())
        qFatal("no image");
    auto made = ImageFile::create(std::move(file), "image");
    if (!made)
        qFatal("%s", made.error().message.c_str());
    return std::move(*made);
}

/// 128 KiB that differ from place to place.
QByteArray system() {
    QByteArray content(128 * 1024, '\0');
    for (qsizetype at = 0; at < content.size(); ++at)
        content[at] = static_cast<char>(at * 7 + at / 256);
    return content;
}

Bios make(const std::optional<ImageFile>& video = std::nullopt, BiosSettings settings = {}) {
    auto bios = Bios::create(image(system()), video, std::move(settings));
    if (!bios)
        qFatal("%s", bios.error().message.c_str());
    return std::move(*bios);
}

std::unique_ptr<GuestMemory> memory(std::uint64_t size = 64 << 20) {
    return std::move(GuestMemory::create(size).value());
}

QByteArray file(const std::vector<FirmwareFile>& files, const std::string& name) {
    for (const FirmwareFile& one : files)
        if (one.name == name)
            return {reinterpret_cast<const char*>(one.content.data()),
                    static_cast<qsizetype>(one.content.size())};
    return {};
}

template <class T>
T valueAt(const QByteArray& bytes, qsizetype offset) {
    T value{};
    if (offset + static_cast<qsizetype>(sizeof value) <= bytes.size())
        std::memcpy(&value, bytes.constData() + offset, sizeof value);
    return value;
}

}  // namespace

class BiosTest : public QObject {
    Q_OBJECT

  private slots:
    void theImageIsWhereAProcessorStarts() {
        const auto ram = memory();
        const Bios bios = make();
        const auto state = bios.load(*ram);
        QVERIFY(state);
        QCOMPARE(state->rip, std::uint64_t{0xFFF0});
        QCOMPARE((*state)[SegmentName::Cs].selector, std::uint16_t{0xF000});
        QCOMPARE((*state)[SegmentName::Cs].base, std::uint64_t{0xF'0000});
        QByteArray seen(128 * 1024, '\0');
        QVERIFY(ram->read(0xE'0000, std::as_writable_bytes(std::span(
                                        seen.data(), static_cast<std::size_t>(seen.size())))));
        QCOMPARE(seen, system());
        // What the guest has done to it is gone with the next reset.
        QVERIFY(ram->write(0xF'0000, std::uint64_t{0}));
        QVERIFY(bios.load(*ram));
        QCOMPARE(ram->read<char>(0xF'0001), std::optional(system()[0x1'0001]));
    }

    void theImageIsSeenBelow4GiB() {
        Bios bios = make();
        MmioBus mmio;
        QVERIFY(bios.claim(mmio));
        QCOMPARE(mmio.read(0xFFFE'0000, 8), valueAt<std::uint64_t>(system(), 0));
        QCOMPARE(mmio.read(0xFFFF'FFF0, 4), std::uint64_t{valueAt<std::uint32_t>(system(), 0x1'FFF0)});
        mmio.write(0xFFFF'FFF0, 4, 0);
        QCOMPARE(mmio.read(0xFFFF'FFFF, 1), std::uint64_t{static_cast<std::uint8_t>(system().back())});
    }

    void memoryIsMappedAndTablesAreReserved() {
        const auto ram = memory();
        const auto files = make().files(*ram);
        QVERIFY(files);
        const QByteArray map = file(*files, "etc/e820");
        QCOMPARE(map.size(), 2 * 20);
        const std::uint64_t tables = (64 << 20) - (64 << 10);
        QCOMPARE(valueAt<std::uint64_t>(map, 0), std::uint64_t{0});
        QCOMPARE(valueAt<std::uint64_t>(map, 8), tables);
        QCOMPARE(valueAt<std::uint32_t>(map, 16), 1U);
        QCOMPARE(valueAt<std::uint64_t>(map, 20), tables);
        QCOMPARE(valueAt<std::uint64_t>(map, 28), std::uint64_t{64 << 10});
        QCOMPARE(valueAt<std::uint32_t>(map, 36), 2U);
        // The root pointer leads there.
        const QByteArray root = file(*files, "etc/acpi/rsdp");
        QCOMPARE(root.left(8), QByteArray("RSD PTR "));
        const auto xsdt = valueAt<std::uint64_t>(root, 24);
        QVERIFY(xsdt >= tables && xsdt < (64 << 20));
        QCOMPARE(ram->read<std::uint32_t>(xsdt), std::optional(std::uint32_t{0x5444'5358}));
        // And is placed by one step of the loader's.
        const QByteArray steps = file(*files, "etc/table-loader");
        QCOMPARE(steps.size(), 128);
        QCOMPARE(valueAt<std::uint32_t>(steps, 0), 1U);
        QCOMPARE(steps.mid(4, 14), QByteArray("etc/acpi/rsdp\0", 14));
        QCOMPARE(valueAt<std::uint32_t>(steps, 60), 16U);
        QCOMPARE(valueAt<std::uint8_t>(steps, 64), std::uint8_t{2});
    }

    void memoryAbove4GiBIsMappedToo() {
        const auto ram = memory(4ULL << 30);
        const auto files = make().files(*ram);
        QVERIFY(files);
        const QByteArray map = file(*files, "etc/e820");
        QCOMPARE(map.size(), 3 * 20);
        QCOMPARE(valueAt<std::uint64_t>(map, 40), std::uint64_t{1} << 32);
        QCOMPARE(valueAt<std::uint64_t>(map, 48), std::uint64_t{1} << 30);
        QCOMPARE(valueAt<std::uint32_t>(map, 56), 1U);
    }

    void aVideoBiosIsTheAdaptersOwn() {
        const auto ram = memory();
        QByteArray rom(1024, '\0');
        rom.replace(0, 3, QByteArray::fromHex("55aa02"));
        rom.replace(0x18, 2, QByteArray::fromHex("f003"));
        rom.replace(0x3F0, 8, QByteArray("PCIR") + QByteArray::fromHex("34121111"));
        const auto given = [&](const QByteArray& video) {
            return file(*make(image(video)).files(*ram), "pci1414,5353.rom");
        };
        const QByteArray ours = given(rom);
        QCOMPARE(ours.size(), rom.size());
        QCOMPARE(ours.mid(0x3F0, 8), QByteArray("PCIR") + QByteArray::fromHex("14145353"));
        unsigned sum = 0;
        for (const char each : ours)
            sum += static_cast<std::uint8_t>(each);
        QCOMPARE(sum % 256, 0U);
        // What is for no PCI adapter, or says what can't be, stays.
        for (const char* const place : {"0000", "f103", "fd03", "ffff"}) {
            QByteArray other = rom;
            other.replace(0x18, 2, QByteArray::fromHex(place));
            QCOMPARE(given(other), other);
        }
        rom[2] = 3;
        QCOMPARE(given(rom), rom);
    }

    void whatItIsToldIsThere() {
        const auto ram = memory();
        const auto files =
            make(image(QByteArray(1024, 'v')), {1, {}, {"/first", "/second"}, true, {}}).files(*ram);
        QVERIFY(files);
        QCOMPARE(file(*files, "bootorder"), QByteArray("/first\n/second\n\0", 16));
        QCOMPARE(file(*files, "pci1414,5353.rom"), QByteArray(1024, 'v'));
        QCOMPARE(valueAt<std::uint64_t>(file(*files, "etc/sercon-port"), 0), std::uint64_t{0x3F8});
        // Firmware takes the one only if it is as long as the other says.
        const QByteArray anchor = file(*files, "etc/smbios/smbios-anchor");
        QVERIFY(anchor.startsWith("_SM_"));
        QCOMPARE(qsizetype{valueAt<std::uint16_t>(anchor, 22)},
                 file(*files, "etc/smbios/smbios-tables").size());
        const auto without = make().files(*ram);
        QVERIFY(without);
        QVERIFY(file(*without, "pci1414,5353.rom").isEmpty());
        QVERIFY(file(*without, "etc/sercon-port").isEmpty());
    }

    void whatIsNoFirmwareIsRefused() {
        for (const int size : {1, 65535, 65537, 128 * 1024 + 1, 256 * 1024})
            QVERIFY(!Bios::create(image(QByteArray(size, 'x')), std::nullopt, {}));
        for (const int size : {1, 513, 64 * 1024 + 512})
            QVERIFY(!Bios::create(image(system()), image(QByteArray(size, 'x')), {}));
        QVERIFY(Bios::create(image(QByteArray(65536, 'x')), image(QByteArray(512, 'x')), {}));
    }
};

QTEST_APPLESS_MAIN(BiosTest)
#include "bios_test.moc"
