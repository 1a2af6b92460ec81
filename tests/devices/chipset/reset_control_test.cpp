// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/chipset/reset_control.h"

#include <QTest>
#include <atomic>
#include <thread>

#include "devices/chipset/debug_ports.h"
#include "devices/chipset/pci_bus.h"
#include "recorders.h"

using namespace devices;

class ResetControlTest : public QObject {
    Q_OBJECT

  private slots:
    void theResetRegisterResetsWhenItsBitRises() {
        RecordedMachine machine;
        ResetControl control(machine, machine.addressLine20);
        PciBus bus(control);
        PortBus ports;
        QVERIFY(bus.claimPorts(ports));
        ports.write(0xCF9, 1, 0x02);
        QCOMPARE(machine.resets, 0);
        QCOMPARE(ports.read(0xCF9, 1), 0x02U);
        ports.write(0xCF9, 1, 0x06);
        QCOMPARE(machine.resets, 1);
        control.reset();
        QCOMPARE(ports.read(0xCF9, 1), 0x00U);
        ports.write(0xCF9, 1, ResetControl::kResetValue);
        QCOMPARE(machine.resets, 2);
    }

    void portAResets() {
        RecordedMachine machine;
        ResetControl control(machine, machine.addressLine20);
        PortBus ports;
        QVERIFY(control.claimPorts(ports));
        ports.write(0x92, 1, 0x03);
        ports.write(0x92, 1, 0x03);
        QCOMPARE(machine.resets, 1);
        QCOMPARE(ports.read(0x92, 1), 0x03U);
        QCOMPARE(machine.gateMoves, std::vector<bool>{});
    }

    void portAGatesAddressLine20() {
        RecordedMachine machine;
        ResetControl control(machine, machine.addressLine20);
        PortBus ports;
        QVERIFY(control.claimPorts(ports));
        QCOMPARE(ports.read(0x92, 1), 0x02U);
        ports.write(0x92, 1, 0xFC);
        QCOMPARE(ports.read(0x92, 1), 0xFCU);
        ports.write(0x92, 1, 0x02);
        QCOMPARE(machine.gateMoves, (std::vector{false, true}));
        // What the keyboard controller has done is read here too.
        machine.addressLine20.set(false);
        QCOMPARE(ports.read(0x92, 1), 0x00U);
        control.reset();
        QCOMPARE(ports.read(0x92, 1), 0x02U);
        QCOMPARE(machine.gateMoves, (std::vector{false, true, false, true}));
    }

    void theGateIsWhereItsBitSaysWhoeverMovesIt() {
        std::atomic<bool> gate = true;
        AddressLine20 line([&gate](bool open) { gate = open; });
        for (int round = 0; round < 200; ++round) {
            const auto move = [&line](bool first) {
                for (int i = 0; i < 100; ++i)
                    line.set((i % 2 == 0) == first);
            };
            std::thread other([&move] { move(false); });
            move(true);
            other.join();
            QCOMPARE(gate.load(), line.isOpen());
        }
    }

    void theDebugExitPortPassesValuesOfEachSize() {
        RecordedMachine machine;
        DebugExitPort port(machine);
        PortBus ports;
        QVERIFY(port.claimPorts(ports));
        ports.write(0xF4, 1, 0x12);
        ports.write(0xF4, 2, 0x3456);
        ports.write(0xF4, 4, 0x789A'BCDE);
        QCOMPARE(machine.debugExits, (std::vector<std::uint32_t>{0x12, 0x3456, 0x789A'BCDE}));
    }

    void thePostCodeReadsBack() {
        PostCodePort port;
        PortBus ports;
        QVERIFY(port.claimPorts(ports));
        ports.write(0x80, 1, 0xA5);
        QCOMPARE(ports.read(0x80, 1), 0xA5U);
        QCOMPARE(port.code(), std::uint8_t{0xA5});
    }
};

QTEST_APPLESS_MAIN(ResetControlTest)
#include "reset_control_test.moc"
