// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/chipset/acpi_power_management.h"

#include <QTest>
#include <random>

#include "fake_clock.h"
#include "recorders.h"

using namespace devices;

namespace {

using Power = AcpiPowerManagement;
constexpr std::uint16_t kStatus = Power::kEventPort;
constexpr std::uint16_t kEnable = Power::kEventPort + 2;
constexpr std::uint16_t kPowerButton = 0x100;

struct Machine {
    Machine() {
        claimed = power.claimPorts(ports).has_value();
        power.place(Power::kEventPort);
    }
    void enableAcpi() { ports.write(Power::kSmiCommandPort, 1, Power::kEnableCommand); }

    FakeClock clock;
    RecordedLine line;
    RecordedMachine control;
    PortBus ports;
    Power power{clock, control, line.line()};
    bool claimed = false;
};

}  // namespace

class AcpiPowerManagementTest : public QObject {
    Q_OBJECT

  private slots:
    void acpiModeIsTurnedOnAndOffByCommand() {
        Machine machine;
        QVERIFY(machine.claimed);
        QCOMPARE(machine.ports.read(Power::kControlPort, 2), 0U);
        machine.enableAcpi();
        QCOMPARE(machine.ports.read(Power::kControlPort, 2), 1U);
        machine.ports.write(Power::kControlPort, 2, 0);
        QCOMPARE(machine.ports.read(Power::kControlPort, 2), 1U);
        machine.ports.write(Power::kSmiCommandPort, 1, Power::kDisableCommand);
        QCOMPARE(machine.ports.read(Power::kControlPort, 2), 0U);
    }

    void thePowerButtonInterruptsWhenEnabled() {
        Machine machine;
        machine.enableAcpi();
        machine.power.pressPowerButton();
        QVERIFY(!machine.line.asserted);
        QCOMPARE(machine.ports.read(kStatus, 2), std::uint32_t{kPowerButton});
        machine.ports.write(kEnable, 2, kPowerButton);
        QVERIFY(machine.line.asserted);
        machine.ports.write(kStatus, 2, 0);
        QVERIFY(machine.line.asserted);
        machine.ports.write(kStatus, 2, kPowerButton);
        QVERIFY(!machine.line.asserted);
        QCOMPARE(machine.ports.read(kStatus, 4), std::uint32_t{kPowerButton} << 16);
    }

    void inLegacyModeNothingInterrupts() {
        Machine machine;
        machine.ports.write(kEnable, 2, kPowerButton);
        machine.power.pressPowerButton();
        QVERIFY(!machine.line.asserted);
    }

    void softOffPowersTheMachineOff() {
        Machine machine;
        machine.ports.write(Power::kControlPort, 2, Power::kSleepTypeS5 << 10);
        QCOMPARE(machine.control.powerOffs, 0);
        machine.ports.write(Power::kControlPort, 2, Power::kSleepTypeS5 << 10 | 1 << 13);
        QCOMPARE(machine.control.powerOffs, 1);
        QCOMPARE(machine.ports.read(Power::kControlPort, 2), Power::kSleepTypeS5 << 10 | 0U);
    }

    void otherSleepTypesDoNothing() {
        for (std::uint32_t type = 0; type < 8; ++type) {
            Machine machine;
            machine.ports.write(Power::kControlPort, 2, type << 10 | 1 << 13);
            QCOMPARE(machine.control.powerOffs, type == Power::kSleepTypeS5 ? 1 : 0);
        }
    }

    void theTimerCountsAtItsRateAndWraps() {
        Machine machine;
        QCOMPARE(machine.ports.read(Power::kTimerPort, 4), 0U);
        machine.clock.advance(1'000'000'000);
        QCOMPARE(machine.ports.read(Power::kTimerPort, 4), 3'579'545U);
        QCOMPARE(machine.ports.read(Power::kTimerPort, 2), 3'579'545U & 0xFFFF);
        QCOMPARE(machine.ports.read(Power::kTimerPort + 2, 1), 3'579'545U >> 16 & 0xFF);
        machine.clock.advance(1'200'000'000'000);
        QCOMPARE(machine.ports.read(Power::kTimerPort, 4),
                 static_cast<std::uint32_t>(1201ULL * 3'579'545));
        machine.ports.write(Power::kTimerPort, 4, 0);
        QCOMPARE(machine.ports.read(Power::kTimerPort, 4),
                 static_cast<std::uint32_t>(1201ULL * 3'579'545));
    }

    void theRegistersAreWhereTheGuestPutsThem() {
        Machine machine;
        machine.clock.advance(1'000'000'000);
        machine.power.place(0xB000);
        QCOMPARE(machine.ports.read(Power::kTimerPort, 4), 0xFFFF'FFFFU);
        QCOMPARE(machine.ports.read(0xB008, 4), 3'579'545U);
        machine.ports.write(0xB002, 2, kPowerButton);
        machine.enableAcpi();
        machine.power.pressPowerButton();
        QVERIFY(machine.line.asserted);
        machine.power.place(std::nullopt);
        QCOMPARE(machine.ports.read(0xB008, 4), 0xFFFF'FFFFU);
        QCOMPARE(machine.ports.read(Power::kSmiCommandPort, 1),
                 std::uint32_t{Power::kEnableCommand});
    }

    void registersWithoutAnythingBehindThemKeepWhatIsWritten() {
        Machine machine;
        // Global control, the status of general purpose events, and what is behind the last one.
        machine.ports.write(0x628, 4, 0x1234'5678);
        machine.ports.write(0x60C, 2, 0xFFFF);
        machine.ports.write(0x638, 4, 0xFFFF'FFFF);
        QCOMPARE(machine.ports.read(0x628, 4), 0x1234'5678U);
        QCOMPARE(machine.ports.read(0x60C, 2), 0U);
        QCOMPARE(machine.ports.read(0x638, 4), 0U);
        // Across a boundary of registers.
        machine.ports.write(0x60C, 4, 0x0F01'FFFF);
        QCOMPARE(machine.ports.read(0x60C, 4), 0x0F01'0000U);
        machine.power.reset();
        QCOMPARE(machine.ports.read(0x628, 4), 0U);
        QCOMPARE(machine.ports.read(0x60C, 4), 0U);
    }

    void resetGoesBackToLegacyMode() {
        Machine machine;
        machine.enableAcpi();
        machine.ports.write(kEnable, 2, kPowerButton);
        machine.power.pressPowerButton();
        machine.power.reset();
        QVERIFY(!machine.line.asserted);
        QCOMPARE(machine.ports.read(kStatus, 4), 0U);
        QCOMPARE(machine.ports.read(Power::kControlPort, 2), 0U);
    }

    void anyAccessIsSurvived() {
        Machine machine;
        std::mt19937_64 random(5);
        for (int i = 0; i < 200'000; ++i) {
            const std::uint64_t choice = random();
            const auto port = static_cast<std::uint16_t>(Power::kEventPort + (choice >> 8 & 63));
            const unsigned size = 1U << (choice >> 16 & 3) % 3;
            if ((choice & 1) != 0)
                machine.ports.write(port, size, static_cast<std::uint32_t>(choice >> 32));
            else
                static_cast<void>(machine.ports.read(port, size));
        }
        QVERIFY(machine.control.powerOffs > 0);
    }
};

QTEST_APPLESS_MAIN(AcpiPowerManagementTest)
#include "acpi_power_management_test.moc"
