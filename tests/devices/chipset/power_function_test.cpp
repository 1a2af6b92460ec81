// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/chipset/power_function.h"

#include <QTest>
#include <random>

#include "fake_clock.h"
#include "recorders.h"

using namespace devices;

namespace {

constexpr std::uint16_t kSmbus = PowerFunction::kSmbusPort;
constexpr unsigned kTimer = 8;

// Of the SMBus: a byte is read from a device with a register.
constexpr std::uint8_t kReadByte = 0x48;
constexpr std::uint8_t kDeviceError = 0x04;
constexpr std::uint8_t kFailed = 0x10;

struct Machine {
    Machine() {
        if (!function.claimPorts(ports))
            qFatal("no ports");
        clock.advance(1'000'000'000);
    }
    [[nodiscard]] bool isAt(std::uint16_t port) {
        return ports.read(static_cast<std::uint16_t>(port + kTimer), 4) == 3'579'545;
    }
    [[nodiscard]] bool smbusIsAt(std::uint16_t port) { return ports.read(port, 1) != 0xFF; }
    std::uint32_t in(unsigned offset) {
        return ports.read(static_cast<std::uint16_t>(kSmbus + offset), 1);
    }
    void out(unsigned offset, std::uint32_t value) {
        ports.write(static_cast<std::uint16_t>(kSmbus + offset), 1, value);
    }

    FakeClock clock;
    RecordedLine sci;
    RecordedLine smbusLine;
    RecordedMachine control;
    PortBus ports;
    AcpiPowerManagement power{clock, control, sci.line()};
    SmbusHost smbus{smbusLine.line()};
    PowerFunction function{power, smbus};
};

}  // namespace

class PowerFunctionTest : public QObject {
    Q_OBJECT

  private slots:
    void itComesUpAsFirmwareLeavesIt() {
        Machine machine;
        QCOMPARE(machine.function.read(0, 4), 0x7113'8086U);
        QCOMPARE(machine.function.read(8, 4), 0x0680'0003U);
        QCOMPARE(machine.function.read(0x3C, 2), 0x0109U);
        QCOMPARE(machine.function.read(0x40, 4), 0x601U);
        QCOMPARE(machine.function.read(0x80, 1), 1U);
        QCOMPARE(machine.function.read(0x90, 4), 0x701U);
        QCOMPARE(machine.function.read(0xD2, 1), 9U);
        QVERIFY(machine.isAt(0x600));
        QVERIFY(machine.smbusIsAt(0x700));
    }

    void firmwaresOwnWritesChangeNothing() {
        Machine machine;
        machine.function.write(0x3C, 1, 0xFF);
        machine.function.write(0x3C, 1, 9);
        machine.function.write(0x40, 4, 0x601);
        machine.function.write(0x80, 1, 1);
        machine.function.write(0x90, 4, 0x701);
        machine.function.write(0xD2, 1, 9);
        machine.function.write(4, 2, 0x103);
        machine.function.write(0x58, 4, 1U << 25);
        QCOMPARE(machine.function.read(0x58, 4), 1U << 25);
        itIsAtItsPlaces(machine);
    }

    void theGuestMovesThem() {
        Machine machine;
        machine.function.write(0x40, 4, 0xFFFF'B03F);
        QCOMPARE(machine.function.read(0x40, 4), 0xB001U);
        QVERIFY(!machine.isAt(0x600));
        QVERIFY(machine.isAt(0xB000));
        machine.function.write(0x90, 4, 0xFFFF'B10F);
        QCOMPARE(machine.function.read(0x90, 4), 0xB101U);
        QVERIFY(!machine.smbusIsAt(0x700));
        QVERIFY(machine.smbusIsAt(0xB10F));
        QVERIFY(!machine.smbusIsAt(0xB110));
        machine.function.reset();
        itIsAtItsPlaces(machine);
    }

    void theGuestTurnsThemOff() {
        Machine machine;
        machine.function.write(0x80, 1, 0);
        QVERIFY(!machine.isAt(0x600));
        QVERIFY(machine.smbusIsAt(0x700));
        // The SMBus has two switches.
        machine.function.write(4, 2, 0);
        QVERIFY(!machine.smbusIsAt(0x700));
        machine.function.write(4, 2, 1);
        machine.function.write(0xD2, 1, 8);
        QVERIFY(!machine.smbusIsAt(0x700));
        machine.function.reset();
        itIsAtItsPlaces(machine);
    }

    void nobodyAnswersOnTheSmbus() {
        Machine machine;
        QCOMPARE(machine.in(0), 0U);
        machine.out(4, 0xA1);
        machine.out(3, 2);
        machine.out(2, kReadByte);
        QCOMPARE(machine.in(0), std::uint32_t{kDeviceError});
        // That it was started is not kept.
        QCOMPARE(machine.in(2), std::uint32_t{kReadByte & 0x1F});
        QCOMPARE(machine.in(4), 0xA1U);
        machine.out(0, 0x1B);
        QCOMPARE(machine.in(0), std::uint32_t{kDeviceError});
        machine.out(0, kDeviceError);
        QCOMPARE(machine.in(0), 0U);
        machine.out(2, 0x02);
        QCOMPARE(machine.in(0), std::uint32_t{kFailed});
        machine.smbus.reset();
        for (unsigned offset = 0; offset < SmbusHost::kPortCount; ++offset)
            QCOMPARE(machine.in(offset), 0U);
    }

    void theSmbusInterruptsWhenAsked() {
        Machine machine;
        machine.out(2, kReadByte);
        QVERIFY(!machine.smbusLine.asserted);
        machine.out(0, 0x1F);
        machine.out(2, kReadByte | 1);
        QVERIFY(machine.smbusLine.asserted);
        machine.out(0, 0x1F);
        QVERIFY(!machine.smbusLine.asserted);
        machine.out(2, kReadByte | 1);
        // By a system management interrupt, which there is none of.
        machine.function.write(0xD2, 1, 1);
        QVERIFY(!machine.smbusLine.asserted);
        machine.function.write(0xD2, 1, 9);
        QVERIFY(machine.smbusLine.asserted);
        machine.smbus.reset();
        QVERIFY(!machine.smbusLine.asserted);
        QVERIFY(!machine.sci.asserted);
    }

    void anyAccessIsSurvived() {
        Machine machine;
        std::mt19937_64 random(11);
        for (int i = 0; i < 200'000; ++i) {
            const std::uint64_t choice = random();
            const auto value = static_cast<std::uint32_t>(choice >> 32);
            const unsigned size = 1U << (choice >> 16 & 3) % 3;
            const auto offset = static_cast<unsigned>(choice >> 8 & 0xFF) & ~(size - 1);
            switch (choice & 7) {
                case 0:
                    machine.function.write(offset, size, value);
                    break;
                case 1:
                    machine.ports.write(static_cast<std::uint16_t>(kSmbus + (offset & 15)), size,
                                        value);
                    break;
                default:
                    static_cast<void>(
                        machine.ports.read(static_cast<std::uint16_t>(choice >> 20), size));
                    break;
            }
            // Busy is never seen.
            QVERIFY((machine.smbus.readPort(0, 1) & 1) == 0);
        }
        QCOMPARE(machine.function.read(0, 4), 0x7113'8086U);
        machine.function.reset();
        itIsAtItsPlaces(machine);
    }

  private:
    static void itIsAtItsPlaces(Machine& machine) {
        QVERIFY(machine.isAt(0x600));
        QVERIFY(machine.smbusIsAt(0x700));
        QCOMPARE(machine.function.read(0x3C, 1), 9U);
    }
};

QTEST_APPLESS_MAIN(PowerFunctionTest)
#include "power_function_test.moc"
