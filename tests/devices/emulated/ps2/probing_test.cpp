// SPDX-License-Identifier: GPL-3.0-or-later
//
// Keyboard and mouse behind the controller, as systems find and use them by ports alone.
#include <QTest>
#include <optional>
#include <random>

#include "devices/chipset/keyboard_controller.h"
#include "devices/emulated/ps2/ps2_keyboard.h"
#include "devices/emulated/ps2/ps2_mouse.h"
#include "played_host.h"
#include "recorders.h"

using namespace devices;
using display::KeyAction;

namespace {

struct Machine {
    Machine() {
        claimed = controller.claimPorts(ports).has_value();
        controller.plugIn(keyboard, mouse);
    }
    ~Machine() { controller.unplug(); }

    [[nodiscard]] std::uint8_t status() const {
        return static_cast<std::uint8_t>(ports.read(0x64, 1));
    }
    [[nodiscard]] std::uint8_t data() const {
        return static_cast<std::uint8_t>(ports.read(0x60, 1));
    }
    void command(std::uint8_t value) const { ports.write(0x64, 1, value); }
    void write(std::uint8_t value) const { ports.write(0x60, 1, value); }
    void write(std::uint8_t order, std::uint8_t value) const {
        command(order);
        write(value);
    }
    [[nodiscard]] std::uint8_t commandByte() const {
        command(0x20);
        return data();
    }
    /// Bytes of the keyboard or, with status bit 5, the mouse; fails by none.
    [[nodiscard]] Bytes read(bool isAuxiliary) const {
        Bytes bytes;
        while ((status() & 1) != 0) {
            if (((status() & 0x20) != 0) != isAuxiliary)
                return {};
            bytes.push_back(data());
        }
        return bytes;
    }
    [[nodiscard]] Bytes askKeyboard(const Bytes& bytes) const {
        Bytes answer;
        for (const std::uint8_t byte : bytes) {
            write(byte);
            answer = read(false);
        }
        return answer;
    }
    [[nodiscard]] Bytes askMouse(const Bytes& bytes) const {
        Bytes answer;
        for (const std::uint8_t byte : bytes) {
            write(0xD4, byte);
            answer = read(true);
        }
        return answer;
    }
    void press(std::uint8_t code) { keyboard.key({code}, KeyAction::Down); }
    void release(std::uint8_t code) { keyboard.key({code}, KeyAction::Up); }
    void to(std::uint16_t x, std::uint8_t buttons = 0) {
        mouse.pointer({.x = x, .y = 0, .buttons = buttons}, 0);
    }

    RecordedMachine control;
    RecordedLine line;
    RecordedLine auxiliaryLine;
    PortBus ports;
    KeyboardController controller{control, control.addressLine20, line.line(),
                                  auxiliaryLine.line()};
    Ps2Keyboard keyboard{[this] { controller.fetch(); }};
    // One pixel is one step of the position.
    Ps2Mouse mouse{[] { return ScreenSize{32'768, 32'768}; }, [this] { controller.fetch(); }};
    bool claimed = false;
};

}  // namespace

class Ps2ProbingTest : public QObject {
    Q_OBJECT

  private slots:
    void aPolledKeyboardWorksFromTheStart() {
        Machine machine;
        QVERIFY(machine.claimed && machine.controller.hasDevices());
        machine.press(0x1E);
        machine.release(0x1E);
        QCOMPARE(machine.line.edges, 0);
        QCOMPARE(machine.read(false), (Bytes{0x1E, 0x9E}));
    }

    // SeaBIOS, src/hw/ps2port.c
    void firmwareFindsTheKeyboard() {
        Machine machine;
        machine.command(0xAD);
        machine.command(0xA7);
        while ((machine.status() & 1) != 0)
            static_cast<void>(machine.data());
        machine.command(0xAA);
        QCOMPARE(machine.data(), std::uint8_t{0x55});
        machine.command(0xAB);
        QCOMPARE(machine.data(), std::uint8_t{0x00});
        machine.command(0xA9);
        QCOMPARE(machine.data(), std::uint8_t{0x00});
        machine.write(0x60, 0x30);
        QCOMPARE(machine.askKeyboard({0xFF}), (Bytes{0xFA, 0xAA}));
        QCOMPARE(machine.askKeyboard({0xF5}), Bytes{0xFA});
        QCOMPARE(machine.askKeyboard({0xF0}), Bytes{0xFA});
        QCOMPARE(machine.askKeyboard({0x02}), Bytes{0xFA});
        machine.write(0x60, 0x61);
        QCOMPARE(machine.askKeyboard({0xF4}), Bytes{0xFA});
        // The answers come by interrupt as well, which its interrupt handler knows.
        QCOMPARE(machine.line.edges, 1);
        machine.press(0x1E);
        QVERIFY(machine.line.asserted);
        QCOMPARE(machine.line.edges, 2);
        QCOMPARE(machine.read(false), Bytes{0x1E});
        QVERIFY(!machine.line.asserted);
    }

    // Linux, drivers/input/serio/i8042.c: the checks before it believes that there are ports.
    void linuxBelievesInBothPorts() {
        Machine machine;
        const std::uint8_t first = machine.commandByte();
        QVERIFY((first & 0x40) != 0);
        QVERIFY((machine.status() & 0x10) != 0);
        const auto control = static_cast<std::uint8_t>((first | 0x30) & ~0x03);
        machine.write(0x60, control);
        QCOMPARE(machine.commandByte(), control);
        // A byte looped through the auxiliary port, and no multiplexer behind it.
        for (const std::uint8_t byte : Bytes{0x5A, 0xF0, 0x56, 0xA4}) {
            machine.write(0xD3, byte);
            QCOMPARE(machine.status() & 0x21, 0x21);
            QCOMPARE(machine.data(), byte);
        }
        machine.command(0xA8);
        QCOMPARE(machine.commandByte() & 0x20, 0);
        machine.command(0xA7);
        QCOMPARE(machine.commandByte() & 0x20, 0x20);
        // Its interrupt.
        machine.write(0x60, static_cast<std::uint8_t>((control & ~0x20) | 0x02));
        machine.write(0xD3, 0xA5);
        QCOMPARE(machine.auxiliaryLine.edges, 1);
        QCOMPARE(machine.line.edges, 0);
        QVERIFY(machine.auxiliaryLine.asserted);
        QCOMPARE(machine.data(), std::uint8_t{0xA5});
        QVERIFY(!machine.auxiliaryLine.asserted);
    }

    // Linux, atkbd.c and psmouse-base.c.
    void linuxKnowsWhatIsPluggedIn() {
        Machine machine;
        machine.write(0x60, 0x43);
        QCOMPARE(machine.askKeyboard({0xF2}), (Bytes{0xFA, 0xAB, 0x41}));
        QCOMPARE(machine.askKeyboard({0xED, 0x00}), Bytes{0xFA});
        QCOMPARE(machine.askKeyboard({0xF3, 0x00}), Bytes{0xFA});
        QCOMPARE(machine.askKeyboard({0xF4}), Bytes{0xFA});
        QCOMPARE(machine.askMouse({0xF2}), (Bytes{0xFA, 0x00}));
        QCOMPARE(machine.askMouse({0xF5}), Bytes{0xFA});
        QCOMPARE(machine.askMouse({0xF3, 200, 0xF3, 100, 0xF3, 80, 0xF2}), (Bytes{0xFA, 0x03}));
        QCOMPARE(machine.askMouse({0xF3, 200, 0xF3, 200, 0xF3, 80, 0xF2}), (Bytes{0xFA, 0x04}));
        QCOMPARE(machine.askMouse({0xF3, 100, 0xE8, 3, 0xE6, 0xF4}), Bytes{0xFA});
        machine.to(0);
        machine.to(4, 1);
        QVERIFY(machine.auxiliaryLine.asserted);
        QCOMPARE(machine.read(true), (Bytes{0x09, 4, 0, 0}));
    }

    void oneByteAtATimeWithAnEdgeEach() {
        Machine machine;
        machine.write(0x60, 0x43);
        QCOMPARE(machine.askMouse({0xF4}), Bytes{0xFA});
        const int edges = machine.line.edges;
        const int auxiliaryEdges = machine.auxiliaryLine.edges;
        machine.press(0x1E);
        machine.to(0, 1);
        machine.press(0x30);
        QCOMPARE(machine.line.edges, edges + 1);
        QCOMPARE(machine.auxiliaryLine.edges, auxiliaryEdges);
        QCOMPARE(machine.data(), std::uint8_t{0x1E});
        QCOMPARE(machine.line.edges, edges + 2);
        QCOMPARE(machine.data(), std::uint8_t{0x30});
        QVERIFY(!machine.line.asserted);
        QCOMPARE(machine.auxiliaryLine.edges, auxiliaryEdges + 1);
        QCOMPARE(machine.read(true), (Bytes{0x09, 0, 0}));
        QCOMPARE(machine.auxiliaryLine.edges, auxiliaryEdges + 3);
        QVERIFY(!machine.auxiliaryLine.asserted);
        // What was read last stays there.
        QCOMPARE(machine.data(), std::uint8_t{0});
    }

    void aDisabledPortKeepsItsBytes() {
        Machine machine;
        machine.command(0xAD);
        machine.press(0x1E);
        QCOMPARE(machine.status() & 1, 0);
        machine.command(0xAE);
        QCOMPARE(machine.read(false), Bytes{0x1E});
        // A byte for the device opens its port.
        machine.command(0xAD);
        QCOMPARE(machine.askKeyboard({0xEE}), Bytes{0xEE});
        QCOMPARE(machine.commandByte() & 0x10, 0);
        machine.command(0xA7);
        QCOMPARE(machine.askMouse({0xF4}), Bytes{0xFA});
        QCOMPARE(machine.commandByte() & 0x20, 0);
        machine.command(0xA7);
        machine.to(0, 1);
        QCOMPARE(machine.status() & 1, 0);
        machine.command(0xA8);
        QCOMPARE(machine.read(true), (Bytes{0x09, 0, 0}));
    }

    void translationIsTheHostsToTurnOff() {
        Machine machine;
        machine.write(0x60, 0x00);
        machine.press(0x1E);
        machine.release(0x1E);
        QCOMPARE(machine.read(false), (Bytes{0x1C, 0xF0, 0x1C}));
        QCOMPARE(machine.askKeyboard({0xF2}), (Bytes{0xFA, 0xAB, 0x83}));
        // Whoever does without chooses set 1 in the keyboard.
        QCOMPARE(machine.askKeyboard({0xF0, 0x01}), Bytes{0xFA});
        machine.press(0x1E);
        machine.release(0x1E);
        QCOMPARE(machine.read(false), (Bytes{0x1E, 0x9E}));
    }

    void enablingAnInterruptTellsOfWhatWaits() {
        Machine machine;
        machine.press(0x1E);
        QVERIFY(!machine.line.asserted);
        machine.write(0x60, 0x41);
        QVERIFY(machine.line.asserted);
        machine.write(0x60, 0x40);
        QVERIFY(!machine.line.asserted);
        machine.command(0xD0);
        QCOMPARE(machine.data(), std::uint8_t{0x13});
    }

    void theChipsMemoryIsKept() {
        Machine machine;
        for (unsigned at = 1; at < 32; ++at)
            machine.write(static_cast<std::uint8_t>(0x60 + at), static_cast<std::uint8_t>(at * 7));
        for (unsigned at = 1; at < 32; ++at) {
            machine.command(static_cast<std::uint8_t>(0x20 + at));
            QCOMPARE(machine.data(), static_cast<std::uint8_t>(at * 7));
        }
        QCOMPARE(machine.commandByte(), std::uint8_t{0x40});
        machine.command(0xA4);
        QCOMPARE(machine.data(), std::uint8_t{0xF1});
    }

    void aResetIsOneOfTheDevicesToo() {
        Machine machine;
        machine.write(0x60, 0x03);
        QCOMPARE(machine.askMouse({0xF4}), Bytes{0xFA});
        machine.press(0x1E);
        machine.press(0x30);
        machine.controller.reset();
        QVERIFY(!machine.line.asserted);
        QCOMPARE(machine.status() & 1, 0);
        machine.release(0x1E);
        machine.to(0, 1);
        QCOMPARE(machine.status() & 1, 0);
        QCOMPARE(machine.commandByte(), std::uint8_t{0x40});
    }

    void anySequenceOfAccessesIsSurvived() {
        Machine machine;
        std::mt19937_64 random(7);
        for (int i = 0; i < 200'000; ++i) {
            const std::uint64_t choice = random();
            const std::uint16_t port = (choice & 1) != 0 ? 0x60 : 0x64;
            switch (choice >> 1 & 3) {
                case 0:
                    machine.ports.write(port, 1, static_cast<std::uint32_t>(choice >> 8));
                    break;
                case 1:
                    static_cast<void>(machine.ports.read(port, 1));
                    break;
                case 2:
                    machine.keyboard.key({static_cast<std::uint8_t>(choice >> 8)},
                                         (choice & 8) != 0 ? KeyAction::Up : KeyAction::Down);
                    break;
                default:
                    machine.to(static_cast<std::uint16_t>(choice >> 8),
                               static_cast<std::uint8_t>(choice >> 32));
                    break;
            }
            QVERIFY(!(machine.line.asserted && machine.auxiliaryLine.asserted));
        }
        machine.controller.reset();
        machine.command(0xAA);
        QCOMPARE(machine.data(), std::uint8_t{0x55});
    }
};

QTEST_APPLESS_MAIN(Ps2ProbingTest)
#include "probing_test.moc"
