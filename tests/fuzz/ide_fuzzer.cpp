// SPDX-License-Identifier: GPL-3.0-or-later

// A hostile guest at an IDE controller with a disk and a DVD drive at one channel: the input is a
// series of steps that write and read registers, the bus master's too, set up commands, sound ones
// and others, change the table of regions and the memory under them, serve the engine, and change
// the disc. Whatever comes, nothing stays under way, and after a reset the drives work.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "../devices/synthetic/storage/memory_disk.h"
#include "devices/chipset/machine_control.h"
#include "devices/emulated/ide/ide_controller.h"
#include "input.h"

using devices::ide::IdeController;
using devices::storage::IoEngine;
using devices::storage::IoEngineKind;
using fuzz::Input;
using hypervisor::GuestMemory;

namespace {

constexpr std::uint16_t kCommand = 0x1F0;
constexpr std::uint16_t kControl = 0x3F6;
constexpr std::uint16_t kBusMaster = 0xC000;
constexpr std::uint32_t kTable = 0x1'0000;
constexpr std::uint32_t kMemory = 1 << 20;
constexpr std::uint8_t kBusy = 0x80;

IoEngine& engine() {
    static const auto engine = *IoEngine::create({.kind = IoEngineKind::ThreadPool});
    return *engine;
}

struct Silent : devices::MachineControl {
    void powerOff() override {}
    void reset() override {}
    void debugExit(std::uint32_t) override {}
};

struct Machine {
    explicit Machine(const GuestMemory& memory) {
        auto made = IdeController::create({ports, pci, {}}, memory, engine());
        disc->locked = true;
        if (!made || !pci.claimPorts(ports) || !(*made)->attachDisk({0, 0}, disk, {}) ||
            !(*made)->attachDvd({0, 1}, disc, {}))
            std::abort();
        controller = std::move(*made);
        configure(0x20, kBusMaster);
        configure(4, 5);
    }
    void configure(unsigned offset, std::uint32_t value) {
        ports.write(0xCF8, 4, 0x8000'0000 | 7U << 11 | 1U << 8 | (offset & 0xFC));
        ports.write(0xCFC, 4, value);
    }
    void out(unsigned port, std::uint32_t value, unsigned size = 1) {
        ports.write(static_cast<std::uint16_t>(port), size, value);
    }
    std::uint32_t in(unsigned port, unsigned size = 1) {
        return ports.read(static_cast<std::uint16_t>(port), size);
    }

    Silent silent;
    devices::AddressLine20 addressLine20{[](bool) {}};
    devices::ResetControl control{silent, addressLine20};
    devices::PciBus pci{control};
    devices::PortBus ports;
    std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>(engine(), 256 * 1024);
    std::shared_ptr<MemoryDisk> disc = std::make_shared<MemoryDisk>(engine(), 256 * 1024, 2048);
    std::unique_ptr<IdeController> controller;
};

constexpr std::array<std::uint8_t, 40> kCommands{
    0x20, 0x24, 0x25, 0x29, 0x30, 0x34, 0x35, 0x39, 0x3D, 0x40, 0x42, 0xC4, 0xC5, 0xC6,
    0xC8, 0xCA, 0xCE, 0xE0, 0xE1, 0xE5, 0xE7, 0xEA, 0xEC, 0xEF, 0xF8, 0x27, 0x06, 0x91,
    0x90, 0x08, 0x10, 0x70, 0xA0, 0xA0, 0xA0, 0xA1, 0x00, 0xFF, 0xC8, 0x25};

/// Registers as a command needs them, mostly within the disk.
void command(Machine& machine, Input& input) {
    const std::uint8_t how = input.byte();
    for (unsigned half = 0; half <= (how & 1U); ++half)
        for (unsigned index = 1; index < 6; ++index)
            machine.out(kCommand + index, index == 5 && (how & 2) == 0 ? 0 : input.byte());
    machine.out(kCommand + 6, (how >> 2 & 0x10U) | ((how & 8) != 0 ? input.byte() : 0x40U));
    machine.out(kCommand + 7, kCommands.at(input.byte() % kCommands.size()));
}

void packet(Machine& machine, Input& input) {
    machine.out(kCommand + 6, 0x10);
    machine.out(kCommand + 1, input.byte() & 3);
    machine.out(kCommand + 4, input.byte());
    machine.out(kCommand + 5, input.byte());
    machine.out(kCommand + 7, 0xA0);
    const std::uint8_t bytes = input.byte() % 13;
    for (unsigned i = 0; i < 12; i += 2) {
        std::uint32_t value = i < bytes ? input.byte() : 0U;
        value |= (i + 1 < bytes ? input.byte() : 0U) << 8;
        machine.out(kCommand, value, 2);
    }
}

void moveData(Machine& machine, Input& input) {
    const unsigned words = input.byte() * 16U;
    const unsigned size = 1U << input.byte() % 3;
    for (unsigned i = 0; i < words; ++i)
        if ((words & 16) != 0)
            machine.out(kCommand, i * 0x01020304, size);
        else
            static_cast<void>(machine.in(kCommand, size));
}

void describe(Machine& machine, const GuestMemory& memory, Input& input) {
    std::uint32_t at = kTable;
    for (unsigned left = input.byte() % 20 + 1; left > 0; --left, at += 8) {
        const std::uint32_t where = input.number();
        const std::uint32_t length = input.byte() << 9 | (input.byte() & 7);
        const std::uint32_t last = left == 1 ? 0x8000'0000 : 0;
        const bool sound = (where & 1) == 0;
        if (!memory.write(at, sound ? where % kMemory & ~511U : where) ||
            !memory.write(at + 4, (sound ? length & 0xFE00 : length) | last))
            std::abort();
    }
    machine.out(kBusMaster + 4, kTable, 4);
}

void settle(Machine& machine) {
    machine.disk->letGo();
    machine.disc->letGo();
    for (unsigned i = 0; !machine.controller->idle(); ++i) {
        if (i == 10'000)
            std::abort();
        engine().poll();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t length) {
    static const auto memory = *GuestMemory::create(kMemory);
    Machine machine(*memory);
    Input input(data, length);
    while (!input.empty()) {
        const std::uint8_t step = input.byte();
        switch (step & 15) {
            case 0:
            case 1:
                command(machine, input);
                break;
            case 2:
                packet(machine, input);
                break;
            case 3:
                moveData(machine, input);
                break;
            case 4:
                describe(machine, *memory, input);
                break;
            case 5:
                machine.out(kBusMaster, step >> 4 & 9);
                break;
            case 6:
                machine.out(kCommand + (step >> 4 & 7), input.byte());
                break;
            case 7:
                machine.out(kCommand + (step >> 4 & 7), input.number(), 1U << input.byte() % 3);
                break;
            case 8:
                static_cast<void>(machine.in(kCommand + (step >> 4 & 7), 1U << input.byte() % 3));
                break;
            case 9:
                machine.out(kControl, input.byte());
                break;
            case 10:
                machine.out(kBusMaster + (step >> 4), input.number(), 1U << input.byte() % 3);
                static_cast<void>(machine.in(kBusMaster + (step >> 4), 4));
                break;
            case 11:
                machine.disk->holding = machine.disc->holding = (step & 0x10) != 0;
                if ((step & 0x10) == 0) {
                    machine.disk->letGo();
                    machine.disc->letGo();
                }
                break;
            case 12:
                machine.configure(step & 0x10 ? 0x40 : input.byte(), input.number());
                break;
            case 13:
                if (!((step & 0x10) != 0 ? machine.controller->eject({0, 1}, {})
                                         : machine.controller->insert({0, 1}, machine.disc)))
                    std::abort();
                break;
            case 14:
                memory->base()[input.number() % kMemory] = std::byte{input.byte()};
                break;
            default:
                for (unsigned i = 0; i <= step >> 4; ++i)
                    engine().poll();
                break;
        }
    }
    settle(machine);
    // Whatever has been done to them, a reset brings the drives back.
    machine.configure(0x40, 0x8000'8000);
    machine.out(kControl, 4);
    machine.out(kControl, 0);
    settle(machine);
    if ((machine.in(kControl)&kBusy) != 0 || machine.in(kCommand + 1) != 1)
        std::abort();
    machine.out(kCommand + 7, 0xEC);
    if (machine.in(kControl) != 0x58)
        std::abort();
    return 0;
}
