// SPDX-License-Identifier: GPL-3.0-or-later
#include "hypervisor/interrupts/pic.h"

#include <QTest>
#include <random>

using namespace hypervisor;

namespace {

constexpr std::uint16_t kMasterCommand = 0x20;
constexpr std::uint16_t kMasterData = 0x21;
constexpr std::uint16_t kSlaveCommand = 0xA0;
constexpr std::uint16_t kSlaveData = 0xA1;
constexpr std::uint8_t kEnd = 0x20;

/// A pair of 8259As with vectors 0x20 and 0x28, as a system sets them up.
struct Machine {
    explicit Machine(std::uint8_t masterMode = 0x01, std::uint8_t slaveMode = 0x01) {
        initialize(kMasterCommand, 0x20, 0x04, masterMode);
        initialize(kSlaveCommand, 0x28, 0x02, slaveMode);
    }
    void initialize(std::uint16_t command, std::uint8_t base, std::uint8_t cascade,
                    std::uint8_t mode) {
        const auto data = static_cast<std::uint16_t>(command + 1);
        pic.writePort(command, 0x11);
        pic.writePort(data, base);
        pic.writePort(data, cascade);
        pic.writePort(data, mode);
        pic.writePort(data, 0x00);
    }
    void strike(unsigned input) {
        pic.setInput(input, true);
        pic.setInput(input, false);
    }
    std::uint8_t inService(std::uint16_t command) {
        pic.writePort(command, 0x0B);
        return pic.readPort(command);
    }
    std::uint8_t requested(std::uint16_t command) {
        pic.writePort(command, 0x0A);
        return pic.readPort(command);
    }

    bool asserted = false;
    int changes = 0;
    Pic pic{[this](bool level) {
        asserted = level;
        ++changes;
    }};
};

}  // namespace

class PicTest : public QObject {
    Q_OBJECT

  private slots:
    void anEdgeIsDeliveredOnce() {
        Machine machine;
        machine.pic.setInput(4, true);
        QVERIFY(machine.asserted);
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x24});
        QVERIFY(!machine.asserted);
        machine.pic.writePort(kMasterCommand, kEnd);
        QVERIFY(!machine.asserted);
        machine.pic.setInput(4, false);
        machine.pic.setInput(4, true);
        QVERIFY(machine.asserted);
    }

    void aLevelIsDeliveredUntilTheLineFalls() {
        Machine machine;
        machine.pic.writePort(0x4D1, 0x02);
        QCOMPARE(machine.pic.readPort(0x4D1), std::uint8_t{0x02});
        machine.pic.setInput(9, true);
        for (int i = 0; i < 3; ++i) {
            QVERIFY(machine.asserted);
            QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x29});
            QVERIFY(!machine.asserted);
            machine.pic.writePort(kSlaveCommand, kEnd);
            machine.pic.writePort(kMasterCommand, kEnd);
        }
        machine.pic.setInput(9, false);
        QVERIFY(!machine.asserted);
    }

    void theTimersAndTheCascadeAreAlwaysEdges() {
        Machine machine;
        machine.pic.writePort(0x4D0, 0xFF);
        machine.pic.writePort(0x4D1, 0xFF);
        QCOMPARE(machine.pic.readPort(0x4D0), std::uint8_t{0xF8});
        QCOMPARE(machine.pic.readPort(0x4D1), std::uint8_t{0xDE});
    }

    void theMaskHoldsBackAndReadsBack() {
        Machine machine;
        machine.pic.writePort(kMasterData, 0xFB);
        QCOMPARE(machine.pic.readPort(kMasterData), std::uint8_t{0xFB});
        machine.strike(3);
        QVERIFY(!machine.asserted);
        QCOMPARE(machine.requested(kMasterCommand), std::uint8_t{0x08});
        machine.pic.writePort(kMasterData, 0x00);
        QVERIFY(machine.asserted);
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x23});
        QCOMPARE(machine.inService(kMasterCommand), std::uint8_t{0x08});
    }

    void aHigherPriorityInterruptsALowerOne() {
        Machine machine;
        machine.strike(5);
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x25});
        machine.strike(6);
        QVERIFY(!machine.asserted);
        machine.strike(1);
        QVERIFY(machine.asserted);
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x21});
        QCOMPARE(machine.inService(kMasterCommand), std::uint8_t{0x22});
        machine.pic.writePort(kMasterCommand, kEnd);
        QCOMPARE(machine.inService(kMasterCommand), std::uint8_t{0x20});
        machine.pic.writePort(kMasterCommand, 0x60 | 5);
        QVERIFY(machine.asserted);
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x26});
    }

    void theSlaveComesThroughTheCascade() {
        Machine machine;
        machine.strike(14);
        machine.strike(8);
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x28});
        QCOMPARE(machine.inService(kMasterCommand), std::uint8_t{0x04});
        QCOMPARE(machine.inService(kSlaveCommand), std::uint8_t{0x01});
        QVERIFY(!machine.asserted);
        machine.pic.writePort(kSlaveCommand, kEnd);
        machine.pic.writePort(kMasterCommand, kEnd);
        QVERIFY(machine.asserted);
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x2E});
    }

    void specialFullyNestedModeLetsTheSlavesHigherOnesThrough() {
        Machine machine(0x11);
        machine.strike(14);
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x2E});
        machine.strike(9);
        QVERIFY(machine.asserted);
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x29});

        Machine plain;
        plain.strike(14);
        QCOMPARE(plain.pic.acknowledge(), std::uint8_t{0x2E});
        plain.strike(9);
        QVERIFY(!plain.asserted);
    }

    void aRequestThatGoesAwayIsSpurious() {
        Machine machine;
        machine.pic.writePort(0x4D0, 0x20);
        machine.pic.setInput(5, true);
        machine.pic.setInput(5, false);
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x27});
        QCOMPARE(machine.inService(kMasterCommand), std::uint8_t{0});
    }

    void aSlaveRequestMaskedTooLateIsNotDelivered() {
        Machine machine;
        machine.strike(15);
        machine.pic.writePort(kSlaveData, 0xFF);
        QVERIFY(!machine.asserted);
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x27});
    }

    void automaticEndLeavesNothingInService() {
        Machine machine(0x03);
        machine.strike(3);
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x23});
        QCOMPARE(machine.inService(kMasterCommand), std::uint8_t{0});
        machine.strike(7);
        QVERIFY(machine.asserted);
    }

    void automaticRotationMakesTheServedOneLowest() {
        Machine machine(0x03);
        machine.pic.writePort(kMasterCommand, 0x80);
        machine.strike(3);
        machine.strike(4);
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x23});
        machine.strike(3);
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x24});
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x23});
    }

    void rotationAndSetPriorityChangeTheOrder() {
        Machine machine;
        machine.pic.writePort(kMasterCommand, 0xC0 | 4);  // 4 lowest: 5 is first
        machine.strike(0);
        machine.strike(5);
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x25});
        machine.pic.writePort(kMasterCommand, 0xA0);  // rotate on non-specific end: 5 lowest
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x20});
        machine.pic.writePort(kMasterCommand, 0xE0);  // rotate on specific end: 0 lowest
        machine.strike(0);
        machine.strike(1);
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x21});
    }

    void specialMaskModeLetsLowerOnesThrough() {
        Machine machine;
        machine.strike(2 + 1);
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x23});
        machine.strike(6);
        QVERIFY(!machine.asserted);
        machine.pic.writePort(kMasterData, 0x08);
        QVERIFY(!machine.asserted);
        machine.pic.writePort(kMasterCommand, 0x68);
        QVERIFY(machine.asserted);
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x26});
        machine.pic.writePort(kMasterCommand, kEnd);
        QCOMPARE(machine.inService(kMasterCommand), std::uint8_t{0x08});
    }

    void aPollAcknowledges() {
        Machine machine;
        machine.pic.writePort(kMasterCommand, 0x0C);
        QCOMPARE(machine.pic.readPort(kMasterCommand), std::uint8_t{0});
        machine.strike(6);
        machine.pic.writePort(kMasterCommand, 0x0C);
        QCOMPARE(machine.pic.readPort(kMasterCommand), std::uint8_t{0x86});
        QVERIFY(!machine.asserted);
        QCOMPARE(machine.inService(kMasterCommand), std::uint8_t{0x40});
    }

    void initializingForgetsEdgesUntilTheLineRisesAgain() {
        Machine machine;
        machine.pic.setInput(1, true);
        machine.initialize(kMasterCommand, 0x40, 4, 1);
        QVERIFY(!machine.asserted);
        machine.pic.setInput(1, true);
        QVERIFY(!machine.asserted);
        machine.strike(1);
        machine.strike(1);
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x41});
    }

    void nothingIsRequestedInTheMiddleOfInitialization() {
        Machine machine;
        machine.pic.writePort(kMasterCommand, 0x11);
        machine.strike(3);
        QVERIFY(!machine.asserted);
        machine.pic.writePort(kMasterData, 0x30);
        machine.pic.writePort(kMasterData, 0x04);
        machine.pic.writePort(kMasterData, 0x01);
        QVERIFY(machine.asserted);
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x33});
    }

    void resetRestoresThePowerOnState() {
        Machine machine;
        machine.strike(3);
        machine.pic.writePort(kMasterData, 0x55);
        machine.pic.reset();
        QVERIFY(!machine.asserted);
        QCOMPARE(machine.pic.readPort(kMasterData), std::uint8_t{0});
    }

    void theOutputIsReportedOnChangesOnly() {
        Machine machine;
        const int before = machine.changes;
        machine.strike(3);
        machine.strike(4);
        machine.strike(5);
        QCOMPARE(machine.changes, before + 1);
    }

    void anySequenceOfAccessesIsSurvived() {
        constexpr std::array<std::uint16_t, 6> kPorts{0x20, 0x21, 0xA0, 0xA1, 0x4D0, 0x4D1};
        std::mt19937 random(1);
        Machine machine;
        for (int i = 0; i < 500'000; ++i) {
            const std::uint64_t choice = random();
            const std::uint16_t port = kPorts[choice % kPorts.size()];
            switch (choice >> 8 & 3) {
                case 0:
                    machine.pic.writePort(port, static_cast<std::uint8_t>(choice >> 16));
                    break;
                case 1:
                    static_cast<void>(machine.pic.readPort(port));
                    break;
                case 2:
                    machine.pic.setInput(choice >> 16 & 31, (choice >> 24 & 1) != 0);
                    break;
                default:
                    static_cast<void>(machine.pic.acknowledge());
                    break;
            }
        }
        // Set up afresh, the pair still works.
        machine.pic.reset();
        for (unsigned input = 0; input < Pic::kInputs; ++input)
            machine.pic.setInput(input, false);
        machine.initialize(kMasterCommand, 0x20, 4, 1);
        machine.initialize(kSlaveCommand, 0x28, 2, 1);
        machine.strike(12);
        QVERIFY(machine.asserted);
        QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x2C});
    }
};

QTEST_APPLESS_MAIN(PicTest)
#include "pic_test.moc"
