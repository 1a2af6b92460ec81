// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/chipset/reset_control.h"

#include <QTest>

#include "devices/chipset/debug_ports.h"
#include "devices/chipset/pci_bus.h"
#include "recorders.h"

using namespace devices;

class ResetControlTest : public QObject {
    Q_OBJECT

  private slots:
    void theResetRegisterResetsWhenItsBitRises() {
        RecordedMachine machine;
        ResetControl control(machine);
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

    void portAResetsAndKeepsTheAddressLineBit() {
        RecordedMachine machine;
        ResetControl control(machine);
        PortBus ports;
        QVERIFY(control.claimPorts(ports));
        QCOMPARE(ports.read(0x92, 1), 0x02U);
        ports.write(0x92, 1, 0x00);
        QCOMPARE(ports.read(0x92, 1), 0x00U);
        ports.write(0x92, 1, 0x03);
        ports.write(0x92, 1, 0x03);
        QCOMPARE(machine.resets, 1);
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
