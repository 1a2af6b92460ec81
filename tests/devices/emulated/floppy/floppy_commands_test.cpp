// SPDX-License-Identifier: GPL-3.0-or-later
//
// The controller's registers, its heads, and what it tells of itself.
#include "devices/emulated/floppy/floppy_controller.h"

#include <QTest>

#include "floppy_machine.h"

namespace {

using Bytes = FloppyMachine::Bytes;
using devices::floppy::DriveKind;

}  // namespace

class FloppyCommandsTest : public QObject {
    Q_OBJECT

  private slots:
    void itComesUpInReset() {
        FloppyMachine machine;
        QCOMPARE(machine.status(), 0x00);
        machine.out(0x3F5, 0x10);
        QCOMPARE(machine.status(), 0x00);
        QVERIFY(!machine.line.asserted);
    }

    void aResetIsAskedAboutForEachDrive() {
        FloppyMachine machine;
        machine.out(0x3F2, 0x0C);
        QVERIFY(machine.line.asserted);
        QCOMPARE(machine.status(), 0x80);
        for (std::uint8_t drive = 0; drive < 4; ++drive) {
            QCOMPARE(machine.senseInterrupt(), (Bytes{static_cast<std::uint8_t>(0xC0 | drive), 0}));
            QVERIFY(!machine.line.asserted);
        }
        QCOMPARE(machine.senseInterrupt(), Bytes{0x80});
        // By the rate register too, which comes out of reset by itself.
        machine.out(0x3F4, 0x82);
        QVERIFY(machine.line.asserted);
        QCOMPARE(machine.senseInterrupt(), (Bytes{0xC0, 0}));
    }

    void whatAResetLeavesToAskIsOverAtTheNextInterrupt() {
        FloppyMachine machine;
        machine.out(0x3F2, 0x0C);
        QCOMPARE(machine.senseInterrupt(), (Bytes{0xC0, 0}));
        QVERIFY(machine.send({0x07, 0x00}));
        QVERIFY(machine.line.asserted);
        QCOMPARE(machine.senseInterrupt(), (Bytes{0x20, 0}));
        QCOMPARE(machine.senseInterrupt(), Bytes{0x80});
    }

    void theInterruptHasAGate() {
        FloppyMachine machine;
        machine.out(0x3F2, 0x04);
        QVERIFY(!machine.line.asserted);
        machine.out(0x3F2, 0x0C);
        QVERIFY(machine.line.asserted);
        machine.out(0x3F2, 0x04);
        QVERIFY(!machine.line.asserted);
    }

    void itIsAn82077() {
        FloppyMachine machine;
        machine.start();
        QCOMPARE(machine.run({0x10}), Bytes{});  // has no interrupt
        QCOMPARE(machine.results(), Bytes{0x90});
        // As drivers tell chips apart.
        QVERIFY(machine.send({0x13, 0x00, 0x57, 0x20}));
        QVERIFY(machine.send({0x12, 0x00}));
        QVERIFY(machine.send({0x14}));
        QCOMPARE(machine.results(), Bytes{0x00});
        QVERIFY(machine.send({0x18}));
        QCOMPARE(machine.results(), Bytes{0x80});
        // SCAN, POWERDOWN MODE and what is none.
        for (const std::uint8_t code : Bytes{0xD1, 0xD9, 0xDD, 0x17, 0x1F, 0x00}) {
            QVERIFY(machine.send({code}));
            QCOMPARE(machine.results(), Bytes{0x80});
        }
    }

    void registersAreDumped() {
        FloppyMachine machine;
        machine.start();
        QVERIFY(machine.send({0x03, 0xAF, 0x1E}));
        QVERIFY(machine.send({0x13, 0x00, 0x5A, 0x21}));
        QVERIFY(machine.send({0x12, 0x84}));
        QVERIFY(machine.send({0x94}));
        QCOMPARE(machine.results(), Bytes{0x10});
        machine.seek(40);
        QVERIFY(machine.send({0x0E}));
        QCOMPARE(machine.results(), (Bytes{40, 0, 0, 0, 0xAF, 0x1E, 0, 0x84, 0x5A, 0x21}));
        // What is locked outlasts a software reset.
        machine.out(0x3F4, 0x80);
        QVERIFY(machine.send({0x0E}));
        QCOMPARE(machine.results(), (Bytes{40, 0, 0, 0, 0xAF, 0x1E, 0, 0x84, 0x0A, 0x21}));
        QVERIFY(machine.send({0x14}));
        QCOMPARE(machine.results(), Bytes{0x00});
        machine.out(0x3F4, 0x80);
        QVERIFY(machine.send({0x0E}));
        QCOMPARE(machine.results(), (Bytes{40, 0, 0, 0, 0xAF, 0x1E, 0, 0x04, 0x20, 0x00}));
    }

    void headsSeek() {
        FloppyMachine machine;
        machine.start();
        QVERIFY(machine.send({0x04, 0x00}));
        QCOMPARE(machine.results(), Bytes{0x38});
        const int before = machine.line.edges;
        QVERIFY(machine.send({0x0F, 0x04, 12}));
        QCOMPARE(machine.line.edges, before + 1);
        QCOMPARE(machine.status(), 0x81);
        QCOMPARE(machine.senseInterrupt(), (Bytes{0x24, 12}));
        QCOMPARE(machine.status(), 0x80);
        QVERIFY(machine.send({0x04, 0x04}));
        QCOMPARE(machine.results(), Bytes{0x2C});
        QVERIFY(machine.send({0xCF, 0x00, 3}));
        QCOMPARE(machine.senseInterrupt(), (Bytes{0x20, 15}));
        QVERIFY(machine.send({0x8F, 0x00, 5}));
        QCOMPARE(machine.senseInterrupt(), (Bytes{0x20, 10}));
        QVERIFY(machine.send({0x07, 0x00}));
        QCOMPARE(machine.senseInterrupt(), (Bytes{0x20, 0}));
        QVERIFY(machine.send({0x04, 0x00}));
        QCOMPARE(machine.results(), Bytes{0x38});
    }

    void headsStopAtTheirEnd() {
        FloppyMachine machine;
        machine.start();
        QVERIFY(machine.insert());
        machine.seek(255);
        // 79 steps don't come from beyond track 79; a second try does.
        QVERIFY(machine.send({0x07, 0x00}));
        QCOMPARE(machine.senseInterrupt(), (Bytes{0x70, 0}));
        QVERIFY(machine.send({0x07, 0x00}));
        QCOMPARE(machine.senseInterrupt(), (Bytes{0x20, 0}));
        machine.setUpDma(512, 0x46);
        QCOMPARE(machine.run({0xE6, 0, 0, 0, 1, 2, 18, 0x1B, 0xFF}),
                 (Bytes{0x00, 0, 0, 0, 0, 2, 2}));
    }

    void otherDrivesAreNotThere() {
        FloppyMachine machine;
        machine.start();
        QVERIFY(machine.insert());
        QVERIFY(machine.send({0x07, 0x01}));
        QCOMPARE(machine.senseInterrupt(), (Bytes{0x71, 0}));
        QVERIFY(machine.send({0x04, 0x01}));
        QCOMPARE(machine.results(), Bytes{0x29});
        QCOMPARE(machine.run({0x4A, 0x01}), (Bytes{0x41, 0x01, 0, 0, 0, 0, 0}));
        machine.out(0x3F2, 0x2D);
        QCOMPARE(machine.input() & 0x80, 0);
    }

    void aChangeIsShownUntilTheHeadsMove() {
        FloppyMachine machine;
        machine.start();
        QCOMPARE(machine.input(), 0x80);
        machine.seek(1);
        QCOMPARE(machine.input(), 0x80);
        QVERIFY(machine.insert());
        QCOMPARE(machine.input(), 0x80);
        // They are there already.
        machine.seek(1);
        QCOMPARE(machine.input(), 0x80);
        machine.seek(0);
        QCOMPARE(machine.input(), 0x00);
        machine.controller->eject({});
        QCOMPARE(machine.input(), 0x80);
        machine.seek(1);
        QCOMPARE(machine.input(), 0x80);
    }

    void writeProtectionIsSeen() {
        FloppyMachine machine;
        machine.start();
        auto disk = machine.makeDiskette();
        disk->locked = true;
        QVERIFY(machine.controller->insert(disk));
        QVERIFY(machine.send({0x04, 0x00}));
        QCOMPARE(machine.results(), Bytes{0x78});
    }

    void disksThatDoNotFitAreRefused() {
        FloppyMachine machine;
        QVERIFY(!machine.insert(1200 * 1024));
        QVERIFY(!machine.insert(2880 * 1024));
        QVERIFY(!machine.insert(4 << 20));
        const auto fits = machine.controller->insert(machine.makeDiskette(1200 * 1024));
        QVERIFY(QString::fromStdString(fits.error().message).contains("1.2 MB"));
        FloppyMachine other;
        QVERIFY(!machine.controller->insert(other.makeDiskette()));
        QVERIFY(machine.insert(720 * 1024));
    }

    void aDisketteIsReleasedWhenAnotherComes() {
        FloppyMachine machine;
        int released = 0;
        QVERIFY(machine.controller->insert(machine.makeDiskette()));
        QVERIFY(machine.controller->insert(machine.makeDiskette(), [&] { ++released; }));
        machine.controller->eject([&] { released += 10; });
        QCOMPARE(released, 0);
        while (released != 11)
            machine.engine->poll();
    }

    void idsPassOneByOne() {
        FloppyMachine machine;
        QVERIFY(machine.insert());
        machine.start();
        machine.seek(5);
        QCOMPARE(machine.run({0x4A, 0x04}), (Bytes{0x04, 0, 0, 5, 1, 1, 2}));
        for (int i = 2; i <= 18; ++i)
            QCOMPARE(machine.run({0x4A, 0x00}).at(5), static_cast<std::uint8_t>(i));
        QCOMPARE(machine.run({0x4A, 0x00}).at(5), std::uint8_t{1});
        // Nothing is read at another rate, or in single density.
        QCOMPARE(machine.run({0x0A, 0x00}), (Bytes{0x40, 0x01, 0, 0, 0, 0, 0}));
        machine.out(0x3F7, 2);
        QCOMPARE(machine.run({0x4A, 0x00}), (Bytes{0x40, 0x01, 0, 0, 0, 0, 0}));
        machine.controller->eject({});
        machine.out(0x3F7, 0);
        QCOMPARE(machine.run({0x4A, 0x00}), (Bytes{0x40, 0x01, 0, 0, 0, 0, 0}));
    }

    void powerOnForgetsAll() {
        FloppyMachine machine;
        QVERIFY(machine.insert());
        machine.start();
        machine.seek(7);
        QCOMPARE(machine.input(), 0x00);
        machine.controller->powerOn();
        QCOMPARE(machine.status(), 0x00);
        QCOMPARE(machine.in(0x3F2), 0x00);
        QCOMPARE(machine.input(), 0x80);
        QVERIFY(!machine.line.asserted);
        machine.start();
        QVERIFY(machine.send({0x0E}));
        QCOMPARE(machine.results(), (Bytes{0, 0, 0, 0, 0xDF, 0x02, 0, 0, 0x20, 0x00}));
    }
};

QTEST_APPLESS_MAIN(FloppyCommandsTest)
#include "floppy_commands_test.moc"
