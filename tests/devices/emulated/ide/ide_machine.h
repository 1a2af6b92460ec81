// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "devices/emulated/ide/ide_controller.h"
#include "memory_disk.h"
#include "recorders.h"

/// A controller on its buses, guest memory, and what a driver does with the first channel; the
/// engine is served by whoever waits, so that every step is at its place.
class IdeMachine {
  public:
    using Place = devices::ide::IdeController::Place;
    using Bytes = std::vector<std::uint8_t>;

    static constexpr std::uint16_t kCommand = 0x1F0;
    static constexpr std::uint16_t kControl = 0x3F6;
    static constexpr std::uint16_t kSecondCommand = 0x170;
    static constexpr std::uint16_t kBusMaster = 0xC000;
    static constexpr std::uint32_t kTable = 0x1'0000;
    static constexpr std::uint32_t kData = 0x10'0000;
    static constexpr std::uint8_t kBusy = 0x80;
    static constexpr std::uint8_t kIdle = 0x50;
    static constexpr std::uint8_t kDataRequest = 0x58;
    static constexpr std::uint8_t kFailed = 0x51;

    IdeMachine()
        : memory(*hypervisor::GuestMemory::create(16 << 20)),
          engine(*devices::storage::IoEngine::create(
              {.kind = devices::storage::IoEngineKind::ThreadPool})) {
        auto made = devices::ide::IdeController::create(
            {ports, pci, {lines[0].line(), lines[1].line()}}, *memory, *engine);
        if (!made || !pci.claimPorts(ports) || !pci.add(7, 0, bridge))
            std::abort();
        controller = std::move(*made);
        configure(0x20, 4, kBusMaster);
        configure(4, 2, 5);
    }
    ~IdeMachine() {
        while (!controller->idle())
            engine->poll();
        controller.reset();
    }
    IdeMachine(const IdeMachine&) = delete;
    IdeMachine& operator=(const IdeMachine&) = delete;

    std::shared_ptr<MemoryDisk> addDisk(Place place = {}, std::uint64_t size = 1 << 20) {
        auto disk = std::make_shared<MemoryDisk>(*engine, size);
        for (std::size_t i = 0; i < disk->content.size(); ++i)
            disk->content[i] = contentAt(i);
        devices::scsi::DiskOptions options;
        for (std::size_t i = 0; i < options.identifier.size(); ++i)
            options.identifier[i] = static_cast<std::uint8_t>(0xA0 + i);
        options.counters = counters;
        return controller->attachDisk(place, disk, options) ? disk : nullptr;
    }
    static std::byte contentAt(std::size_t offset) {
        return static_cast<std::byte>(offset / 512 * 7 + offset);
    }

    void configure(unsigned offset, unsigned size, std::uint32_t value) {
        ports.write(0xCF8, 4, 0x8000'0000 | 7U << 11 | 1U << 8 | (offset & 0xFC));
        ports.write(static_cast<std::uint16_t>(0xCFC + (offset & 3)), size, value);
    }
    void out(unsigned port, std::uint32_t value, unsigned size = 1) {
        ports.write(static_cast<std::uint16_t>(port), size, value);
    }
    std::uint32_t in(unsigned port, unsigned size = 1) {
        return ports.read(static_cast<std::uint16_t>(port), size);
    }

    /// Registers 2 to 6 of a command with 28 bits.
    void address(std::uint32_t lba, std::uint8_t count, std::uint8_t drive = 0) {
        out(kCommand + 2, count);
        out(kCommand + 3, lba & 0xFF);
        out(kCommand + 4, lba >> 8 & 0xFF);
        out(kCommand + 5, lba >> 16 & 0xFF);
        out(kCommand + 6, 0x40U | drive << 4 | lba >> 24);
    }
    void wideAddress(std::uint64_t lba, std::uint16_t count) {
        for (const unsigned half : {1U, 0U}) {
            out(kCommand + 2, count >> half * 8 & 0xFF);
            for (unsigned i = 0; i < 3; ++i)
                out(kCommand + 3 + i,
                    static_cast<std::uint32_t>(lba >> (half * 24 + i * 8)) & 0xFF);
        }
        out(kCommand + 6, 0x40);
    }
    /// Gives a command and waits until the drive is not busy; its status.
    std::uint8_t command(std::uint8_t code) {
        out(kCommand + 7, code);
        return wait();
    }
    std::uint8_t wait() {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while ((in(kControl)&kBusy) != 0 && std::chrono::steady_clock::now() < end)
            engine->poll();
        return static_cast<std::uint8_t>(in(kControl));
    }
    /// Lets what the engine has be done, whatever the drive says.
    void serve() {
        for (int i = 0; i < 20; ++i)
            engine->poll();
    }
    /// True: there was an interrupt since the last call; it is acknowledged.
    bool interrupted() {
        const bool was = std::exchange(lines[0].edges, 0) != 0;
        static_cast<void>(in(kCommand + 7));
        return was;
    }
    std::uint8_t error() { return static_cast<std::uint8_t>(in(kCommand + 1)); }
    std::uint32_t lba28() {
        return in(kCommand + 3) | in(kCommand + 4) << 8 | in(kCommand + 5) << 16 |
               (in(kCommand + 6) & 0x0F) << 24;
    }

    Bytes readBlock(std::size_t bytes) {
        Bytes data;
        while (data.size() < bytes) {
            const std::uint32_t word = in(kCommand, 2);
            data.push_back(static_cast<std::uint8_t>(word));
            data.push_back(static_cast<std::uint8_t>(word >> 8));
        }
        return data;
    }
    void writeBlock(std::span<const std::uint8_t> data) {
        for (std::size_t i = 0; i < data.size(); i += 4) {
            std::uint32_t value = 0;
            std::memcpy(&value, data.data() + i, 4);
            out(kCommand, value, 4);
        }
    }

    /// The table of regions: address and length each, the last one marked.
    void describe(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& regions) {
        std::uint32_t at = kTable;
        for (std::size_t i = 0; i < regions.size(); ++i, at += 8) {
            const std::uint32_t last = i + 1 == regions.size() ? 0x8000'0000 : 0;
            if (!memory->write(at, regions[i].first) ||
                !memory->write(at + 4, (regions[i].second & 0xFFFF) | last))
                std::abort();
        }
        out(kBusMaster + 4, kTable, 4);
    }
    /// As Linux's driver: sets the bus master up, gives the command, starts; the drive's status.
    std::uint8_t dma(std::uint8_t code, bool fromDevice) {
        const std::uint8_t direction = fromDevice ? 8 : 0;
        out(kBusMaster, direction);
        out(kBusMaster + 2, 6);
        out(kCommand + 7, code);
        out(kBusMaster, direction | 1);
        return wait();
    }
    /// The bus master's status, which is then stopped.
    std::uint8_t dmaStatus() {
        const auto status = static_cast<std::uint8_t>(in(kBusMaster + 2) & 7);
        out(kBusMaster, 0);
        return status;
    }
    std::span<std::byte> data(std::size_t bytes, std::uint32_t at = kData) const {
        return {memory->at(at, bytes), bytes};
    }

    std::unique_ptr<hypervisor::GuestMemory> memory;
    std::unique_ptr<devices::storage::IoEngine> engine;
    std::array<RecordedLine, 2> lines;
    RecordedMachine recorded;
    devices::ResetControl control{recorded, recorded.addressLine20};
    devices::PciBus pci{control};
    devices::PortBus ports;
    devices::PciFunction bridge{{0x8086, 0x7110, 0x06'01'00}};
    std::shared_ptr<hypervisor::StatsSlot> counters = std::make_shared<hypervisor::StatsSlot>();
    std::unique_ptr<devices::ide::IdeController> controller;
};
