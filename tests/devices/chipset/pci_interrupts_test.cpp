// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/chipset/pci_interrupts.h"

#include <QTest>
#include <array>
#include <random>
#include <thread>
#include <vector>

#include "devices/chipset/isa_bridge.h"
#include "hypervisor/interrupts/io_apic.h"
#include "hypervisor/interrupts/pic.h"

using namespace devices;
using hypervisor::InterruptLine;

namespace {

constexpr unsigned kFirstRoute = 0x60;
constexpr std::array kPins{PciPin::A, PciPin::B, PciPin::C, PciPin::D};

struct Machine {
    /// Which inputs of the IOAPIC are asserted: a level-triggered entry sends as long as its pin
    /// is.
    [[nodiscard]] unsigned asserted() {
        unsigned found = 0;
        for (unsigned pin = 0; pin < hypervisor::IoApic::kPins; ++pin) {
            sent = 0;
            // Masked, edge, level: what was held back is sent now.
            writeEntry(pin, 1U << 16);
            writeEntry(pin, 1U << 15 | (0x40 + pin));
            if (sent != 0)
                found |= 1U << pin;
        }
        return found;
    }
    void writeEntry(unsigned pin, std::uint32_t low) {
        ioApic.writeMmio(0, 4, 0x10 + 2 * pin);
        ioApic.writeMmio(0x10, 4, low);
    }

    int sent = 0;
    bool interrupts = false;
    hypervisor::Pic pic{[this](bool level) { interrupts = level; }};
    hypervisor::IoApic ioApic{[this](std::uint64_t, std::uint32_t) { ++sent; }};
    hypervisor::IsaInterrupts isa{pic, ioApic};
    PciInterrupts pci{isa};
    IsaBridge bridge{pci};
};

}  // namespace

class PciInterruptsTest : public QObject {
    Q_OBJECT

  private slots:
    void slotsAreWiredFromLinkToLink() {
        QCOMPARE(PciInterrupts::linkOf(0, PciPin::A), 3U);
        QCOMPARE(PciInterrupts::linkOf(1, PciPin::A), 0U);
        QCOMPARE(PciInterrupts::linkOf(1, PciPin::D), 3U);
        QCOMPARE(PciInterrupts::linkOf(8, PciPin::A), 3U);
        QCOMPARE(PciInterrupts::linkOf(10, PciPin::A), 1U);
        QCOMPARE(PciInterrupts::linkOf(31, PciPin::D), 1U);
    }

    void linksAreRoutedAsFirmwareDoes() {
        Machine machine;
        for (unsigned link = 0; link < PciInterrupts::kLinks; ++link) {
            QCOMPARE(machine.bridge.read(kFirstRoute + link, 1),
                     std::uint32_t{PciInterrupts::kFirmwareRoutes.at(link)});
            const InterruptLine line = machine.pci.line(1, kPins.at(link));
            line.raise();
            QCOMPARE(machine.asserted(), 1U << PciInterrupts::kFirmwareRoutes.at(link));
            line.lower();
            QCOMPARE(machine.asserted(), 0U);
        }
    }

    void registersRouteLinks() {
        Machine machine;
        const InterruptLine line = machine.pci.line(1, PciPin::B);
        line.raise();
        for (unsigned irq = 0; irq < 16; ++irq) {
            machine.bridge.write(kFirstRoute + 1, 1, irq);
            const bool isRoutable = irq > 2 && irq != 8 && irq != 13;
            QCOMPARE(PciInterrupts::isRoutable(irq), isRoutable);
            QCOMPARE(machine.asserted(), isRoutable ? 1U << irq : 0U);
            machine.bridge.write(kFirstRoute + 1, 1, 0x80 | irq);
            QCOMPARE(machine.asserted(), 0U);
        }
        // All four at once, as systems may write them.
        machine.bridge.write(kFirstRoute, 4, 0x7705'7F80);
        QCOMPARE(machine.bridge.read(kFirstRoute, 4), 0x0705'0F80U);
        QCOMPARE(machine.asserted(), 1U << 15);
        machine.bridge.reset();
        QCOMPARE(machine.bridge.read(kFirstRoute, 4), 0x0B0B'0A0AU);
        QCOMPARE(machine.asserted(), 1U << 10);
    }

    void aLineIsUpWhileAnySourceRaisesIt() {
        Machine machine;
        // Two on one link, one on another that is routed to the same interrupt, and one of ISA's.
        const InterruptLine first = machine.pci.line(1, PciPin::A);
        const InterruptLine second = machine.pci.line(5, PciPin::A);
        const InterruptLine third = machine.pci.line(2, PciPin::A);
        const InterruptLine isa = machine.isa.line(10);
        const std::array lines{first, second, third, isa};
        for (unsigned step = 0; step < 256; ++step) {
            const unsigned up = step ^ step >> 1;
            for (unsigned i = 0; i < lines.size(); ++i)
                lines.at(i).set((up >> i & 1) != 0);
            QCOMPARE(machine.asserted(), (up & 15) != 0 ? 1U << 10 : 0U);
        }
        // What is raised goes along when its link is led elsewhere, the others stay.
        first.raise();
        third.raise();
        isa.lower();
        machine.bridge.write(kFirstRoute, 1, 5);
        QCOMPARE(machine.asserted(), 1U << 5 | 1U << 10);
        third.lower();
        QCOMPARE(machine.asserted(), 1U << 5);
    }

    void allFunctionsOfABusHaveALineOfTheirOwn() {
        Machine machine;
        std::vector<InterruptLine> lines;
        for (unsigned device = 0; device < 32; ++device)
            for (unsigned function = 0; function < 8; ++function)
                lines.push_back(machine.pci.line(device, kPins.at(function % 4)));
        for (const InterruptLine& line : lines)
            line.raise();
        for (std::size_t left = lines.size(); left > 0; --left) {
            QVERIFY(machine.asserted() != 0);
            lines[left - 1].lower();
        }
        QCOMPARE(machine.asserted(), 0U);
    }

    void theOldControllersTakeLevels() {
        Machine machine;
        for (const std::uint8_t value : std::to_array<std::uint8_t>({0x11, 0x28, 0x02, 0x01, 0x00}))
            machine.pic.writePort(value == 0x11 ? 0xA0 : 0xA1, value);
        for (const std::uint8_t value : std::to_array<std::uint8_t>({0x11, 0x20, 0x04, 0x01, 0x00}))
            machine.pic.writePort(value == 0x11 ? 0x20 : 0x21, value);
        machine.pic.writePort(0x4D1, 0x0C);
        const InterruptLine first = machine.pci.line(1, PciPin::A);
        const InterruptLine second = machine.pci.line(2, PciPin::A);
        first.raise();
        second.raise();
        for (const InterruptLine& served : {first, second}) {
            QVERIFY(machine.interrupts);
            QCOMPARE(machine.pic.acknowledge(), std::uint8_t{0x2A});
            served.lower();
            machine.pic.writePort(0xA0, 0x20);
            machine.pic.writePort(0x20, 0x20);
        }
        QVERIFY(!machine.interrupts);
    }

    void severalThreadsMayDriveAndRouteAtOnce() {
        Machine machine;
        std::vector<std::thread> threads;
        for (unsigned device = 0; device < 4; ++device)
            threads.emplace_back([line = machine.pci.line(device, PciPin::C), device] {
                std::mt19937 random(device);
                for (int i = 0; i < 20'000; ++i)
                    line.set((random() & 1) != 0);
                line.lower();
            });
        for (unsigned i = 0; i < 20'000; ++i)
            machine.pci.route(i % 4, i % 16);
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(machine.asserted(), 0U);
    }
};

QTEST_APPLESS_MAIN(PciInterruptsTest)
#include "pci_interrupts_test.moc"
