// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

#include "devices/chipset/isa_dma.h"
#include "devices/emulated/floppy/floppy_controller.h"
#include "memory_disk.h"
#include "recorders.h"

/// A controller and DMA on their bus, guest memory, and what a driver does with them; the engine is
/// served by whoever waits, so that every step is at its place.
class FloppyMachine {
  public:
    using Bytes = std::vector<std::uint8_t>;
    using DriveKind = devices::floppy::DriveKind;

    static constexpr std::uint32_t kData = 0x2'0000;
    static constexpr std::size_t k144 = 80 * 2 * 18 * 512;
    static constexpr std::uint8_t kReadData = 0xE6;
    static constexpr std::uint8_t kWriteData = 0xC5;

    explicit FloppyMachine(DriveKind kind = DriveKind::Mb144)
        : memory(*hypervisor::GuestMemory::create(1 << 20)),
          engine(*devices::storage::IoEngine::create(
              {.kind = devices::storage::IoEngineKind::ThreadPool})) {
        dma.connect(memory.get());
        auto made =
            devices::floppy::FloppyController::create({ports, dma, line.line()}, kind, *engine);
        if (!made || !dma.claimPorts(ports))
            std::abort();
        controller = std::move(*made);
    }
    ~FloppyMachine() {
        while (!controller->idle())
            engine->poll();
        controller.reset();
    }
    FloppyMachine(const FloppyMachine&) = delete;
    FloppyMachine& operator=(const FloppyMachine&) = delete;

    static std::byte contentAt(std::size_t offset) {
        return static_cast<std::byte>(offset / 512 * 7 + offset);
    }
    std::shared_ptr<MemoryDisk> makeDiskette(std::size_t bytes = k144) const {
        auto disk = std::make_shared<MemoryDisk>(*engine, bytes);
        for (std::size_t i = 0; i < bytes; ++i)
            disk->content[i] = contentAt(i);
        return disk;
    }
    std::shared_ptr<MemoryDisk> insert(std::size_t bytes = k144) {
        auto disk = makeDiskette(bytes);
        return controller->insert(disk) ? disk : nullptr;
    }

    void out(unsigned port, std::uint32_t value) {
        ports.write(static_cast<std::uint16_t>(port), 1, value);
    }
    std::uint8_t in(unsigned port) {
        return static_cast<std::uint8_t>(ports.read(static_cast<std::uint16_t>(port), 1));
    }
    std::uint8_t status() { return in(0x3F4); }
    std::uint8_t input() { return in(0x3F7); }

    /// False: the controller does not take it.
    bool send(std::initializer_list<std::uint8_t> command) {
        for (const std::uint8_t byte : command) {
            if ((status() & 0xC0) != 0x80)
                return false;
            out(0x3F5, byte);
        }
        return true;
    }
    /// All that it has to tell.
    Bytes results() {
        Bytes bytes;
        while ((status() & 0xC0) == 0xC0 && bytes.size() < 16)
            bytes.push_back(in(0x3F5));
        return bytes;
    }
    Bytes senseInterrupt() { return send({0x08}) ? results() : Bytes{}; }
    /// Until the image has done what it is asked for.
    void settle() {
        while (!controller->idle())
            engine->poll();
    }
    /// What a command that interrupts tells.
    Bytes run(std::initializer_list<std::uint8_t> command) {
        if (!send(command))
            return {};
        settle();
        return line.asserted ? results() : Bytes{};
    }

    /// Out of reset, at the rate of 1.44 MB, with the motor on and the heads at track 0.
    void start(std::uint8_t rate = 0) {
        out(0x3F2, 0x1C);
        for (int drive = 0; drive < 4; ++drive)
            static_cast<void>(senseInterrupt());
        out(0x3F7, rate);
        static_cast<void>(send({0x03, 0xDF, 0x02}));
        static_cast<void>(send({0x07, 0x00}));
        static_cast<void>(senseInterrupt());
    }
    void seek(std::uint8_t cylinder) {
        static_cast<void>(send({0x0F, 0x00, cylinder}));
        static_cast<void>(senseInterrupt());
    }
    /// Channel 2 as drivers set it up: 0x46 to memory, 0x4A from memory.
    void setUpDma(std::size_t bytes, std::uint8_t mode) {
        out(0x0A, 6);
        out(0x0C, 0);
        out(0x0B, mode);
        out(0x04, kData & 0xFF);
        out(0x04, kData >> 8 & 0xFF);
        out(0x81, kData >> 16);
        out(0x05, static_cast<std::uint32_t>((bytes - 1) & 0xFF));
        out(0x05, static_cast<std::uint32_t>((bytes - 1) >> 8));
        out(0x0A, 2);
    }
    std::span<std::byte> data(std::size_t bytes) const { return {memory->at(kData, bytes), bytes}; }
    /// `bytes` of memory are what a diskette of makeDiskette() has at `offset`.
    bool dataIs(std::size_t bytes, std::size_t offset) const {
        const auto there = data(bytes);
        for (std::size_t i = 0; i < bytes; ++i)
            if (there[i] != contentAt(offset + i))
                return false;
        return true;
    }

    std::unique_ptr<hypervisor::GuestMemory> memory;
    std::unique_ptr<devices::storage::IoEngine> engine;
    RecordedLine line;
    devices::PortBus ports;
    devices::IsaDma dma;
    std::unique_ptr<devices::floppy::FloppyController> controller;
};
