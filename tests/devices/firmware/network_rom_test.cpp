// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/firmware/network_rom.h"

#include <QTest>
#include <cstring>
#include <span>

#include "made_up_kernels.h"

using namespace devices;

namespace {

using Rom = std::vector<std::byte>;

constexpr std::size_t kSetup = made_up::kLinuxCodeOffset;

hypervisor::Result<NetworkRom> romOf(const made_up::Bytes& content) {
    return makeNetworkRom(made_up::imageFile(content, "rom"));
}

template <class T>
T valueAt(const Rom& rom, std::size_t offset) {
    T value{};
    if (offset + sizeof value <= rom.size())
        std::memcpy(&value, rom.data() + offset, sizeof value);
    return value;
}

int sum(std::span<const std::byte> bytes) {
    int total = 0;
    for (const std::byte each : bytes)
        total += std::to_integer<int>(each);
    return total & 0xFF;
}

/// An expansion ROM of 1 KiB with something behind it.
made_up::Bytes expansionRom() {
    made_up::Bytes rom;
    rom.put<std::uint16_t>(0, 0xAA55);
    rom.put<std::uint8_t>(2, 2);
    rom.put<std::uint16_t>(0x18, 0x40);
    rom.put(0x40, std::string("PCIR"));
    rom.put<std::uint32_t>(0x44, 0x0009'1011);
    rom.put<std::uint8_t>(1500, 7);
    std::uint8_t total = 0;
    for (std::size_t at = 0; at < 1024; ++at)
        total = static_cast<std::uint8_t>(total + std::to_integer<std::uint8_t>(rom[at]));
    rom.put(6, static_cast<std::uint8_t>(-total));
    return rom;
}

}  // namespace

class NetworkRomTest : public QObject {
    Q_OBJECT

  private slots:
    void aBootProgramIsPutBehindALoader() {
        made_up::Bytes program = made_up::linuxKernel();
        const auto made = romOf(program);
        QVERIFY2(made, made ? "" : made.error().message.c_str());
        QVERIFY(made->isForFirst);
        const Rom& rom = made->bytes;
        // What firmware looks for: PCI Firmware Specification, chapter 5.
        QCOMPARE(valueAt<std::uint16_t>(rom, 0), std::uint16_t{0xAA55});
        const std::size_t image = std::to_integer<std::size_t>(rom[2]) * 512;
        QCOMPARE(sum(std::span(rom).first(image)), 0);
        const std::size_t pci = valueAt<std::uint16_t>(rom, 0x18);
        QCOMPARE(std::memcmp(&rom[pci], "PCIR", 4), 0);
        QCOMPARE(valueAt<std::uint32_t>(rom, pci + 4), 0x0009'1011U);
        QCOMPARE(std::size_t{valueAt<std::uint16_t>(rom, pci + 0x10)} * 512, image);
        QCOMPARE(int(rom[pci + 0x15]), 0x80);
        const std::size_t plugAndPlay = valueAt<std::uint16_t>(rom, 0x1A);
        QCOMPARE(std::memcmp(&rom[plugAndPlay], "$PnP", 4), 0);
        QCOMPARE(sum(std::span(rom).subspan(plugAndPlay, 32)), 0);
        QVERIFY(valueAt<std::uint16_t>(rom, plugAndPlay + 0x1A) != 0);
        // What the loader goes by, and the program as it was.
        QCOMPARE(valueAt<std::uint32_t>(rom, 0x20), static_cast<std::uint32_t>(image));
        QCOMPARE(valueAt<std::uint32_t>(rom, 0x24), static_cast<std::uint32_t>(kSetup));
        QCOMPARE(valueAt<std::uint32_t>(rom, 0x28),
                 static_cast<std::uint32_t>(program.size() - kSetup));
        QCOMPARE(rom.size(), image + program.size());
        QCOMPARE(std::memcmp(&rom[image], program.data(), program.size()), 0);
    }

    void aProgramMayEndWithinItsLastUnit() {
        made_up::Bytes program = made_up::linuxKernel();
        const std::size_t whole = program.size();
        program.truncate(whole - 15);
        const auto rom = romOf(program);
        QVERIFY(rom);
        QCOMPARE(valueAt<std::uint32_t>(rom->bytes, 0x28),
                 static_cast<std::uint32_t>(whole - kSetup));
        program.truncate(whole - 16);
        QVERIFY(!romOf(program));
    }

    void anExpansionRomStaysAsItIs() {
        made_up::Bytes content = expansionRom();
        const auto rom = romOf(content);
        QVERIFY2(rom, rom ? "" : rom.error().message.c_str());
        QVERIFY(!rom->isForFirst);
        QCOMPARE(rom->bytes.size(), content.size());
        QCOMPARE(std::memcmp(rom->bytes.data(), content.data(), content.size()), 0);
    }

    void whatIsNeitherIsRefused_data() {
        QTest::addColumn<int>("offset");
        QTest::addColumn<int>("value");
        QTest::addColumn<bool>("isProgram");
        // At an offset in a boot program, or in an expansion ROM.
        QTest::newRow("no header") << 0x202 << 0 << true;
        QTest::newRow("no boot flag") << 0x1FE << 0 << true;
        QTest::newRow("old protocol") << 0x207 << 1 << true;
        QTest::newRow("loaded low") << 0x211 << 0 << true;
        QTest::newRow("setup of 65 sectors") << 0x1F1 << 65 << true;
        QTest::newRow("setup behind the end") << 0x1F1 << 40 << true;
        QTest::newRow("system behind the end") << 0x1F6 << 1 << true;
        QTest::newRow("system of 4 GiB and more") << 0x1F7 << 0x7F << true;
        QTest::newRow("no PCI data") << 0x40 << int{'Q'} << false;
        QTest::newRow("PCI data behind the end") << 0x19 << 0xFF << false;
        QTest::newRow("another device's") << 0x46 << 0x0A << false;
        QTest::newRow("no size") << 2 << 0 << false;
        QTest::newRow("size behind the end") << 2 << 200 << false;
        QTest::newRow("wrong sum") << 900 << 1 << false;
    }

    void whatIsNeitherIsRefused() {
        QFETCH(int, offset);
        QFETCH(int, value);
        QFETCH(bool, isProgram);
        made_up::Bytes content = isProgram ? made_up::linuxKernel() : expansionRom();
        content.put(static_cast<std::size_t>(offset), static_cast<std::uint8_t>(value));
        const auto rom = romOf(content);
        QVERIFY(!rom);
        QVERIFY2(rom.error().message.find("'rom' is no boot ROM for a network adapter") == 0,
                 rom.error().message.c_str());
    }

    void shortFilesAreRefused() {
        for (const std::size_t size : {1, 2, 3, 0x19, 0x41, 0x1FF, 0x201, 0x260, 1024}) {
            made_up::Bytes program = made_up::linuxKernel();
            program.truncate(size);
            QVERIFY(!romOf(program));
            made_up::Bytes rom = expansionRom();
            rom.truncate(size);
            QVERIFY(size == 1024 || !romOf(rom));
        }
    }
};

QTEST_GUILESS_MAIN(NetworkRomTest)
#include "network_rom_test.moc"
