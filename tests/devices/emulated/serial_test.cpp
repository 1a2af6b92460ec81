// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/emulated/serial.h"

#include <QTest>
#include <random>
#include <string>
#include <vector>

#include "fake_clock.h"
#include "recorders.h"

using namespace devices;

namespace {

enum Offset : std::uint16_t { Data, Ier, Iir, Lcr, Mcr, Lsr, Msr, Scr, Fcr = 2 };

/// A cable's other end that takes as much as it is told to, on the test's thread.
class RecordingBackend : public SerialBackend {
  public:
    void attach(Port* port) override { port_ = port; }
    bool send(std::uint8_t byte) override {
        if (room == 0)
            return false;
        --room;
        sent.push_back(static_cast<char>(byte));
        return true;
    }
    void inputRoom() override { roomCalls += 1; }

    void makeRoom(std::size_t bytes) {
        room = bytes;
        port_->outputRoom();
    }
    /// Offers what is waiting and `text`; what is not taken waits.
    void type(const std::string& text) {
        waiting.insert(waiting.end(), text.begin(), text.end());
        const std::size_t taken = port_->receive(waiting);
        waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(taken));
    }

    std::string sent;
    std::size_t room = ~std::size_t{0};
    std::vector<std::uint8_t> waiting;
    int roomCalls = 0;

  private:
    Port* port_ = nullptr;
};

struct Machine {
    std::uint8_t read(std::uint16_t offset) {
        return static_cast<std::uint8_t>(
            port.readPort(static_cast<std::uint16_t>(0x3F8 + offset), 1));
    }
    void write(std::uint16_t offset, std::uint8_t value) {
        port.writePort(static_cast<std::uint16_t>(0x3F8 + offset), 1, value);
    }
    /// 115200 8N1, FIFOs with a trigger level of 8, interrupts let out.
    void setUp() {
        write(Lcr, 0x80);
        write(Data, 1);
        write(Ier, 0);
        write(Lcr, 0x03);
        write(Fcr, 0x87);
        write(Mcr, 0x0B);
    }

    FakeClock clock;
    RecordedLine line;
    RecordingBackend backend;
    SerialPort port{clock, line.line(), &backend};
};

// Four characters of ten bits at 115200 bits a second.
constexpr std::uint64_t kTimeout = 40ULL * 1'000'000'000 / 115'200 + 1;

}  // namespace

class SerialTest : public QObject {
    Q_OBJECT

  private slots:
    void linuxDetectsA16550A() {
        Machine machine;
        // Interrupt enable holds four bits, and the port is there.
        machine.write(Ier, 0);
        QCOMPARE(machine.read(Ier), std::uint8_t{0});
        machine.write(Ier, 0xFF);
        QCOMPARE(machine.read(Ier), std::uint8_t{0x0F});
        machine.write(Ier, 0);
        // Loop-back shows the modem control outputs as inputs.
        machine.write(Mcr, 0x1A);
        QCOMPARE(machine.read(Msr) & 0xF0, 0x90);
        machine.write(Mcr, 0);
        // No enhanced features behind the 0xBF key, and FIFOs that work.
        machine.write(Lcr, 0xBF);
        QVERIFY(machine.read(2) != 0);
        machine.write(Lcr, 0);
        machine.write(Fcr, 0x01);
        QCOMPARE(machine.read(Iir) >> 6, 3);
        machine.write(Fcr, 0x21);
        QCOMPARE(machine.read(Iir) & 0x20, 0);
        machine.write(Fcr, 0);
        QCOMPARE(machine.read(Iir) >> 6, 0);
        machine.write(Scr, 0xA5);
        QCOMPARE(machine.read(Scr), std::uint8_t{0xA5});
    }

    void theDivisorLatchIsBehindItsBit() {
        Machine machine;
        machine.write(Lcr, 0x83);
        machine.write(Data, 0x34);
        machine.write(Ier, 0x12);
        QCOMPARE(machine.read(Data), std::uint8_t{0x34});
        QCOMPARE(machine.read(Ier), std::uint8_t{0x12});
        machine.write(Lcr, 0x03);
        QCOMPARE(machine.read(Ier), std::uint8_t{0});
        QVERIFY(machine.backend.sent.empty());
    }

    void bytesGoOutAndTheTransmitterIsEmptyAgain() {
        Machine machine;
        machine.setUp();
        for (const char c : std::string("hello"))
            machine.write(Data, static_cast<std::uint8_t>(c));
        QCOMPARE(machine.backend.sent, std::string("hello"));
        QCOMPARE(machine.read(Lsr), std::uint8_t{0x60});
    }

    void aSlowReaderKeepsTheTransmitterBusyAndLosesNothing() {
        Machine machine;
        machine.setUp();
        machine.backend.room = 3;
        for (int i = 0; i < 19; ++i)
            machine.write(Data, static_cast<std::uint8_t>('a' + i));
        QCOMPARE(machine.backend.sent, std::string("abc"));
        QCOMPARE(machine.read(Lsr) & 0x60, 0);
        machine.write(Ier, 0x02);
        QVERIFY(!machine.line.asserted);
        machine.backend.makeRoom(10);
        QCOMPARE(machine.read(Lsr) & 0x60, 0);
        machine.backend.makeRoom(100);
        QCOMPARE(machine.read(Lsr) & 0x60, 0x60);
        QCOMPARE(machine.backend.sent, std::string("abcdefghijklmnopqrs"));
        QVERIFY(machine.line.asserted);
    }

    void withoutFifosTheTransmitterHoldsOneByte() {
        Machine machine;
        machine.backend.room = 0;
        machine.write(Data, 'a');
        QCOMPARE(machine.read(Lsr) & 0x60, 0);
        machine.write(Data, 'b');
        machine.backend.makeRoom(10);
        QCOMPARE(machine.backend.sent, std::string("a"));
    }

    void theTransmitterInterruptIsTakenBackByReadingAndComesWithEachEnable() {
        Machine machine;
        machine.setUp();
        machine.write(Ier, 0x02);
        QVERIFY(machine.line.asserted);
        QCOMPARE(machine.read(Iir), std::uint8_t{0xC2});
        QVERIFY(!machine.line.asserted);
        QCOMPARE(machine.read(Iir), std::uint8_t{0xC1});
        machine.write(Ier, 0x00);
        machine.write(Ier, 0x02);
        QCOMPARE(machine.read(Iir), std::uint8_t{0xC2});
        machine.write(Data, 'x');
        QCOMPARE(machine.read(Iir), std::uint8_t{0xC2});
    }

    void interruptsNeedOut2() {
        Machine machine;
        machine.setUp();
        machine.write(Mcr, 0x03);
        machine.write(Ier, 0x02);
        QVERIFY(!machine.line.asserted);
        machine.write(Mcr, 0x0B);
        QVERIFY(machine.line.asserted);
    }

    void theReceiverInterruptsAtItsTriggerLevel() {
        Machine machine;
        machine.setUp();
        machine.write(Ier, 0x01);
        machine.backend.type("1234567");
        QVERIFY(!machine.line.asserted);
        machine.backend.type("8");
        QVERIFY(machine.line.asserted);
        QCOMPARE(machine.read(Iir), std::uint8_t{0xC4});
        QCOMPARE(machine.read(Data), std::uint8_t{'1'});
        QVERIFY(!machine.line.asserted);
    }

    void allTriggerLevelsHold() {
        constexpr std::array<int, 4> kLevels{1, 4, 8, 14};
        for (std::uint8_t i = 0; i < 4; ++i) {
            Machine machine;
            machine.setUp();
            machine.write(Fcr, static_cast<std::uint8_t>(1 | i << 6));
            machine.write(Ier, 0x01);
            machine.backend.type(std::string(static_cast<std::size_t>(kLevels[i] - 1), 'x'));
            QVERIFY(!machine.line.asserted);
            machine.backend.type("x");
            QVERIFY(machine.line.asserted);
        }
    }

    void bytesBelowTheTriggerLevelTimeOut() {
        Machine machine;
        machine.setUp();
        machine.write(Ier, 0x01);
        machine.backend.type("ab");
        machine.clock.advance(kTimeout - 1'000);
        QVERIFY(!machine.line.asserted);
        machine.clock.advance(1'000);
        QVERIFY(machine.line.asserted);
        QCOMPARE(machine.read(Iir), std::uint8_t{0xCC});
        QCOMPARE(machine.read(Data), std::uint8_t{'a'});
        QVERIFY(!machine.line.asserted);
        machine.clock.advance(kTimeout);
        QCOMPARE(machine.read(Iir), std::uint8_t{0xCC});
        QCOMPARE(machine.read(Data), std::uint8_t{'b'});
        machine.clock.advance(10 * kTimeout);
        QCOMPARE(machine.read(Iir), std::uint8_t{0xC1});
    }

    void eachByteRestartsTheTimeout() {
        Machine machine;
        machine.setUp();
        machine.write(Ier, 0x01);
        for (int i = 0; i < 5; ++i) {
            machine.backend.type("x");
            machine.clock.advance(kTimeout - 1'000);
            QVERIFY(!machine.line.asserted);
        }
    }

    void withoutFifosEachByteInterrupts() {
        Machine machine;
        machine.setUp();
        machine.write(Fcr, 0);
        machine.write(Ier, 0x01);
        machine.backend.type("ab");
        QCOMPARE(machine.read(Iir), std::uint8_t{0x04});
        QCOMPARE(machine.backend.waiting.size(), std::size_t{1});
        QCOMPARE(machine.read(Data), std::uint8_t{'a'});
        QVERIFY(!machine.line.asserted);
        QCOMPARE(machine.backend.roomCalls, 1);
        machine.backend.type("");
        QCOMPARE(machine.read(Data), std::uint8_t{'b'});
    }

    void inputThatDoesNotFitWaitsOutside() {
        Machine machine;
        machine.setUp();
        std::string text;
        for (int i = 0; i < 100; ++i)
            text.push_back(static_cast<char>('!' + i % 90));
        machine.backend.type(text);
        QCOMPARE(machine.backend.waiting.size(), std::size_t{84});
        std::string seen;
        while ((machine.read(Lsr) & 1) != 0) {
            const int calls = machine.backend.roomCalls;
            seen.push_back(static_cast<char>(machine.read(Data)));
            if (machine.backend.roomCalls != calls)
                machine.backend.type("");
        }
        QCOMPARE(seen, text);
        QCOMPARE(machine.read(Lsr) & 0x02, 0);
    }

    void clearingTheReceiverMakesRoom() {
        Machine machine;
        machine.setUp();
        machine.backend.type(std::string(20, 'x'));
        machine.write(Fcr, 0x83);
        QCOMPARE(machine.read(Lsr) & 1, 0);
        QCOMPARE(machine.backend.roomCalls, 1);
    }

    void loopbackReturnsBytesAndOverruns() {
        Machine machine;
        machine.setUp();
        machine.write(Mcr, 0x10);
        for (std::uint8_t i = 0; i < 16; ++i)
            machine.write(Data, i);
        QCOMPARE(machine.read(Lsr), std::uint8_t{0x61});
        machine.write(Data, 0xFF);
        QCOMPARE(machine.read(Lsr), std::uint8_t{0x63});
        QCOMPARE(machine.read(Lsr), std::uint8_t{0x61});
        for (std::uint8_t i = 0; i < 16; ++i)
            QCOMPARE(machine.read(Data), i);
        QVERIFY(machine.backend.sent.empty());
    }

    void inputWaitsWhileLoopedBack() {
        Machine machine;
        machine.setUp();
        machine.write(Mcr, 0x1B);
        machine.backend.type("a");
        QCOMPARE(machine.read(Lsr) & 1, 0);
        machine.write(Mcr, 0x0B);
        QCOMPARE(machine.backend.roomCalls, 1);
        machine.backend.type("");
        QCOMPARE(machine.read(Data), std::uint8_t{'a'});
    }

    void aBreakInLoopbackIsALineStatusInterrupt() {
        Machine machine;
        machine.setUp();
        machine.write(Ier, 0x05);
        machine.write(Mcr, 0x18);
        machine.write(Lcr, 0x43);
        QCOMPARE(machine.read(Iir), std::uint8_t{0xC6});
        QCOMPARE(machine.read(Lsr), std::uint8_t{0xF9});
        QCOMPARE(machine.read(Lsr), std::uint8_t{0x61});
        QCOMPARE(machine.read(Iir), std::uint8_t{0xC1});
        QCOMPARE(machine.read(Data), std::uint8_t{0});
    }

    void modemChangesInterrupt() {
        Machine machine;
        machine.setUp();
        QCOMPARE(machine.read(Msr), std::uint8_t{0xB0});
        machine.write(Ier, 0x08);
        machine.write(Mcr, 0x10);
        QCOMPARE(machine.read(Iir), std::uint8_t{0xC0});
        QCOMPARE(machine.read(Msr), std::uint8_t{0x0B});
        QCOMPARE(machine.read(Iir), std::uint8_t{0xC1});
        machine.write(Mcr, 0x14);
        QCOMPARE(machine.read(Msr), std::uint8_t{0x40});
        machine.write(Mcr, 0x10);
        QCOMPARE(machine.read(Msr), std::uint8_t{0x04});
    }

    void prioritiesAreTheDataSheets() {
        Machine machine;
        machine.setUp();
        machine.write(Mcr, 0x10);
        machine.write(Ier, 0x0F);
        for (int i = 0; i < 17; ++i)
            machine.write(Data, 0);
        QCOMPARE(machine.read(Iir), std::uint8_t{0xC6});
        static_cast<void>(machine.read(Lsr));
        QCOMPARE(machine.read(Iir), std::uint8_t{0xC4});
        for (int i = 0; i < 16; ++i)
            static_cast<void>(machine.read(Data));
        QCOMPARE(machine.read(Iir), std::uint8_t{0xC2});
        QCOMPARE(machine.read(Iir), std::uint8_t{0xC0});
        static_cast<void>(machine.read(Msr));
        QCOMPARE(machine.read(Iir), std::uint8_t{0xC1});
    }

    void anUnpluggedPortThrowsOutputAway() {
        FakeClock clock;
        RecordedLine line;
        SerialPort port(clock, line.line(), nullptr);
        PortBus ports;
        QVERIFY(port.claimPorts(ports, "COM2", kSerialAddresses[1].port));
        ports.write(0x2F8, 1, 'x');
        QCOMPARE(ports.read(0x2FD, 1), 0x60U);
        QCOMPARE(ports.read(0x2FE, 1), 0x00U);
        QVERIFY(!port.claimPorts(ports, "COM2 again", kSerialAddresses[1].port));
    }

    void resetRestoresThePowerOnState() {
        Machine machine;
        machine.setUp();
        machine.write(Ier, 0x0F);
        machine.backend.type("abc");
        machine.port.reset();
        QVERIFY(!machine.line.asserted);
        QCOMPARE(machine.read(Lsr), std::uint8_t{0x60});
        QCOMPARE(machine.read(Ier), std::uint8_t{0});
        QCOMPARE(machine.read(Iir), std::uint8_t{0x01});
        QCOMPARE(machine.read(Mcr), std::uint8_t{0});
    }

    void anySequenceOfAccessesIsSurvived() {
        Machine machine;
        std::mt19937_64 random(8);
        for (int i = 0; i < 500'000; ++i) {
            const std::uint64_t choice = random();
            const auto offset = static_cast<std::uint16_t>(choice >> 4 & 7);
            switch (choice & 15) {
                case 0:
                    machine.backend.type(std::string(choice >> 8 & 31, 'x'));
                    machine.backend.waiting.clear();
                    break;
                case 1:
                    machine.backend.makeRoom(choice >> 8 & 31);
                    break;
                case 2:
                    machine.clock.advance(choice >> 8 & 0xFFFF);
                    break;
                case 3:
                case 4:
                case 5:
                case 6:
                case 7:
                    static_cast<void>(machine.read(offset));
                    break;
                default:
                    machine.write(offset, static_cast<std::uint8_t>(choice >> 8));
                    break;
            }
        }
        machine.backend.makeRoom(~std::size_t{0});
        machine.port.reset();
        machine.setUp();
        machine.backend.sent.clear();
        machine.write(Data, 'z');
        QCOMPARE(machine.backend.sent, std::string("z"));
    }
};

QTEST_APPLESS_MAIN(SerialTest)
#include "serial_test.moc"
