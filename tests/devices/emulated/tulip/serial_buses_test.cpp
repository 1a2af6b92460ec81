// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/emulated/tulip/serial_rom.h"

#include <QTest>
#include <array>

#include "tulip_bench.h"

namespace {

using Bench = TulipBench;

// CSR9.
constexpr std::uint32_t kSelect = 0x4801;
constexpr std::uint32_t kClock = 0x2;
constexpr std::uint32_t kDataIn = 0x4;
constexpr std::uint32_t kDataOut = 0x8;
constexpr std::uint32_t kManagementClock = 0x1'0000;
constexpr std::uint32_t kManagementOut = 0x2'0000;
constexpr std::uint32_t kManagementRead = 0x4'0000;
constexpr std::uint32_t kManagementIn = 0x8'0000;

/// What drivers do with CSR9, as their sources have it.
struct Driver : Bench {
    /// All that comes out while a command of so many bits goes in and 16 more clocks pass.
    std::uint32_t romCommand(std::uint32_t command, int bits) {
        std::uint32_t out = 0;
        csr(9, kSelect & ~1U);
        csr(9, kSelect);
        for (int bit = bits - 1; bit >= 0; --bit) {
            const std::uint32_t data = (command >> bit & 1) != 0 ? kDataIn : 0;
            csr(9, kSelect | data);
            csr(9, kSelect | data | kClock);
            out = out << 1 | ((csr(9) & kDataOut) != 0 ? 1 : 0);
        }
        csr(9, kSelect);
        for (int bit = 0; bit < 16; ++bit) {
            csr(9, kSelect | kClock);
            out = out << 1 | ((csr(9) & kDataOut) != 0 ? 1 : 0);
            csr(9, kSelect);
        }
        csr(9, kSelect & ~1U);
        return out;
    }
    std::uint16_t romWord(std::uint32_t address) {
        // Two zeroes in front are no start.
        return static_cast<std::uint16_t>(romCommand(6U << 6 | address, 11));
    }
    std::array<std::uint8_t, 128> rom() {
        std::array<std::uint8_t, 128> bytes{};
        for (std::uint32_t i = 0; i < 64; ++i) {
            const std::uint16_t word = romWord(i);
            bytes[i * 2] = static_cast<std::uint8_t>(word);
            bytes[i * 2 + 1] = static_cast<std::uint8_t>(word >> 8);
        }
        return bytes;
    }

    void managementBit(std::uint32_t data) {
        csr(9, data);
        csr(9, data | kManagementClock);
    }
    void managementBits(std::uint32_t value, int bits) {
        for (int bit = bits - 1; bit >= 0; --bit)
            managementBit((value >> bit & 1) != 0 ? kManagementOut : 0);
    }
    std::uint16_t phy(unsigned address, unsigned number) {
        managementBits(0xFFFF'FFFF, 32);
        managementBits(0x6U << 10 | address << 5 | number, 14);
        std::uint32_t value = 0;
        for (int bit = 0; bit < 19; ++bit) {
            csr(9, kManagementRead);
            value = value << 1 | ((csr(9) & kManagementIn) != 0 ? 1 : 0);
            csr(9, kManagementRead | kManagementClock);
        }
        return static_cast<std::uint16_t>(value >> 1);
    }
    void phy(unsigned address, unsigned number, std::uint16_t value) {
        managementBits(0xFFFF'FFFF, 32);
        managementBits(0x5002'0000U | address << 23 | number << 18 | value, 32);
        for (int bit = 0; bit < 2; ++bit)
            managementBit(kManagementRead);
    }
};

/// CRC-32 of the IEEE, bit by bit.
std::uint32_t checksum(std::span<const std::uint8_t> bytes) {
    std::uint32_t crc = 0xFFFF'FFFF;
    for (std::uint8_t byte : bytes)
        for (int bit = 0; bit < 8; ++bit, byte >>= 1)
            crc = crc >> 1 ^ (((crc ^ byte) & 1) != 0 ? 0xEDB8'8320U : 0);
    return ~crc;
}

}  // namespace

class SerialBusesTest : public QObject {
    Q_OBJECT

  private slots:
    void theRomHasAnAddressAndAMedium() {
        Driver driver;
        const auto rom = driver.rom();
        QCOMPARE(rom[0] | rom[1] << 8, 0x0A00);
        QCOMPARE(rom[2] | rom[3] << 8, 0x2114);
        QCOMPARE(rom[18], 4);
        QCOMPARE(rom[19], 1);
        for (std::size_t i = 0; i < 6; ++i)
            QCOMPARE(rom[20 + i], std::to_integer<std::uint8_t>(frames::guestMac()[i]));
        QCOMPARE(rom[126] | rom[127] << 8,
                 static_cast<int>(checksum(std::span(rom).first(126)) & 0xFFFF));
        // The leaf: automatic, pins, one block; 12 bytes more of a PHY, without any steps.
        const std::size_t leaf = rom[27];
        const std::array<std::uint8_t, 17> expected{0x00, 0x08, 0x00, 0x01, 0x8C, 0x01,
                                                    0x00, 0x00, 0x00, 0x00, 0x78, 0xE0,
                                                    0x01, 0x00, 0x50, 0x00, 0x18};
        for (std::size_t i = 0; i < expected.size(); ++i)
            QCOMPARE(rom.at(leaf + i), expected[i]);
        // It can't be taken for the old format, which has the address twice.
        QVERIFY(!std::equal(rom.begin(), rom.begin() + 8, rom.begin() + 16));
    }

    void theIdentityChecksumIsRight() {
        Driver driver;
        const auto rom = driver.rom();
        // Words from their upper byte on; what is left of the checksum itself is nothing.
        unsigned crc = 0xFF;
        for (std::size_t i = 0; i < 18; ++i) {
            crc ^= rom[i ^ 1];
            for (int bit = 0; bit < 8; ++bit)
                crc = (crc << 1 ^ ((crc & 0x80) != 0 ? 0x07U : 0)) & 0xFF;
        }
        QCOMPARE(crc, 0U);
    }

    void theRomIsSmall() {
        Driver driver;
        // A driver that gives eight bits of an address sees the zero in front of the data at the
        // sixth.
        const std::uint32_t out = driver.romCommand(6U << 8 | 0xFF, 13);
        QCOMPARE(out >> 18 & 1, 0U);
        QVERIFY((out >> 19 & 1) != 0);
    }

    void theRomIsProtectedAndReadOn() {
        Driver driver;
        const std::uint16_t before = driver.romWord(10);
        static_cast<void>(driver.romCommand(0x130, 9));                  // writing is allowed
        static_cast<void>(driver.romCommand((5U << 6 | 10) << 16, 25));  // a word is written
        static_cast<void>(driver.romCommand(7U << 6 | 10, 9));           // and erased
        QCOMPARE(driver.romWord(10), before);
        // Without a new command comes the next word.
        const std::uint32_t two = driver.romCommand((6U << 6 | 10) << 16, 25);
        QCOMPARE(two >> 16, std::uint32_t{before});
        QCOMPARE(two & 0xFFFF, std::uint32_t{driver.romWord(11)});
    }

    void withoutTheRomThereIsNothing() {
        Bench bench;
        bench.csr(9, 0x4000);
        QCOMPARE(bench.csr(9) & 0xFF, 0xFFU);
    }

    void thePhyIsAtOneAddress() {
        Driver driver;
        QCOMPARE(driver.phy(1, 2), std::uint16_t{0x2000});
        QCOMPARE(driver.phy(1, 3), std::uint16_t{0x5C01});
        for (const unsigned address : {0U, 2U, 31U})
            QCOMPARE(driver.phy(address, 1), std::uint16_t{0xFFFF});
        QCOMPARE(driver.phy(1, 9), std::uint16_t{0});
    }

    void theLinkIsThePorts() {
        Driver driver;
        // It was down before the port came.
        QCOMPARE(driver.phy(1, 1), std::uint16_t{0x7869});
        QCOMPARE(driver.phy(1, 1), std::uint16_t{0x786D});
        QCOMPARE(driver.phy(1, 0), std::uint16_t{0x3100});
        QCOMPARE(driver.phy(1, 4), std::uint16_t{0x01E1});
        QCOMPARE(driver.phy(1, 5), std::uint16_t{0x41E1});
        driver.engine.setPort(nullptr);
        QCOMPARE(driver.phy(1, 1), std::uint16_t{0x7849});
        QCOMPARE(driver.phy(1, 5), std::uint16_t{0});
        // One that is lost and back is told as lost once.
        driver.engine.setPort(std::make_unique<PlayedPort>(driver.wire));
        QCOMPARE(driver.phy(1, 1), std::uint16_t{0x7869});
        QCOMPARE(driver.phy(1, 1), std::uint16_t{0x786D});
    }

    void theOtherEndGoes() {
        Driver driver;
        static_cast<void>(driver.phy(1, 1));
        QCOMPARE(driver.phy(1, 1), std::uint16_t{0x786D});
        // A port tells so itself when it is asked for frames.
        driver.wire.closes = true;
        driver.work();
        QCOMPARE(driver.phy(1, 1), std::uint16_t{0x7849});
    }

    void thePhyTakesOrders() {
        Driver driver;
        static_cast<void>(driver.phy(1, 1));
        driver.phy(1, 4, 0x0061);
        QCOMPARE(driver.phy(1, 4), std::uint16_t{0x0061});
        driver.phy(1, 0, 0x2100);
        QCOMPARE(driver.phy(1, 0), std::uint16_t{0x2100});
        // It does not negotiate.
        QCOMPARE(driver.phy(1, 1), std::uint16_t{0x784D});
        QCOMPARE(driver.phy(1, 5), std::uint16_t{0});
        // A new negotiation is over at once.
        driver.phy(1, 0, 0x1200);
        QCOMPARE(driver.phy(1, 0), std::uint16_t{0x1000});
        QCOMPARE(driver.phy(1, 1), std::uint16_t{0x786D});
        driver.phy(1, 0, 0x8000);
        QCOMPARE(driver.phy(1, 0), std::uint16_t{0x3100});
        QCOMPARE(driver.phy(1, 4), std::uint16_t{0x01E1});
        // Others' orders are not its own.
        driver.phy(2, 0, 0x0000);
        QCOMPARE(driver.phy(1, 0), std::uint16_t{0x3100});
        // Without power there is no link.
        driver.phy(1, 0, 0x3900);
        QCOMPARE(driver.phy(1, 1) & 4, 0);
    }
};

QTEST_GUILESS_MAIN(SerialBusesTest)
#include "serial_buses_test.moc"
