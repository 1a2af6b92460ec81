// SPDX-License-Identifier: GPL-3.0-or-later
#include "hypervisor/interrupts/isa_interrupts.h"

#include <QTest>
#include <vector>

#include "hypervisor/interrupts/io_apic.h"
#include "hypervisor/interrupts/pic.h"

using namespace hypervisor;

namespace {

struct Machine {
    Machine() {
        for (unsigned pin = 0; pin < IoApic::kPins; ++pin) {
            ioApic.writeMmio(0, 4, 0x10 + 2 * pin);
            ioApic.writeMmio(0x10, 4, 0x40 + pin);
        }
        for (const std::uint16_t command : {std::uint16_t{0x20}, std::uint16_t{0xA0}}) {
            const auto data = static_cast<std::uint16_t>(command + 1);
            pic.writePort(command, 0x11);
            pic.writePort(data, command == 0x20 ? 0x20 : 0x28);
            pic.writePort(data, command == 0x20 ? 4 : 2);
            pic.writePort(data, 1);
        }
    }
    bool asserted = false;
    std::vector<std::uint8_t> vectors;
    Pic pic{[this](bool level) { asserted = level; }};
    IoApic ioApic{[this](std::uint64_t, std::uint32_t data) {
        vectors.push_back(static_cast<std::uint8_t>(data));
    }};
    IsaInterrupts isa{pic, ioApic};
};

}  // namespace

class IsaInterruptsTest : public QObject {
    Q_OBJECT

  private slots:
    void aLineReachesBothControllers() {
        Machine machine;
        const InterruptLine line = machine.isa.line(4);
        line.raise();
        QVERIFY(machine.asserted);
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x24});
        QCOMPARE(machine.vectors, std::vector<std::uint8_t>{0x44});
    }

    void theTimerIsAtPinTwo() {
        Machine machine;
        machine.isa.line(0).strike();
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x20});
        QCOMPARE(machine.vectors, std::vector<std::uint8_t>{0x42});
    }

    void aSharedWireStaysAssertedUntilAllLetGo() {
        Machine machine;
        const InterruptLine first = machine.isa.line(4);
        const InterruptLine second = machine.isa.line(4);
        first.raise();
        second.raise();
        QCOMPARE(machine.vectors.size(), std::size_t{1});
        first.lower();
        first.raise();
        QCOMPARE(machine.vectors.size(), std::size_t{1});
        first.lower();
        second.lower();
        second.raise();
        QCOMPARE(machine.vectors.size(), std::size_t{2});
    }

    void linesThatDoNotExistLeadNowhere() {
        Machine machine;
        machine.isa.line(2).strike();
        machine.isa.line(16).strike();
        InterruptLine().strike();
        QVERIFY(!machine.asserted);
        QVERIFY(machine.vectors.empty());
    }
};

QTEST_APPLESS_MAIN(IsaInterruptsTest)
#include "isa_interrupts_test.moc"
