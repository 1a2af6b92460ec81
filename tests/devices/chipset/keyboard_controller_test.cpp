// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/chipset/keyboard_controller.h"

#include <QTest>
#include <random>

#include "recorders.h"

using namespace devices;

namespace {

struct Machine {
    Machine() { claimed = controller.claimPorts(ports).has_value(); }
    void command(std::uint8_t value) { ports.write(0x64, 1, value); }
    void data(std::uint8_t value) { ports.write(0x60, 1, value); }
    std::uint32_t read() { return ports.read(0x60, 1); }
    std::uint32_t status() { return ports.read(0x64, 1); }

    RecordedMachine control;
    RecordedLine line;
    PortBus ports;
    RecordedLine auxiliaryLine;
    KeyboardController controller{control, control.addressLine20, line.line(),
                                  auxiliaryLine.line()};
    bool claimed = false;
};

}  // namespace

class KeyboardControllerTest : public QObject {
    Q_OBJECT

  private slots:
    void theBuffersAreEmptyAtFirst() {
        Machine machine;
        QVERIFY(machine.claimed);
        QCOMPARE(machine.status() & 0x03, 0U);
    }

    void itTestsItself() {
        Machine machine;
        machine.command(0xAA);
        QCOMPARE(machine.status() & 0x05, 0x05U);
        QCOMPARE(machine.read(), 0x55U);
        QCOMPARE(machine.status() & 0x01, 0U);
        machine.command(0xAB);
        QCOMPARE(machine.read(), 0x00U);
        machine.command(0xA9);
        QCOMPARE(machine.read(), 0x01U);
    }

    void theCommandByteReadsBack() {
        Machine machine;
        machine.command(0x60);
        machine.data(0x45);
        machine.command(0x20);
        QCOMPARE(machine.read(), 0x45U);
        machine.command(0xAD);
        machine.command(0x20);
        QCOMPARE(machine.read(), 0x55U);
        machine.command(0xAE);
        machine.command(0x20);
        QCOMPARE(machine.read(), 0x45U);
    }

    void anAbsentKeyboardTimesOutAtOnce() {
        Machine machine;
        machine.data(0xFF);
        QCOMPARE(machine.status() & 0x41, 0x41U);
        QCOMPARE(machine.read(), 0xFEU);
        QCOMPARE(machine.status() & 0x41, 0x00U);
        machine.command(0xD4);
        machine.data(0xF2);
        QCOMPARE(machine.status() & 0x61, 0x61U);
        QCOMPARE(machine.read(), 0xFEU);
    }

    void answersInterruptWhenEnabled() {
        Machine machine;
        machine.command(0xD2);
        machine.data(0x1C);
        QCOMPARE(machine.line.edges, 0);
        QCOMPARE(machine.read(), 0x1CU);
        machine.command(0x60);
        machine.data(0x01);
        machine.command(0xD2);
        machine.data(0x1C);
        QVERIFY(machine.line.asserted);
        QCOMPARE(machine.read(), 0x1CU);
        QVERIFY(!machine.line.asserted);
    }

    void aPulseOfOutputZeroResets() {
        Machine machine;
        machine.command(0xFF);
        QCOMPARE(machine.control.resets, 0);
        machine.command(0xFE);
        QCOMPARE(machine.control.resets, 1);
        machine.command(0xD1);
        machine.data(0xDF);
        QCOMPARE(machine.control.resets, 1);
        machine.command(0xD1);
        machine.data(0xDE);
        QCOMPARE(machine.control.resets, 2);
    }

    void outputOneGatesAddressLine20() {
        Machine machine;
        const auto readOutputPort = [&machine] {
            machine.command(0xD0);
            return machine.read();
        };
        QCOMPARE(readOutputPort(), 0x03U);
        machine.command(0xDD);
        QCOMPARE(readOutputPort(), 0x01U);
        machine.command(0xDF);
        QCOMPARE(readOutputPort(), 0x03U);
        machine.command(0xD1);
        machine.data(0xDD);
        QCOMPARE(readOutputPort(), 0xCDU);
        machine.command(0xD1);
        machine.data(0xDF);
        QCOMPARE(machine.control.gateMoves, (std::vector{false, true, false, true}));
        machine.control.addressLine20.set(false);
        QCOMPARE(readOutputPort(), 0xCDU);
        machine.controller.reset();
        QVERIFY(machine.control.addressLine20.isOpen());
    }

    void anySequenceOfAccessesIsSurvived() {
        Machine machine;
        std::mt19937_64 random(6);
        for (int i = 0; i < 200'000; ++i) {
            const std::uint64_t choice = random();
            const std::uint16_t port = (choice & 1) != 0 ? 0x60 : 0x64;
            if ((choice & 2) != 0)
                machine.ports.write(port, 1, static_cast<std::uint32_t>(choice >> 8));
            else
                static_cast<void>(machine.ports.read(port, 1));
        }
        machine.controller.reset();
        machine.command(0xAA);
        QCOMPARE(machine.read(), 0x55U);
    }
};

QTEST_APPLESS_MAIN(KeyboardControllerTest)
#include "keyboard_controller_test.moc"
