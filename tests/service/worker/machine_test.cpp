// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/worker/machine.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QtTest>
#include <array>
#include <atomic>
#include <thread>

#include "devices/chipset/acpi_power_management.h"
#include "scripted_hypervisor.h"

using devices::ImageFile;
using hypervisor::ExitReason;
using hypervisor::FileDescriptor;
using service::BootImages;
using service::Machine;
using service::MachineSettings;
using service::WorkerEvent;
using service::WorkerEventKind;
using Vp = ScriptedHypervisor::Vp;

namespace {

constexpr std::uint16_t kCom1 = 0x3F8;

// A Multiboot kernel of one page at 1 MiB, entry 0x100020.
BootImages kernel() {
    std::array<std::uint32_t, 1024> image{
        0x1BADB002, 0x10000, 0u - (0x1BADB002u + 0x10000u), 0x10'0000, 0x10'0000, 0, 0, 0x10'0020};
    FileDescriptor file(::memfd_create("kernel", MFD_CLOEXEC));
    if (::write(file.get(), image.data(), sizeof image) != sizeof image)
        qFatal("can't write the kernel");
    auto result = ImageFile::create(std::move(file), "kernel");
    if (!result)
        qFatal("%s", result.error().message.c_str());
    BootImages images;
    images.kernel = std::move(*result);
    return images;
}

void powerOff(Vp& vp) {
    using devices::AcpiPowerManagement;
    vp.devices.writePort(vp.index, AcpiPowerManagement::kControlPort, 2,
                         (1U << 13) | (AcpiPowerManagement::kSleepTypeS5 << 10));
}

}  // namespace

class MachineTest : public QObject {
    Q_OBJECT

    const MachineSettings kSmall{2, 16 << 20, {}, false, true};

    // Both ends of COM1's stream.
    std::array<FileDescriptor, 2> console_;

    std::unique_ptr<Machine> makeMachine(hypervisor::Hypervisor& backend,
                                         const MachineSettings& settings) {
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
            qFatal("socketpair");
        console_ = {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
        auto machine = Machine::create(backend, settings, kernel(), {std::move(console_[1]), {}});
        if (!machine)
            qFatal("%s", machine.error().message.c_str());
        return std::move(*machine);
    }

  private slots:
    void firstProcessorStartsAtTheKernelsEntry() {
        std::uint64_t entry = 0;
        ScriptedHypervisor backend([&](Vp& vp) {
            if (vp.index == 0) {
                entry = vp.state.rip;
                powerOff(vp);
            }
            vp.waitForStop();
            return ExitReason::Stopped;
        });
        const WorkerEvent end = makeMachine(backend, kSmall)->run();
        QVERIFY(end.kind == WorkerEventKind::PoweredOff);
        QCOMPARE(entry, 0x10'0020U);
    }

    void resetBootsAgainFromTheSameState() {
        std::atomic<int> boots = 0;
        ScriptedHypervisor backend([&](Vp& vp) {
            if (vp.index == 0) {
                if (vp.state.rip != 0x10'0020)
                    return ExitReason::EmulationFailure;
                vp.state.rip = 0;
                if (++boots < 3)
                    vp.devices.writePort(0, 0xCF9, 1, 6);
                else
                    powerOff(vp);
            }
            vp.waitForStop();
            return ExitReason::Stopped;
        });
        const WorkerEvent end = makeMachine(backend, kSmall)->run();
        QVERIFY(end.kind == WorkerEventKind::PoweredOff);
        QCOMPARE(boots.load(), 3);
        QCOMPARE(backend.resets, 2);
    }

    void inspectionShowsEveryProcessorAndTheMachineGoesOn() {
        std::atomic<int> runs = 0;
        std::atomic<bool> done = false;
        ScriptedHypervisor backend([&](Vp& vp) {
            ++runs;
            runs.notify_all();
            if (done && vp.index == 0)
                powerOff(vp);
            vp.waitForStop();
            return ExitReason::Stopped;
        });
        MachineSettings settings = kSmall;
        settings.held = true;
        const auto machine = makeMachine(backend, settings);
        const auto inspected = [&] {
            const auto text = machine->inspect();
            return text ? QString::fromStdString(*text).count("registers and exceptions") : -1;
        };
        QCOMPARE(inspected(), 2);
        QCOMPARE(runs.load(), 0);
        std::array<qsizetype, 2> seen{};
        bool transitions = true;
        int runsWhilePaused = 0;
        std::jthread outside([&] {
            const auto waitForRuns = [&](int count) {
                for (int now = runs; now < count; now = runs)
                    runs.wait(now);
            };
            transitions = machine->start().has_value();
            waitForRuns(2);
            seen[0] = inspected();
            waitForRuns(4);
            transitions = transitions && machine->pause().has_value();
            const int before = runs;
            seen[1] = inspected();
            runsWhilePaused = runs - before;
            done = true;
            transitions = transitions && machine->resume().has_value();
        });
        QVERIFY(machine->run().kind == WorkerEventKind::PoweredOff);
        outside.join();
        QVERIFY(transitions);
        QCOMPARE(seen[0], 2);
        QCOMPARE(seen[1], 2);
        QCOMPARE(runsWhilePaused, 0);
        QCOMPARE(inspected(), -1);
    }

    void resetEndsAMachineThatIsNotToRestart() {
        ScriptedHypervisor backend([&](Vp& vp) {
            if (vp.index == 1)
                vp.devices.writePort(1, 0xCF9, 1, 6);
            vp.waitForStop();
            return ExitReason::Stopped;
        });
        MachineSettings settings = kSmall;
        settings.restartOnReset = false;
        QVERIFY(makeMachine(backend, settings)->run().kind == WorkerEventKind::Reset);
        QCOMPARE(backend.resets, 0);
    }

    void debugExitPortIsThereOnlyWhenAskedFor() {
        ScriptedHypervisor backend([&](Vp& vp) {
            if (vp.index == 0) {
                vp.devices.writePort(0, 0xF4, 4, 0x123);
                powerOff(vp);
            }
            vp.waitForStop();
            return ExitReason::Stopped;
        });
        QVERIFY(makeMachine(backend, kSmall)->run().kind == WorkerEventKind::PoweredOff);
        MachineSettings settings = kSmall;
        settings.debugExit = true;
        const WorkerEvent end = makeMachine(backend, settings)->run();
        QVERIFY(end.kind == WorkerEventKind::DebugExit);
        QCOMPARE(end.value, 0x123U);
    }

    void testGuestsLearnProcessorsAndMemoryFromTheFirmwarePorts() {
        std::uint32_t processors = 0;
        std::uint64_t memory = 0;
        ScriptedHypervisor backend([&](Vp& vp) {
            if (vp.index == 0) {
                const auto item = [&](std::uint16_t number) {
                    vp.devices.writePort(0, 0x510, 2, number);
                    std::uint64_t value = 0;
                    for (unsigned byte = 0; byte < 8; ++byte)
                        value |= std::uint64_t{vp.devices.readPort(0, 0x511, 1)} << (8 * byte);
                    return value;
                };
                processors = static_cast<std::uint32_t>(item(5));
                memory = item(3);
                powerOff(vp);
            }
            vp.waitForStop();
            return ExitReason::Stopped;
        });
        MachineSettings settings = kSmall;
        settings.debugExit = true;
        QVERIFY(makeMachine(backend, settings)->run().kind == WorkerEventKind::PoweredOff);
        QCOMPARE(processors, 2U);
        QCOMPARE(memory, 16U << 20);
    }

    void crashEndsTheMachineWithItsReport() {
        for (const ExitReason reason : {ExitReason::TripleFault, ExitReason::EmulationFailure}) {
            ScriptedHypervisor backend([&](Vp& vp) {
                if (vp.index == 1)
                    return reason;
                vp.waitForStop();
                return ExitReason::Stopped;
            });
            const WorkerEvent end = makeMachine(backend, kSmall)->run();
            QVERIFY(end.kind == WorkerEventKind::Crashed);
            QVERIFY(end.text.starts_with("the guest has crashed: "));
            QVERIFY(end.text.find("registers and exceptions") != std::string::npos);
        }
    }

    void stopFromOutsideEndsARunningMachine() {
        std::atomic<bool> running = false;
        ScriptedHypervisor backend([&](Vp& vp) {
            running = true;
            running.notify_all();
            vp.waitForStop();
            return ExitReason::Stopped;
        });
        const auto machine = makeMachine(backend, kSmall);
        std::jthread outside([&] {
            running.wait(false);
            machine->stop();
        });
        QVERIFY(machine->run().kind == WorkerEventKind::Stopped);
    }

    void stopEndsAMachineThatResetsOverAndOver() {
        std::atomic<int> boots = 0;
        ScriptedHypervisor backend([&](Vp& vp) {
            if (vp.index == 0) {
                ++boots;
                boots.notify_all();
                vp.devices.writePort(0, 0xCF9, 1, 6);
            }
            vp.waitForStop();
            return ExitReason::Stopped;
        });
        const auto machine = makeMachine(backend, kSmall);
        std::jthread outside([&] {
            for (int seen = boots; seen < 20; seen = boots)
                boots.wait(seen);
            machine->stop();
        });
        QVERIFY(machine->run().kind == WorkerEventKind::Stopped);
    }

    void whatTheGuestWritesToCom1ArrivesBeforeTheEnd() {
        ScriptedHypervisor backend([&](Vp& vp) {
            if (vp.index == 0) {
                for (const char character : std::string_view("hello\n"))
                    vp.devices.writePort(0, kCom1, 1, static_cast<std::uint8_t>(character));
                powerOff(vp);
            }
            vp.waitForStop();
            return ExitReason::Stopped;
        });
        {
            const auto machine = makeMachine(backend, kSmall);
            QVERIFY(machine->run().kind == WorkerEventKind::PoweredOff);
        }
        std::string received;
        std::array<char, 100> bytes{};
        for (ssize_t count; (count = ::read(console_[0].get(), bytes.data(), bytes.size())) > 0;)
            received.append(bytes.data(), static_cast<std::size_t>(count));
        QCOMPARE(received, "hello\n");
    }

    void whatIsTypedArrivesAtCom1() {
        std::string received;
        ScriptedHypervisor backend([&](Vp& vp) {
            if (vp.index == 0) {
                while (received.size() < 3)
                    if (vp.devices.readPort(0, kCom1 + 5, 1) & 1)
                        received += static_cast<char>(vp.devices.readPort(0, kCom1, 1));
                powerOff(vp);
            }
            vp.waitForStop();
            return ExitReason::Stopped;
        });
        const auto machine = makeMachine(backend, kSmall);
        QCOMPARE(::write(console_[0].get(), "abc", 3), 3);
        QVERIFY(machine->run().kind == WorkerEventKind::PoweredOff);
        QCOMPARE(received, "abc");
    }

    void legacyAdaptersAreOnThePciBus() {
        std::vector<std::uint32_t> found;
        ScriptedHypervisor backend([&](Vp& vp) {
            if (vp.index == 0) {
                // The vendor and device, and the interrupt, of the functions of device 10.
                for (const std::uint32_t at : {0x0000U, 0x003CU, 0x0100U, 0x013CU, 0x0200U}) {
                    vp.devices.writePort(0, 0xCF8, 4, 0x8000'0000 | 10U << 11 | at);
                    found.push_back(vp.devices.readPort(0, 0xCFC, 4));
                }
                powerOff(vp);
            }
            vp.waitForStop();
            return ExitReason::Stopped;
        });
        const auto make = [&](unsigned adapters) {
            service::SyntheticOrder order;
            for (unsigned i = 0; i < adapters; ++i) {
                service::WorkerAdapter adapter;
                adapter.id = std::string(i + 1, 'a');
                adapter.macAddress = "02:15:5d:00:00:0" + std::to_string(i);
                adapter.legacy = true;
                order.adapters.push_back({adapter, {}});
            }
            return Machine::create(backend, kSmall, kernel(),
                                   {FileDescriptor(::memfd_create("console", 0)), {}},
                                   std::move(order));
        };
        const auto machine = make(2);
        QVERIFY(machine);
        const auto plug = [&](const char* id) {
            service::WorkerAdapter adapter;
            adapter.id = id;
            adapter.legacy = true;
            return (*machine)->plugAdapter({adapter, {}}).has_value();
        };
        QVERIFY(plug("aa"));
        QVERIFY(!plug("b"));
        QVERIFY((*machine)->run().kind == WorkerEventKind::PoweredOff);
        QCOMPARE(found, (std::vector<std::uint32_t>{0x0009'1011, 0x2814'010A, 0x0009'1011,
                                                    0x2814'020B, 0xFFFF'FFFF}));
        QVERIFY(make(4));
        const auto five = make(5);
        QVERIFY(!five);
        QVERIFY(five.error().message.find("more than 4") != std::string::npos);
    }

    void impossibleMachinesAreRefused() {
        ScriptedHypervisor backend([](Vp&) { return ExitReason::Stopped; });
        const auto refusal = [&](const MachineSettings& settings) -> std::string {
            auto machine = Machine::create(backend, settings, kernel(),
                                           {FileDescriptor(::memfd_create("console", 0)), {}});
            return machine ? "" : machine.error().message;
        };
        MachineSettings settings = kSmall;
        settings.processors = 9;
        QVERIFY(refusal(settings).find("at most 8") != std::string::npos);
        settings = kSmall;
        settings.memoryBytes = 128ULL << 30;
        QVERIFY(refusal(settings).find("36 bits") != std::string::npos);
        backend.bindFailure = hypervisor::Error{"no processor for you"};
        QCOMPARE(refusal(kSmall), "no processor for you");
    }
};

QTEST_GUILESS_MAIN(MachineTest)
#include "machine_test.moc"
