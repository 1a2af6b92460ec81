// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/chipset/isa_dma.h"

#include <QTest>
#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "devices/chipset/debug_ports.h"

using namespace devices;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes counted(std::size_t length) {
    Bytes bytes(length);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{1});
    return bytes;
}

/// Modes: single transfers, of which the channel is to be added.
constexpr std::uint8_t kVerify = 0x40;
constexpr std::uint8_t kToMemory = 0x44;
constexpr std::uint8_t kFromMemory = 0x48;
constexpr std::uint8_t kAutoInitialize = 0x10;
constexpr std::uint8_t kDownwards = 0x20;

struct Machine {
    Machine() {
        claimed = dma.claimPorts(ports).has_value() && post.claimPorts(ports).has_value();
        dma.connect(memory.get());
    }
    void out(unsigned port, std::uint32_t value) {
        ports.write(static_cast<std::uint16_t>(port), 1, value);
    }
    std::uint8_t in(unsigned port) {
        return static_cast<std::uint8_t>(ports.read(static_cast<std::uint16_t>(port), 1));
    }
    /// As a driver does for a channel of the first controller; `count` is of bytes.
    void program(unsigned channel, std::uint32_t address, std::uint32_t count, std::uint8_t mode) {
        static constexpr std::array<unsigned, 4> kPage{0x87, 0x83, 0x81, 0x82};
        out(0x0A, 4 | channel);
        out(0x0C, 0);
        out(0x0B, mode | channel);
        out(channel * 2, address & 0xFF);
        out(channel * 2, address >> 8 & 0xFF);
        out(kPage.at(channel), address >> 16);
        out(channel * 2 + 1, (count - 1) & 0xFF);
        out(channel * 2 + 1, (count - 1) >> 8);
        out(0x0A, channel);
    }
    /// Of words, for 5 to 7.
    void programWords(unsigned channel, std::uint32_t address, std::uint32_t count,
                      std::uint8_t mode) {
        static constexpr std::array<unsigned, 4> kPage{0x8F, 0x8B, 0x89, 0x8A};
        const unsigned number = channel - 4;
        out(0xD4, 4 | number);
        out(0xD8, 0);
        out(0xD6, mode | number);
        out(0xC0 + number * 4, address >> 1 & 0xFF);
        out(0xC0 + number * 4, address >> 9 & 0xFF);
        out(kPage.at(number), address >> 16);
        out(0xC2 + number * 4, (count - 1) & 0xFF);
        out(0xC2 + number * 4, (count - 1) >> 8);
        out(0xD4, number);
    }
    std::uint16_t word(unsigned port) {
        out(0x0C, 0);
        const unsigned low = in(port);
        return static_cast<std::uint16_t>(low | in(port) << 8);
    }
    Bytes content(std::uint64_t gpa, std::size_t length) const {
        Bytes bytes(length);
        if (!memory->read(gpa, std::as_writable_bytes(std::span(bytes))))
            bytes.clear();
        return bytes;
    }
    void fill(std::uint64_t gpa, const Bytes& bytes) const {
        if (!memory->write(gpa, std::as_bytes(std::span(bytes))))
            qFatal("no memory there");
    }

    std::unique_ptr<hypervisor::GuestMemory> memory = *hypervisor::GuestMemory::create(8 << 20);
    PortBus ports;
    PostCodePort post;
    IsaDma dma;
    bool claimed = false;
};

}  // namespace

class IsaDmaTest : public QObject {
    Q_OBJECT

  private slots:
    void dataGoesToMemory() {
        Machine machine;
        QVERIFY(machine.claimed);
        machine.program(2, 0x12'3456, 600, kToMemory);
        QCOMPARE(machine.dma.bytesLeft(2, DmaDirection::ToMemory), std::size_t{600});
        const Bytes data = counted(600);
        const auto moved = machine.dma.toMemory(2, data);
        QCOMPARE(moved.bytes, std::size_t{600});
        QVERIFY(moved.terminalCount);
        QCOMPARE(machine.content(0x12'3456, 600), data);
        QCOMPARE(machine.content(0x12'3456 + 600, 1), Bytes{0});
    }

    void dataComesFromMemoryInPieces() {
        Machine machine;
        const Bytes data = counted(1000);
        machine.fill(0x3'0100, data);
        machine.program(1, 0x3'0100, 1000, kFromMemory);
        Bytes first(700);
        const auto moved = machine.dma.fromMemory(1, first);
        QCOMPARE(moved.bytes, std::size_t{700});
        QVERIFY(!moved.terminalCount);
        QCOMPARE(machine.word(2), 0x0100 + 700);
        QCOMPARE(machine.word(3), 299);
        // More is asked for than there is to come.
        Bytes rest(700);
        const auto last = machine.dma.fromMemory(1, rest);
        QCOMPARE(last.bytes, std::size_t{300});
        QVERIFY(last.terminalCount);
        first.insert(first.end(), rest.begin(), rest.begin() + 300);
        QCOMPARE(first, data);
        QCOMPARE(machine.word(3), 0xFFFF);
    }

    void theTerminalCountMasksAndIsToldOnce() {
        Machine machine;
        machine.program(3, 0x1000, 4, kToMemory);
        QVERIFY(machine.dma.request(3, DmaDirection::ToMemory));
        QCOMPARE(machine.in(8), 0x80);
        QVERIFY(machine.dma.toMemory(3, counted(4)).terminalCount);
        QVERIFY(!machine.dma.request(3, DmaDirection::ToMemory));
        QCOMPARE(machine.dma.bytesLeft(3, DmaDirection::ToMemory), std::size_t{0});
        QCOMPARE(machine.in(8), 0x88);
        QCOMPARE(machine.in(8), 0x80);
        machine.dma.withdraw(3);
        QCOMPARE(machine.in(8), 0x00);
        QCOMPARE(machine.in(15) & 8, 8);
    }

    void autoInitializationBeginsAnew() {
        Machine machine;
        machine.program(1, 0x2000, 16, kToMemory | kAutoInitialize);
        const Bytes data = counted(40);
        const auto first = machine.dma.toMemory(1, data);
        QCOMPARE(first.bytes, std::size_t{16});
        QVERIFY(first.terminalCount);
        QVERIFY(machine.dma.toMemory(1, std::span(data).subspan(16)).terminalCount);
        QCOMPARE(machine.content(0x2000, 16), Bytes(data.begin() + 16, data.begin() + 32));
        QCOMPARE(machine.word(2), 0x2000);
        QCOMPARE(machine.word(3), 15);
    }

    void addressesCanGoDown() {
        Machine machine;
        machine.program(1, 0x5'0003, 8, kToMemory | kDownwards);
        QCOMPARE(machine.dma.toMemory(1, counted(8)).bytes, std::size_t{8});
        QCOMPARE(machine.content(0x5'0000, 4), (Bytes{4, 3, 2, 1}));
        // Below the page comes its end.
        QCOMPARE(machine.content(0x5'FFFC, 4), (Bytes{8, 7, 6, 5}));
    }

    void bytesStayInTheir64KiB() {
        Machine machine;
        machine.program(2, 0x2'FFFE, 4, kToMemory);
        QCOMPARE(machine.dma.toMemory(2, counted(4)).bytes, std::size_t{4});
        QCOMPARE(machine.content(0x2'FFFE, 2), (Bytes{1, 2}));
        QCOMPARE(machine.content(0x2'0000, 2), (Bytes{3, 4}));
        QCOMPARE(machine.content(0x3'0000, 2), (Bytes{0, 0}));
    }

    void wordsStayInTheir128KiB() {
        Machine machine;
        machine.programWords(5, 0x5'FFFC, 4, kToMemory);
        QCOMPARE(machine.dma.bytesLeft(5, DmaDirection::ToMemory), std::size_t{8});
        // Half a word is none.
        const auto moved = machine.dma.toMemory(5, counted(7));
        QCOMPARE(moved.bytes, std::size_t{6});
        QVERIFY(!moved.terminalCount);
        QVERIFY(machine.dma.toMemory(5, Bytes{7, 8}).terminalCount);
        QCOMPARE(machine.content(0x5'FFFC, 4), (Bytes{1, 2, 3, 4}));
        QCOMPARE(machine.content(0x4'0000, 4), (Bytes{5, 6, 7, 8}));
        QCOMPARE(machine.in(0xD0), 0x02);
    }

    void aWholePageIsMoved() {
        Machine machine;
        machine.program(0, 0x4'8000, 0x1'0000, kFromMemory);
        Bytes data(0x1'0000);
        for (std::size_t i = 0; i < data.size(); ++i)
            data[i] = static_cast<std::uint8_t>(i * 31 >> 4);
        machine.fill(0x4'0000, data);
        std::rotate(data.begin(), data.begin() + 0x8000, data.end());
        Bytes read(0x1'0000);
        QVERIFY(machine.dma.fromMemory(0, read).terminalCount);
        QCOMPARE(read, data);
    }

    void verifyingLeavesMemoryAlone() {
        Machine machine;
        machine.program(2, 0x1000, 8, kVerify);
        QVERIFY(machine.dma.bytesLeft(2, DmaDirection::ToMemory) == 8 &&
                machine.dma.bytesLeft(2, DmaDirection::FromMemory) == 8);
        QVERIFY(machine.dma.toMemory(2, counted(8)).terminalCount);
        QCOMPARE(machine.content(0x1000, 8), Bytes(8));
    }

    void theOtherDirectionIsRefused() {
        Machine machine;
        machine.program(2, 0x1000, 8, kToMemory);
        Bytes data(8);
        QCOMPARE(machine.dma.fromMemory(2, data).bytes, std::size_t{0});
        QVERIFY(!machine.dma.request(2, DmaDirection::FromMemory));
        // A cascade moves nothing at all.
        machine.out(0x0B, 0xC2);
        QCOMPARE(machine.dma.bytesLeft(2, DmaDirection::ToMemory), std::size_t{0});
    }

    void whatIsNoMemoryReadsAsOnes() {
        Machine machine;
        machine.memory->leaveOut(0xA'0000, 0x2'0000);
        machine.program(2, 0x9'FFFE, 2, kFromMemory);
        machine.program(3, 0xA'0000, 2, kFromMemory);
        Bytes data(2);
        QVERIFY(machine.dma.fromMemory(3, data).terminalCount);
        QCOMPARE(data, (Bytes{0xFF, 0xFF}));
        // Beyond all of the RAM.
        machine.program(3, 0xF0'0000, 2, kToMemory);
        QVERIFY(machine.dma.toMemory(3, data).terminalCount);
        machine.program(3, 0xF0'0000, 2, kFromMemory);
        data = {1, 2};
        QVERIFY(machine.dma.fromMemory(3, data).terminalCount);
        QCOMPARE(data, (Bytes{0xFF, 0xFF}));
    }

    void aDeviceIsToldWhenItMayMove() {
        Machine machine;
        int told = 0;
        machine.dma.attach(2, [&] { ++told; });
        machine.program(2, 0x1000, 8, kToMemory);
        QCOMPARE(told, 0);
        machine.out(0x0A, 6);
        QVERIFY(!machine.dma.request(2, DmaDirection::ToMemory));
        machine.out(0x0B, 0x46);
        QCOMPARE(told, 0);
        machine.out(0x0A, 2);
        QCOMPARE(told, 1);
        // By the registers of all channels too.
        machine.out(0x0F, 0x0F);
        machine.out(0x0E, 0);
        QCOMPARE(told, 2);
        machine.out(0x0F, 0x04);
        QCOMPARE(told, 2);
        machine.out(0x0F, 0x0B);
        QCOMPARE(told, 3);
        machine.out(0x08, 0x04);
        QCOMPARE(told, 3);
        QCOMPARE(machine.dma.bytesLeft(2, DmaDirection::ToMemory), std::size_t{0});
        machine.out(0x08, 0x00);
        QCOMPARE(told, 4);
        machine.dma.detach(2);
        machine.out(0x0A, 2);
        QCOMPARE(told, 4);
    }

    void registersReadBack() {
        Machine machine;
        machine.out(0x0C, 0);
        machine.out(0x04, 0x34);
        machine.out(0x04, 0x12);
        machine.out(0x05, 0x78);
        machine.out(0x05, 0x56);
        QCOMPARE(machine.word(4), 0x1234);
        QCOMPARE(machine.word(5), 0x5678);
        // The second controller's are two ports apart, and both of them are the same.
        machine.out(0xD8, 0);
        machine.out(0xC5, 0xCD);
        machine.out(0xC4, 0xAB);
        QCOMPARE(machine.in(0xC4), 0xCD);
        QCOMPARE(machine.in(0xC4), 0xAB);
        for (unsigned port = 0x81; port <= 0x8F; ++port)
            machine.out(port, port);
        for (unsigned port = 0x81; port <= 0x8F; ++port)
            QCOMPARE(machine.in(port), static_cast<std::uint8_t>(port));
        QCOMPARE(machine.in(0x0D), 0);
    }

    void masterClearMasksAll() {
        Machine machine;
        machine.program(2, 0x1234, 8, kToMemory);
        machine.out(0x09, 0x05);
        QCOMPARE(machine.in(8), 0x20);
        machine.out(0x04, 0x11);  // leaves the flip-flop at the upper byte
        machine.out(0x0D, 0);
        QCOMPARE(machine.in(15), 0xFF);
        QCOMPARE(machine.in(8), 0x00);
        machine.out(0x04, 0x22);
        machine.out(0x04, 0x33);
        QCOMPARE(machine.word(4), 0x3322);
        QCOMPARE(machine.dma.bytesLeft(2, DmaDirection::ToMemory), std::size_t{0});
    }

    void thePostCodesStayWhereTheyAre() {
        Machine machine;
        machine.out(0x80, 0xA5);
        QCOMPARE(machine.post.code(), std::uint8_t{0xA5});
        QCOMPARE(machine.in(0x80), 0xA5);
    }

    void aResetMasksAndKeepsWhatDevicesAskFor() {
        Machine machine;
        machine.program(2, 0x1000, 8, kToMemory);
        QVERIFY(machine.dma.request(2, DmaDirection::ToMemory));
        machine.dma.reset();
        QCOMPARE(machine.in(8), 0x40);
        QCOMPARE(machine.in(0x81), 0);
        QCOMPARE(machine.dma.bytesLeft(2, DmaDirection::ToMemory), std::size_t{0});
    }
};

QTEST_APPLESS_MAIN(IsaDmaTest)
#include "isa_dma_test.moc"
