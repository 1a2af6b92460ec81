// SPDX-License-Identifier: GPL-3.0-or-later
#include "hypervisor/interrupts/io_apic.h"

#include <QTest>
#include <random>
#include <utility>
#include <vector>

#include "hypervisor/interrupts/interrupt_message.h"

using namespace hypervisor;

namespace {

constexpr std::uint32_t kMasked = 1U << 16;
constexpr std::uint32_t kLevel = 1U << 15;
constexpr std::uint32_t kRemoteIrr = 1U << 14;
constexpr std::uint32_t kActiveLow = 1U << 13;
constexpr std::uint32_t kLogical = 1U << 11;

struct Machine {
    std::uint32_t read(std::uint8_t index) {
        ioApic.writeMmio(0x00, 4, index);
        return static_cast<std::uint32_t>(ioApic.readMmio(0x10, 4));
    }
    void write(std::uint8_t index, std::uint32_t value) {
        ioApic.writeMmio(0x00, 4, index);
        ioApic.writeMmio(0x10, 4, value);
    }
    void setEntry(unsigned pin, std::uint32_t low, std::uint8_t destination = 0) {
        write(static_cast<std::uint8_t>(0x11 + 2 * pin), std::uint32_t{destination} << 24);
        write(static_cast<std::uint8_t>(0x10 + 2 * pin), low);
    }
    std::uint32_t entry(unsigned pin) { return read(static_cast<std::uint8_t>(0x10 + 2 * pin)); }

    std::vector<std::pair<std::uint64_t, std::uint32_t>> messages;
    std::vector<std::tuple<unsigned, std::uint64_t, std::uint32_t>> announced;
    IoApic ioApic{
        [this](std::uint64_t address, std::uint32_t data) { messages.emplace_back(address, data); },
        [this](unsigned pin, std::uint64_t address, std::uint32_t data) {
            announced.emplace_back(pin, address, data);
        }};
};

}  // namespace

class IoApicTest : public QObject {
    Q_OBJECT

  private slots:
    void registersReadAsTheDataSheetSays() {
        Machine machine;
        QCOMPARE(machine.read(0x01), 0x0017'0020U);
        machine.write(0x01, 0xFFFF'FFFF);
        QCOMPARE(machine.read(0x01), 0x0017'0020U);
        machine.write(0x00, 0xFFFF'FFFF);
        QCOMPARE(machine.read(0x00), 0x0F00'0000U);
        QCOMPARE(machine.read(0x02), 0x0F00'0000U);
        machine.write(0x02, 0);
        QCOMPARE(machine.read(0x02), 0x0F00'0000U);
        QCOMPARE(machine.read(0x03), 0U);
        QCOMPARE(machine.read(0x40), 0U);
        for (unsigned pin = 0; pin < IoApic::kPins; ++pin)
            QCOMPARE(machine.entry(pin), kMasked);
    }

    void statusBitsOfAnEntryAreReadOnly() {
        Machine machine;
        machine.setEntry(5, 0xFFFF'FFFF, 0xAB);
        QCOMPARE(machine.entry(5), 0x0001'AFFFU);
        QCOMPARE(machine.read(0x1B), 0xAB00'0000U);
    }

    void anEdgeSendsOneMessage() {
        Machine machine;
        machine.setEntry(4, 0x31, 3);
        machine.ioApic.setPin(4, true);
        machine.ioApic.setPin(4, true);
        QCOMPARE(machine.messages.size(), std::size_t{1});
        const InterruptMessage message =
            decodeMessage(machine.messages[0].first, machine.messages[0].second);
        QCOMPARE(message.vector, std::uint8_t{0x31});
        QCOMPARE(message.destination, 3U);
        QVERIFY(message.delivery == DeliveryMode::Fixed);
        QVERIFY(message.trigger == TriggerMode::Edge);
        QVERIFY(message.destinationMode == DestinationMode::Physical);
        QCOMPARE(machine.messages[0].first, std::uint64_t{0xFEE0'3000});
        machine.ioApic.setPin(4, false);
        machine.ioApic.setPin(4, true);
        QCOMPARE(machine.messages.size(), std::size_t{2});
    }

    void anEdgeOnAMaskedPinIsLost() {
        Machine machine;
        machine.setEntry(4, 0x31 | kMasked);
        machine.ioApic.setPin(4, true);
        machine.setEntry(4, 0x31);
        QVERIFY(machine.messages.empty());
    }

    void aLevelIsSentAgainAfterItsEnd() {
        Machine machine;
        machine.setEntry(9, 0x59 | kLevel);
        machine.ioApic.setPin(9, true);
        machine.ioApic.setPin(9, true);
        QCOMPARE(machine.messages.size(), std::size_t{1});
        QVERIFY((machine.messages[0].second & kLevel) != 0);
        QVERIFY((machine.entry(9) & kRemoteIrr) != 0);
        machine.ioApic.endOfInterrupt(0x58);
        QCOMPARE(machine.messages.size(), std::size_t{1});
        machine.ioApic.endOfInterrupt(0x59);
        QCOMPARE(machine.messages.size(), std::size_t{2});
        machine.ioApic.setPin(9, false);
        QVERIFY((machine.entry(9) & kRemoteIrr) != 0);
        machine.ioApic.endOfInterrupt(0x59);
        QCOMPARE(machine.messages.size(), std::size_t{2});
        QVERIFY((machine.entry(9) & kRemoteIrr) == 0);
    }

    void whatALevelWillSendIsAnnouncedBeforeItIsSent() {
        Machine machine;
        machine.ioApic.setPin(9, true);
        machine.setEntry(8, 0x58, 1);
        QVERIFY(machine.announced.empty());
        machine.setEntry(9, 0x59 | kLevel | kMasked, 1);
        QCOMPARE(machine.announced.size(), std::size_t{1});
        QVERIFY(machine.messages.empty());
        machine.setEntry(9, 0x59 | kLevel, 1);
        QCOMPARE(machine.messages.size(), std::size_t{1});
        const auto [pin, address, data] = machine.announced.back();
        QCOMPARE(pin, 9U);
        QCOMPARE(std::pair(address, data), machine.messages[0]);
    }

    void aLevelThatIsUnmaskedIsSent() {
        Machine machine;
        machine.setEntry(9, 0x59 | kLevel | kMasked);
        machine.ioApic.setPin(9, true);
        QVERIFY(machine.messages.empty());
        machine.setEntry(9, 0x59 | kLevel);
        QCOMPARE(machine.messages.size(), std::size_t{1});
        // Masking and unmasking while it is not ended sends nothing.
        machine.setEntry(9, 0x59 | kLevel | kMasked);
        machine.setEntry(9, 0x59 | kLevel);
        QCOMPARE(machine.messages.size(), std::size_t{1});
    }

    void theEndRegisterEnds() {
        Machine machine;
        machine.setEntry(9, 0x59 | kLevel);
        machine.ioApic.setPin(9, true);
        machine.ioApic.setPin(9, false);
        machine.ioApic.writeMmio(0x40, 4, 0x59);
        QVERIFY((machine.entry(9) & kRemoteIrr) == 0);
    }

    void turningAnEntryToEdgeDropsItsRemoteIrr() {
        Machine machine;
        machine.setEntry(9, 0x59 | kLevel);
        machine.ioApic.setPin(9, true);
        machine.ioApic.setPin(9, false);
        machine.setEntry(9, 0x59 | kMasked);
        machine.setEntry(9, 0x59 | kLevel);
        QVERIFY((machine.entry(9) & kRemoteIrr) == 0);
        machine.ioApic.setPin(9, true);
        QCOMPARE(machine.messages.size(), std::size_t{2});
    }

    void twoPinsMayShareAVector() {
        Machine machine;
        machine.setEntry(10, 0x60 | kLevel);
        machine.setEntry(11, 0x60 | kLevel);
        machine.ioApic.setPin(10, true);
        machine.ioApic.setPin(11, true);
        QCOMPARE(machine.messages.size(), std::size_t{2});
        machine.ioApic.setPin(10, false);
        machine.ioApic.endOfInterrupt(0x60);
        QCOMPARE(machine.messages.size(), std::size_t{3});
    }

    void destinationAndDeliveryModesGoIntoTheMessage() {
        Machine machine;
        for (std::uint32_t mode = 0; mode < 8; ++mode) {
            machine.messages.clear();
            machine.setEntry(1, 0x41 | mode << 8 | kLogical | kActiveLow, 0xFF);
            machine.ioApic.setPin(1, true);
            machine.ioApic.setPin(1, false);
            QCOMPARE(machine.messages.size(), std::size_t{1});
            const InterruptMessage message =
                decodeMessage(machine.messages[0].first, machine.messages[0].second);
            QCOMPARE(static_cast<std::uint32_t>(message.delivery), mode);
            QVERIFY(message.destinationMode == DestinationMode::Logical);
            QVERIFY(message.broadcast);
            QCOMPARE((machine.messages[0].first & 8) != 0, mode == 1);
        }
    }

    void nonMaskableInterruptsAreEdgesEvenIfSetToLevel() {
        Machine machine;
        machine.setEntry(1, 0x400 | kLevel);
        machine.ioApic.setPin(1, true);
        QCOMPARE(machine.messages.size(), std::size_t{1});
        QVERIFY((machine.messages[0].second & kLevel) == 0);
        QVERIFY((machine.entry(1) & kRemoteIrr) == 0);
    }

    void accessesOfAnySizeAndPlaceAreSurvived() {
        Machine machine;
        std::mt19937_64 random(2);
        for (int i = 0; i < 500'000; ++i) {
            const std::uint64_t choice = random();
            const unsigned size = 1U << (choice & 3);
            const std::uint64_t offset =
                (choice & 4) != 0 ? (choice >> 8) % (IoApic::kSize - size) : (choice >> 8 & 7) * 16;
            switch (choice >> 4 & 3) {
                case 0:
                    machine.ioApic.writeMmio(offset, size, random());
                    break;
                case 1: {
                    const std::uint64_t value = machine.ioApic.readMmio(offset, size);
                    QVERIFY(size == 8 || value >> size * 8 == 0);
                    break;
                }
                case 2:
                    machine.ioApic.setPin(choice >> 8 & 31, (choice >> 16 & 1) != 0);
                    break;
                default:
                    machine.ioApic.endOfInterrupt(static_cast<std::uint8_t>(choice >> 8));
                    break;
            }
            machine.messages.clear();
        }
        machine.ioApic.reset();
        for (unsigned pin = 0; pin < IoApic::kPins; ++pin)
            QCOMPARE(machine.entry(pin), kMasked);
    }
};

QTEST_APPLESS_MAIN(IoApicTest)
#include "io_apic_test.moc"
