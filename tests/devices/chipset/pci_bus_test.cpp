// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/chipset/pci_bus.h"

#include <QTest>
#include <array>
#include <optional>
#include <vector>

#include "recorders.h"

using namespace devices;
using hypervisor::Gpa;

namespace {

constexpr unsigned kDevice = 8;
constexpr std::uint32_t kSize = 8U << 20;

/// Tells where its memory is.
class Card final : public PciFunction {
  public:
    Card() : PciFunction({0x1414, 0x5353, 0x03'80'00, 5}) { addMemory(0, kSize, true); }
    std::vector<std::optional<Gpa>> places;

  private:
    void memoryPlaced(unsigned baseAddress, std::optional<Gpa> at) override {
        QCOMPARE(baseAddress, 0U);
        places.push_back(at);
    }
};

/// Has ports and registers of its own.
class PortCard final : public PciFunction {
  public:
    PortCard() : PciFunction({0x1011, 0x0009, 0x02'00'00}) {
        addPorts(1, 128);
        setInterruptPin(PciPin::A);
        addRegister(0x40, 2, 0xF0FF, 0x8001);
    }
    std::vector<std::optional<std::uint16_t>> places;
    std::vector<bool> masters;

  private:
    void portsPlaced(unsigned baseAddress, std::optional<std::uint16_t> first) override {
        QCOMPARE(baseAddress, 1U);
        places.push_back(first);
    }
    void configured() override { masters.push_back(mayMasterBus()); }
};

/// Has an expansion ROM.
class RomCard final : public PciFunction {
  public:
    RomCard() : PciFunction({0x1011, 0x0009, 0x02'00'00}) { addRom(8192); }
    std::vector<std::optional<Gpa>> places;

  private:
    void romPlaced(std::optional<Gpa> at) override { places.push_back(at); }
};

struct Machine {
    Machine() {
        if (!bus.claimPorts(ports) || !bus.add(kDevice, 0, card))
            qFatal("no bus");
    }
    void select(unsigned offset, unsigned device = kDevice, unsigned function = 0,
                unsigned number = 0) {
        ports.write(0xCF8, 4,
                    0x8000'0000 | number << 16 | device << 11 | function << 8 | (offset & 0xFC));
    }
    std::uint32_t read(unsigned offset, unsigned size = 4) {
        select(offset);
        return ports.read(static_cast<std::uint16_t>(0xCFC + (offset & 3)), size);
    }
    void write(unsigned offset, std::uint32_t value, unsigned size = 4) {
        select(offset);
        ports.write(static_cast<std::uint16_t>(0xCFC + (offset & 3)), size, value);
    }

    RecordedMachine recorded;
    ResetControl control{recorded, recorded.addressLine20};
    PciBus bus{control};
    PortBus ports;
    Card card;
};

}  // namespace

class PciBusTest : public QObject {
    Q_OBJECT

  private slots:
    void aFunctionSaysWhatItIs() {
        Machine machine;
        QCOMPARE(machine.read(0), 0x5353'1414U);
        QCOMPARE(machine.read(2, 2), 0x5353U);
        QCOMPARE(machine.read(1, 1), 0x14U);
        QCOMPARE(machine.read(8), 0x0380'0005U);
        QCOMPARE(machine.read(0xE, 1), 0U);
        // The guest changes none of that.
        machine.write(0, 0);
        machine.write(8, ~0U);
        QCOMPARE(machine.read(0), 0x5353'1414U);
        QCOMPARE(machine.read(8), 0x0380'0005U);
    }

    void nothingAnswersWhereNothingIs() {
        Machine machine;
        machine.select(0, kDevice + 1);
        QCOMPARE(machine.ports.read(0xCFC, 4), 0xFFFF'FFFFU);
        machine.select(0, kDevice, 1);
        QCOMPARE(machine.ports.read(0xCFC, 2), 0xFFFFU);
        machine.select(0, kDevice, 0, 1);
        QCOMPARE(machine.ports.read(0xCFC, 4), 0xFFFF'FFFFU);
        // Not enabled.
        machine.ports.write(0xCF8, 4, kDevice << 11);
        QCOMPARE(machine.ports.read(0xCFC, 4), 0xFFFF'FFFFU);
        machine.ports.write(0xCFC, 4, 0);
        QVERIFY(machine.card.places.empty());
    }

    void theAddressIsOneOfFourBytes() {
        Machine machine;
        machine.ports.write(0xCF8, 4, 0xFFFF'FFFF);
        QCOMPARE(machine.ports.read(0xCF8, 4), 0x80FF'FFFCU);
        machine.ports.write(0xCF8, 1, 0);
        machine.ports.write(0xCF8, 2, 0);
        machine.ports.write(0xCF9, 2, 0x0006);
        machine.ports.write(0xCFB, 1, 0);
        QCOMPARE(machine.ports.read(0xCF8, 4), 0x80FF'FFFCU);
        QCOMPARE(machine.ports.read(0xCF8, 2), 0xFFFFU);
        QCOMPARE(machine.recorded.resets, 0);
        // But for the register of reset control's.
        machine.ports.write(0xCF9, 1, ResetControl::kResetValue);
        QCOMPARE(machine.recorded.resets, 1);
    }

    void memoryIsSized() {
        Machine machine;
        machine.write(0x10, 0xFFFF'FFFF);
        QCOMPARE(machine.read(0x10), ~(kSize - 1) | 8);
        machine.write(0x14, 0xFFFF'FFFF);
        QCOMPARE(machine.read(0x14), 0U);
        QVERIFY(machine.card.places.empty());
    }

    void memoryIsWhereItIsDecoded() {
        using Places = std::vector<std::optional<Gpa>>;
        Machine machine;
        machine.write(0x10, 0xF800'0000);
        QVERIFY(machine.card.places.empty());
        machine.write(4, 2, 2);
        QCOMPARE(machine.card.places, (Places{0xF800'0000}));
        // Byte by byte it passes other places.
        machine.write(0x13, 0xF9, 1);
        machine.write(0x10, 0xFA12'3456);
        machine.write(4, 2, 1);
        QCOMPARE(machine.card.places, (Places{0xF800'0000, 0xF900'0000, 0xFA00'0000}));
        machine.write(4, 0, 2);
        QCOMPARE(machine.card.places.back(), std::nullopt);
        machine.write(4, 0xFFFF, 2);
        QCOMPARE(machine.read(4, 2), 7U);
        machine.bus.reset();
        QCOMPARE(machine.card.places.back(), std::nullopt);
        QCOMPARE(machine.read(0x10), 8U);
        QCOMPARE(machine.read(4, 2), 0U);
    }

    void aRomIsWhereItIsDecoded() {
        using Places = std::vector<std::optional<Gpa>>;
        RomCard card;
        card.write(0x30, 4, 0xFFFF'FFFE);
        QCOMPARE(card.read(0x30, 4), 0xFFFF'E000U);
        card.write(0x30, 4, 0xF830'0001);
        QCOMPARE(card.read(0x30, 4), 0xF830'0001U);
        // The command register has to allow it too.
        QVERIFY(card.places.empty());
        card.write(4, 2, 2);
        card.write(0x30, 4, 0xF840'0001);
        card.write(0x30, 4, 0xF840'0000);
        card.write(0x30, 1, 1);
        card.write(4, 2, 0);
        QCOMPARE(card.places,
                 (Places{0xF830'0000, 0xF840'0000, std::nullopt, 0xF840'0000, std::nullopt}));
        card.reset();
        QCOMPARE(card.read(0x30, 4), 0U);
        // Others have none.
        PortCard other;
        other.write(0x30, 4, 0xFFFF'FFFF);
        QCOMPARE(other.read(0x30, 4), 0U);
    }

    void portsAreWhereTheyAreDecoded() {
        using Places = std::vector<std::optional<std::uint16_t>>;
        RecordedMachine recorded;
        ResetControl control(recorded, recorded.addressLine20);
        PciBus bus(control);
        PortCard card;
        QVERIFY(bus.add(3, 0, card));
        const auto write = [&bus](unsigned offset, unsigned size, std::uint32_t value) {
            bus.writePort(0xCF8, 4, 0x8000'0000 | 3U << 11 | (offset & 0xFC));
            bus.writePort(static_cast<std::uint16_t>(0xCFC + (offset & 3)), size, value);
        };
        // They are sized as memory is.
        write(0x14, 4, 0xFFFF'FFFF);
        QCOMPARE(card.read(0x14, 4), 0xFFFF'FF81U);
        // Beyond the last port is none.
        write(4, 2, 1);
        QVERIFY(card.places.empty());
        write(4, 2, 0);
        write(0x14, 4, 0x0000'C0FF);
        QVERIFY(card.places.empty());
        // Memory's bit does nothing for them.
        write(4, 2, 2);
        QVERIFY(card.places.empty());
        write(4, 2, 1);
        write(0x15, 1, 0xD0);
        write(4, 2, 4);
        QCOMPARE(card.places, (Places{0xC080, 0xD080, std::nullopt}));
        QVERIFY(card.masters.back());
        bus.reset();
        QVERIFY(!card.masters.back());
        QCOMPARE(card.read(0x14, 4), 1U);
    }

    void aRegisterHasBitsThatTheGuestChanges() {
        PortCard card;
        QCOMPARE(card.read(0x40, 2), 0x8001U);
        card.write(0x40, 4, 0x1234'4F7E);
        QCOMPARE(card.read(0x40, 4), 0x407EU);
        card.reset();
        QCOMPARE(card.read(0x40, 2), 0x8001U);
    }

    void aPinSaysWhatFirmwareWouldSay() {
        RecordedMachine recorded;
        ResetControl control(recorded, recorded.addressLine20);
        PciBus bus(control);
        std::array<PortCard, 2> cards;
        Card without;
        QVERIFY(bus.add(1, 0, cards[0]) && bus.add(10, 3, cards[1]) && bus.add(2, 0, without));
        QCOMPARE(cards[0].read(0x3C, 2), 0x010AU);
        QCOMPARE(cards[1].read(0x3C, 2), 0x010AU);
        QCOMPARE(without.read(0x3C, 2), 0U);
        // Guests note what they like but that it is not known, and don't change the pin.
        cards[0].write(0x3C, 4, 0xFFFF'FF05);
        QCOMPARE(cards[0].read(0x3C, 4), 0x0000'0105U);
        cards[0].write(0x3C, 1, 0xFF);
        QCOMPARE(cards[0].read(0x3C, 1), 5U);
        without.write(0x3C, 1, 0xFF);
        QCOMPARE(without.read(0x3C, 1), 0xFFU);
        bus.reset();
        QCOMPARE(cards[0].read(0x3C, 2), 0x010AU);
        QCOMPARE(without.read(0x3C, 2), 0U);
    }

    void aDeviceWithSeveralFunctionsSaysSo() {
        Machine machine;
        QCOMPARE(machine.read(0xE, 1), 0U);
        Card second;
        QVERIFY(machine.bus.add(kDevice, 1, second));
        QCOMPARE(machine.read(0xE, 1), 0x80U);
        machine.bus.reset();
        QCOMPARE(machine.read(0xE, 1), 0x80U);
        // Whichever comes first.
        Card third;
        Card fourth;
        QVERIFY(machine.bus.add(kDevice + 1, 5, third));
        QVERIFY(machine.bus.add(kDevice + 1, 0, fourth));
        QCOMPARE(fourth.read(0xE, 1), 0x80U);
    }

    void everyAccessIsTaken() {
        Machine machine;
        for (unsigned offset = 0; offset < PciFunction::kSpace; ++offset)
            for (const unsigned size : {1U, 2U, 4U}) {
                machine.select(offset);
                const auto port = static_cast<std::uint16_t>(0xCFC + (offset & 3));
                machine.ports.write(port, size, 0xFFFF'FFFF);
                static_cast<void>(machine.ports.read(port, size));
            }
        QCOMPARE(machine.read(0), 0x5353'1414U);
    }

    void aPlaceIsGivenOnce() {
        Machine machine;
        Card another;
        QVERIFY(!machine.bus.add(kDevice, 0, another));
        QVERIFY(!machine.bus.add(PciBus::kDevices, 0, another));
        QVERIFY(!machine.bus.add(0, PciBus::kFunctions, another));
        QVERIFY(machine.bus.add(kDevice, 1, another));
    }
};

QTEST_APPLESS_MAIN(PciBusTest)
#include "pci_bus_test.moc"
