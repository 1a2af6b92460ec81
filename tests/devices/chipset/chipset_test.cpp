// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/chipset/chipset.h"

#include <QTest>
#include <random>
#include <thread>
#include <vector>

#include "fake_clock.h"
#include "recorders.h"

using namespace devices;

namespace {

/// Records the interrupts that reach the processors.
class RecordingPartition : public hypervisor::Partition {
  public:
    hypervisor::GuestMemory& memory() override { return *ram; }
    hypervisor::Result<void> growMemory(std::uint64_t) override { return {}; }
    hypervisor::VpIndex processorCount() const override { return 1; }
    hypervisor::VirtualProcessor& processor(hypervisor::VpIndex) override { std::abort(); }
    void signalMessageInterrupt(std::uint64_t, std::uint32_t data) override {
        messages.push_back(data);
    }
    void setExternalInterrupt(bool level) override { asserted = level; }
    void announceLevelInterrupt(unsigned, std::uint64_t, std::uint32_t) override {}
    hypervisor::SyntheticInterrupts& synic() override { std::abort(); }
    std::uint64_t referenceTime() const override { return 0; }
    hypervisor::Result<void> placeDeviceMemory(hypervisor::Gpa,
                                               const hypervisor::DeviceMemory&) override {
        return {};
    }
    void removeDeviceMemory() override {}
    void setAddressLine20(bool /*open*/) override {}
    hypervisor::Result<void> reset() override { return {}; }
    hypervisor::Result<void> setTimeFrozen(bool) override { return {}; }
    std::uint64_t tscFrequency() const override { return 0; }
    hypervisor::CountedStats countedStats() const override { return {}; }

    std::unique_ptr<hypervisor::GuestMemory> ram = *hypervisor::GuestMemory::create(1 << 20);
    std::vector<std::uint32_t> messages;
    bool asserted = false;
};

struct Machine {
    explicit Machine(bool debugExit = true) {
        auto made = Chipset::create({{64U << 20, 0, 2}, debugExit}, clock, control);
        if (made)
            chipset = std::move(*made);
        chipset->connect(&partition);
    }
    void write(std::uint16_t port, std::uint32_t value, unsigned size = 1) {
        chipset->writePort(0, port, size, value);
    }
    std::uint32_t read(std::uint16_t port, unsigned size = 1) {
        return chipset->readPort(0, port, size);
    }
    void setUpPics() {
        for (const std::uint32_t value : {0x11U, 0x20U, 0x04U, 0x01U, 0x00U})
            write(value == 0x11 ? 0x20 : 0x21, value);
        for (const std::uint32_t value : {0x11U, 0x28U, 0x02U, 0x01U, 0x00U})
            write(value == 0x11 ? 0xA0 : 0xA1, value);
    }
    void setEntry(unsigned pin, std::uint32_t low) {
        chipset->writeMmio(0, 0xFEC0'0000, 4, 0x10 + 2 * pin);
        chipset->writeMmio(0, 0xFEC0'0010, 4, low);
    }

    FakeClock clock;
    RecordedMachine control;
    RecordingPartition partition;
    std::unique_ptr<Chipset> chipset;
};

}  // namespace

class ChipsetTest : public QObject {
    Q_OBJECT

  private slots:
    void theTimerInterruptsThroughTheOldControllers() {
        Machine machine;
        machine.setUpPics();
        machine.write(0x43, 0x34);
        machine.write(0x40, 0xA9);
        machine.write(0x40, 0x04);
        machine.clock.advance(2'000'000);
        QVERIFY(machine.partition.asserted);
        QCOMPARE(machine.chipset->acknowledgeExternalInterrupt(), std::uint8_t{0x20});
        QVERIFY(!machine.partition.asserted);
    }

    void theTimerInterruptsThroughTheIoApic() {
        Machine machine;
        machine.setEntry(2, 0x30);
        machine.write(0x43, 0x34);
        machine.write(0x40, 0xA9);
        machine.write(0x40, 0x04);
        machine.clock.advance(2'000'000);
        QCOMPARE(machine.partition.messages, (std::vector<std::uint32_t>{0x30, 0x30}));
    }

    void theClockInterruptsOnLine8() {
        Machine machine;
        machine.setEntry(8, 0x38);
        machine.write(0x70, 0x0B);
        machine.write(0x71, 0x12);
        machine.clock.advance(1'000'000'000);
        QCOMPARE(machine.partition.messages, (std::vector<std::uint32_t>{0x38}));
    }

    void thePowerButtonInterruptsUntilItIsDealtWith() {
        Machine machine;
        machine.setEntry(9, 0x39 | 1U << 15);
        machine.write(0xB2, AcpiPowerManagement::kEnableCommand);
        machine.write(AcpiPowerManagement::kEventPort + 2, 0x100, 2);
        machine.chipset->pressPowerButton();
        QCOMPARE(machine.partition.messages.size(), std::size_t{1});
        machine.chipset->endOfInterrupt(0x39);
        QCOMPARE(machine.partition.messages.size(), std::size_t{2});
        machine.write(AcpiPowerManagement::kEventPort, 0x100, 2);
        machine.chipset->endOfInterrupt(0x39);
        QCOMPARE(machine.partition.messages.size(), std::size_t{2});
    }

    void thePicsProbeAsLinuxProbesThem() {
        Machine machine;
        machine.write(0xA1, 0xFF);
        machine.write(0x21, 0xFB);
        QCOMPARE(machine.read(0x21), 0xFBU);
    }

    void theBridgesAreOnThePciBus() {
        Machine machine;
        machine.write(0xCF8, 0x8000'0000, 4);
        QCOMPARE(machine.read(0xCFC, 4), 0x7192'8086U);
        machine.write(0xCF8, 0x8000'3800, 4);
        QCOMPARE(machine.read(0xCFC, 4), 0x7110'8086U);
        machine.write(0xCF8, 0x8000'3B00, 4);
        QCOMPARE(machine.read(0xCFC, 4), 0x7113'8086U);
        machine.write(0xCF8, 0x8000'3900, 4);
        QCOMPARE(machine.read(0xCFC, 4), 0xFFFF'FFFFU);
    }

    void pciInterruptsReachTheControllers() {
        Machine machine;
        machine.setUpPics();
        QCOMPARE(machine.read(0x4D0, 2), 0x0C00U);
        machine.setEntry(11, 0x3B | 1U << 15);
        const auto line = machine.chipset->pciInterrupt(7, PciPin::A);
        line.raise();
        QCOMPARE(machine.partition.messages.size(), std::size_t{1});
        QCOMPARE(machine.chipset->acknowledgeExternalInterrupt(), std::uint8_t{0x2B});
        // Held as long as it is raised.
        machine.chipset->endOfInterrupt(0x3B);
        QCOMPARE(machine.partition.messages.size(), std::size_t{2});
        line.lower();
        machine.chipset->endOfInterrupt(0x3B);
        QCOMPARE(machine.partition.messages.size(), std::size_t{2});
        // Routed elsewhere, and back by a reset.
        machine.write(0xCF8, 0x8000'3860, 4);
        machine.write(0xCFE, 5);
        line.raise();
        QCOMPARE(machine.partition.messages.size(), std::size_t{2});
        machine.write(0x4D1, 0);
        machine.chipset->reset();
        QCOMPARE(machine.read(0x4D0, 2), 0x0C00U);
        machine.partition.messages.clear();
        machine.setEntry(11, 0x3C | 1U << 15);
        QCOMPARE(machine.partition.messages.size(), std::size_t{1});
    }

    void aResetPutsThePowerManagementBack() {
        Machine machine;
        machine.write(0xCF8, 0x8000'3B40, 4);
        machine.write(0xCFC, 0xB001, 4);
        machine.clock.advance(1'000'000'000);
        QCOMPARE(machine.read(AcpiPowerManagement::kTimerPort, 4), 0xFFFF'FFFFU);
        machine.write(0x702, 0x48);
        machine.chipset->reset();
        QCOMPARE(machine.read(AcpiPowerManagement::kTimerPort, 4), 3'579'545U);
        QCOMPARE(machine.read(0x700), 0U);
    }

    void theDebugExitPortIsThereOnlyIfAskedFor() {
        Machine with(true);
        with.write(0xF4, 7, 4);
        QCOMPARE(with.control.debugExits, std::vector<std::uint32_t>{7});
        Machine without(false);
        without.write(0xF4, 7, 4);
        QVERIFY(without.control.debugExits.empty());
        QCOMPARE(without.read(0xF4), 0xFFU);
    }

    void aTestGuestDrivesInterruptLines() {
        Machine machine;
        machine.setEntry(14, 0x77);
        machine.setEntry(20, 0x66 | 1U << 15);
        machine.write(0x200E, 1);
        machine.write(0x200E, 0);
        QCOMPARE(machine.partition.messages, (std::vector<std::uint32_t>{0x77}));
        machine.write(0x2014, 1);
        machine.chipset->endOfInterrupt(0x66);
        QCOMPARE(machine.partition.messages.size(), std::size_t{3});
        machine.write(0x2014, 0);
        machine.chipset->endOfInterrupt(0x66);
        QCOMPARE(machine.partition.messages.size(), std::size_t{3});
    }

    void aTestGuestsPortsAndMemoryKeepWhatIsWritten() {
        Machine machine;
        machine.write(0xE0, 0x1234'5678, 4);
        QCOMPARE(machine.read(0xE1, 2), 0x3456U);
        QCOMPARE(machine.read(0xE8, 4), 0x1234'5678U);
        machine.chipset->writeMmio(0, 0xFF00'FFF8, 8, 0x1122'3344'5566'7788);
        QCOMPARE(machine.chipset->readMmio(0, 0xFF00'FFFB, 2), std::uint64_t{0x4455});
        QCOMPARE(machine.chipset->readMmio(0, 0xFF00'FFFF, 2), std::uint64_t{0xFFFF});
    }

    void thereAreNoMsrs() {
        Machine machine;
        QVERIFY(!machine.chipset->readMsr(0, 0x10));
        QVERIFY(!machine.chipset->writeMsr(0, 0x10, 0));
    }

    void aResetThroughTheGuestInterfaceReachesTheMachine() {
        Machine machine;
        QCOMPARE(machine.control.resets, 0);
        machine.chipset->resetRequested(0);
        QCOMPARE(machine.control.resets, 1);
    }

    void resetQuietensEverything() {
        Machine machine;
        machine.setUpPics();
        machine.setEntry(2, 0x30);
        machine.write(0x43, 0x34);
        machine.write(0x40, 0xA9);
        machine.write(0x40, 0x04);
        machine.clock.advance(2'000'000);
        machine.chipset->reset();
        QVERIFY(!machine.partition.asserted);
        machine.partition.messages.clear();
        machine.clock.advance(1'000'000'000);
        QVERIFY(machine.partition.messages.empty());
    }

    void everyPortAndSizeIsSurvived() {
        Machine machine;
        for (std::uint32_t port = 0; port < 0x10000; ++port)
            for (const unsigned size : {1U, 2U, 4U}) {
                const std::uint32_t value = machine.read(static_cast<std::uint16_t>(port), size);
                QVERIFY(size == 4 || value >> size * 8 == 0);
                machine.write(static_cast<std::uint16_t>(port), 0xFFFF'FFFF, size);
                machine.write(static_cast<std::uint16_t>(port), 0, size);
            }
    }

    void randomAccessesAreSurvived() {
        constexpr std::array<std::uint16_t, 15> kBases{0x20,  0x40,  0x60,  0x70,  0x80,
                                                       0x90,  0xA0,  0xB0,  0xF0,  0x4D0,
                                                       0x600, 0x604, 0x608, 0x700, 0xCF8};
        Machine machine;
        std::mt19937_64 random(7);
        for (int i = 0; i < 300'000; ++i) {
            const std::uint64_t choice = random();
            const auto port =
                static_cast<std::uint16_t>(kBases[choice % kBases.size()] + (choice >> 8 & 7));
            const unsigned size = 1U << (choice >> 16 & 3) % 3;
            const auto value = static_cast<std::uint32_t>(choice >> 32);
            switch (choice >> 20 & 7) {
                case 0:
                    machine.clock.advance(value & 0xF'FFFF);
                    break;
                case 1:
                    static_cast<void>(machine.chipset->acknowledgeExternalInterrupt());
                    machine.chipset->endOfInterrupt(static_cast<std::uint8_t>(value));
                    break;
                case 2:
                    machine.chipset->writeMmio(0, 0xFEC0'0000 + (value & 0xFFF), 4, value);
                    break;
                case 3:
                case 4:
                    static_cast<void>(machine.read(port, size));
                    break;
                default:
                    machine.write(port, value, size);
                    break;
            }
            machine.partition.messages.clear();
        }
        QVERIFY(machine.control.resets > 0);
    }
};

/// Real time and several processors at once: what the address and thread checkers look at.
class ChipsetThreadsTest : public QObject {
    Q_OBJECT

  private slots:
    void severalProcessorsMayUseEverythingAtOnce() {
        hypervisor::TimerQueue timers;
        HostClock clock(timers);
        class Control : public MachineControl {
          public:
            void powerOff() override {}
            void reset() override {}
            void debugExit(std::uint32_t) override {}
        } control;
        auto chipset = Chipset::create({{64U << 20, 0, 4}, true}, clock, control);
        QVERIFY(chipset);
        std::vector<std::thread> processors;
        for (unsigned vp = 0; vp < 4; ++vp)
            processors.emplace_back([&chipset, vp] {
                std::mt19937_64 random(vp);
                for (int i = 0; i < 50'000; ++i) {
                    const std::uint64_t choice = random();
                    const auto port = static_cast<std::uint16_t>(choice >> 8 & 0x7FF);
                    if ((choice & 1) != 0)
                        (*chipset)->writePort(vp, port, 1,
                                              static_cast<std::uint32_t>(choice >> 32));
                    else
                        static_cast<void>((*chipset)->readPort(vp, port, 4));
                    if ((choice & 0xF0) == 0)
                        static_cast<void>((*chipset)->acknowledgeExternalInterrupt());
                }
            });
        for (std::thread& processor : processors)
            processor.join();
        (*chipset)->reset();
    }
};

int main(int argc, char** argv) {
    ChipsetTest first;
    ChipsetThreadsTest second;
    const int result = QTest::qExec(&first, argc, argv);
    return result != 0 ? result : QTest::qExec(&second, argc, argv);
}
#include "chipset_test.moc"
