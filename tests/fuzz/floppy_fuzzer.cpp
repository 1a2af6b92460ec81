// SPDX-License-Identifier: GPL-3.0-or-later

// A hostile guest at a diskette controller and the DMA controllers: the input is a series of steps
// that write and read registers, give commands, sound ones and others, set up channels, move data,
// serve the engine, and change the diskette. Whatever comes, nothing stays under way, and after a
// reset the controller works.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "../devices/synthetic/storage/memory_disk.h"
#include "devices/chipset/isa_dma.h"
#include "devices/emulated/floppy/floppy_controller.h"
#include "input.h"

using devices::floppy::DriveKind;
using devices::floppy::FloppyController;
using devices::storage::IoEngine;
using devices::storage::IoEngineKind;
using fuzz::Input;
using hypervisor::GuestMemory;

namespace {

constexpr std::uint32_t kMemory = 1 << 20;
constexpr unsigned kOutput = 0x3F2;
constexpr unsigned kStatus = 0x3F4;
constexpr unsigned kData = 0x3F5;
constexpr unsigned kRate = 0x3F7;

IoEngine& engine() {
    static const auto engine = *IoEngine::create({.kind = IoEngineKind::ThreadPool});
    return *engine;
}

struct Machine {
    Machine(const GuestMemory& memory, DriveKind kind) {
        dma.connect(&memory);
        auto made = FloppyController::create(
            {ports, dma, hypervisor::InterruptLine([this](bool level) { interrupting = level; })},
            kind, engine());
        if (!made || !dma.claimPorts(ports))
            std::abort();
        controller = std::move(*made);
        locked->locked = true;
        insert(0);
    }
    void insert(std::uint8_t which) {
        const std::array disks{usual, locked, small, huge, narrow};
        // What does not fit is refused.
        static_cast<void>(controller->insert(disks.at(which % disks.size())));
    }
    void out(unsigned port, std::uint32_t value, unsigned size = 1) {
        ports.write(static_cast<std::uint16_t>(port), size, value);
    }
    std::uint32_t in(unsigned port, unsigned size = 1) {
        return ports.read(static_cast<std::uint16_t>(port), size);
    }

    devices::PortBus ports;
    devices::IsaDma dma;
    bool interrupting = false;
    std::shared_ptr<MemoryDisk> usual = std::make_shared<MemoryDisk>(engine(), 1440 * 1024);
    std::shared_ptr<MemoryDisk> locked = std::make_shared<MemoryDisk>(engine(), 720 * 1024);
    std::shared_ptr<MemoryDisk> small = std::make_shared<MemoryDisk>(engine(), 3 * 512);
    std::shared_ptr<MemoryDisk> huge = std::make_shared<MemoryDisk>(engine(), 2880 * 1024);
    std::shared_ptr<MemoryDisk> narrow = std::make_shared<MemoryDisk>(engine(), 360 * 1024);
    std::unique_ptr<FloppyController> controller;
};

constexpr std::array<std::uint8_t, 24> kCommands{0xE6, 0xC5, 0x66, 0x45, 0x4C, 0x6C, 0x49, 0xC9,
                                                 0x42, 0x56, 0xD6, 0x4D, 0x4A, 0x07, 0x0F, 0x8F,
                                                 0xCF, 0x08, 0x04, 0x0E, 0x13, 0x94, 0x03, 0x12};

/// A command as it comes, mostly one that the controller knows.
void command(Machine& machine, Input& input) {
    const std::uint8_t how = input.byte();
    machine.out(kData, (how & 0x80) != 0 ? input.byte() : kCommands.at(how % kCommands.size()));
    for (unsigned i = how >> 5 & 3; i < 8; ++i) {
        if ((machine.in(kStatus)&0xD0) != 0x90)
            break;
        machine.out(kData, input.byte());
    }
}

/// A read or write that is sound but for what the input does to it.
void transfer(Machine& machine, Input& input) {
    const std::uint8_t how = input.byte();
    machine.out(kData, (how & 1) != 0 ? 0xC5 : 0xE6);
    const std::uint8_t head = how >> 1 & 1;
    const std::uint8_t cylinder = input.byte();
    const std::array<std::uint8_t, 8> rest{static_cast<std::uint8_t>(head << 2),
                                           cylinder,
                                           head,
                                           static_cast<std::uint8_t>(how >> 2 & 31),
                                           2,
                                           input.byte(),
                                           0x1B,
                                           0xFF};
    for (const std::uint8_t byte : rest)
        machine.out(kData, byte);
}

void setUpDma(Machine& machine, Input& input) {
    const std::uint8_t how = input.byte();
    machine.out(0x0A, 6);
    machine.out(0x0C, 0);
    machine.out(0x0B, (how & 0xFC) | 2);
    machine.out(0x04, input.byte());
    machine.out(0x04, input.byte());
    machine.out(0x81, input.byte() & 0x1F);
    machine.out(0x05, input.byte());
    machine.out(0x05, input.byte());
    if ((how & 1) == 0)
        machine.out(0x0A, 2);
}

void moveData(Machine& machine, Input& input) {
    const std::uint8_t how = input.byte();
    for (unsigned i = 0; i < (how & 0x7FU) * 64; ++i)
        if ((how & 0x80) != 0)
            machine.out(kData, i);
        else
            static_cast<void>(machine.in(kData));
}

void settle(Machine& machine) {
    for (const auto& disk :
         {machine.usual, machine.locked, machine.small, machine.huge, machine.narrow}) {
        disk->holding = false;
        disk->letGo();
    }
    for (unsigned i = 0; !machine.controller->idle(); ++i) {
        if (i == 10'000)
            std::abort();
        engine().poll();
    }
}

void step(Machine& machine, Input& input) {
    const std::uint8_t step = input.byte();
    switch (step & 15) {
        case 0:
        case 1:
            return command(machine, input);
        case 2:
        case 3:
            return transfer(machine, input);
        case 4:
            return setUpDma(machine, input);
        case 5:
            return moveData(machine, input);
        case 6:
            return machine.out(kOutput, input.byte());
        case 7:
            return machine.out((step & 0x10) != 0 ? kRate : kStatus, input.byte());
        case 8:
            return machine.out(0x3F0 + (step >> 5), input.byte(), 1U << (step >> 4 & 1));
        case 9:
            static_cast<void>(machine.in(0x3F0 + (step >> 5), 1U << (step >> 4 & 1)));
            break;
        case 10:
            machine.out((step & 0x10) != 0 ? 0xC0 : 0x00, input.byte());
            return machine.out((step >> 4) + ((step & 0x10) != 0 ? 0x80U : 0x00U), input.byte());
        case 11:
            static_cast<void>(machine.in((step >> 4) + ((step & 0x80) != 0 ? 0xC0U : 0x00U)));
            break;
        case 12:
            machine.usual->holding = (step & 0x10) != 0;
            machine.usual->letGo();
            break;
        case 13:
            if ((step & 0x10) != 0)
                machine.controller->eject({});
            else
                machine.insert(step >> 5);
            break;
        case 14:
            // Out of reset, at a rate, with the heads somewhere.
            machine.out(kOutput, 0x1C);
            machine.out(kRate, step >> 4 & 3);
            for (const std::uint32_t byte : {0x0FU, 0x00U, std::uint32_t{input.byte()}, 0x08U})
                machine.out(kData, byte);
            static_cast<void>(machine.in(kData));
            static_cast<void>(machine.in(kData));
            break;
        default:
            for (unsigned i = 0; i <= step >> 4; ++i)
                engine().poll();
            break;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t length) {
    static const auto memory = *GuestMemory::create(kMemory);
    constexpr std::array kKinds{DriveKind::Mb144, DriveKind::Mb288, DriveKind::Mb12};
    Input input(data, length);
    Machine machine(*memory, kKinds.at(input.byte() % kKinds.size()));
    while (!input.empty())
        step(machine, input);
    settle(machine);
    // Whatever has been done to it, a reset brings it back.
    machine.out(kOutput, 0);
    if (machine.interrupting || machine.in(kStatus) != 0)
        std::abort();
    machine.out(kOutput, 0x0C);
    settle(machine);
    if (!machine.interrupting || machine.in(kStatus) != 0x80)
        std::abort();
    machine.out(kData, 0x08);
    if (machine.interrupting || machine.in(kData) != 0xC0)
        std::abort();
    machine.controller->quiesce();
    return 0;
}
