// SPDX-License-Identifier: GPL-3.0-or-later

// A hostile guest at a SCSI controller with a disk, a DVD drive and a sub-channel: the input is a
// series of steps that write packets, sound ones and others, change the rings and the memory under
// them, serve the controller, and add and remove disks. Whatever comes, the channels close.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "../devices/synthetic/storage/memory_disk.h"
#include "devices/synthetic/storage/storage_vsp.h"
#include "input.h"
#include "vmbus/client/channel_client.h"

using namespace devices::synthetic;
using devices::storage::IoEngine;
using devices::storage::IoEngineKind;
using fuzz::Input;
using hypervisor::GuestMemory;
using vmbus::ChannelClient;
using vmbus::GuestRange;
using vmbus::PacketType;

namespace {

constexpr hypervisor::Gpa kRings = 0x1'0000;
constexpr hypervisor::Gpa kData = 0x4'0000;
constexpr unsigned kDataPages = 64;

IoEngine& engine() {
    static const auto engine = *IoEngine::create({.kind = IoEngineKind::ThreadPool});
    return *engine;
}

struct Guest {
    explicit Guest(vmbus::ChannelDevice& of, hypervisor::Gpa rings, const GuestMemory& memory)
        : device(of), client(*ChannelClient::create(memory, vmbus::ClientRings::at(rings, 3))) {}
    void open() {
        client->open(device);
        isOpen = true;
    }
    /// Close answers come from the engine, which this very thread serves.
    void close() {
        if (!isOpen)
            return;
        device.closing();
        isOpen = false;
    }

    vmbus::ChannelDevice& device;
    std::unique_ptr<ChannelClient> client;
    bool isOpen = false;
};

void write(Guest& guest, const vmbus::OutgoingPacket& packet) {
    static_cast<void>(guest.client->toDevice().write(packet));
    guest.device.doorbell();
}

void initialise(Guest& guest) {
    constexpr StorageOperation kSteps[] = {
        StorageOperation::BeginInitialization, StorageOperation::QueryProtocolVersion,
        StorageOperation::QueryProperties, StorageOperation::EndInitialization};
    for (const StorageOperation step : kSteps) {
        StoragePacket packet{};
        packet.operation = static_cast<std::uint32_t>(step);
        packet.payload[0] = std::byte{0x02};
        packet.payload[1] = std::byte{0x06};
        const std::array payload{vmbus::bytesOf(packet)};
        write(guest, {PacketType::InBand, true, 1, {}, payload});
    }
}

/// An ExecuteSrb whose every part may be off.
void command(Guest& guest, Input& input) {
    StoragePacket packet{};
    packet.operation = static_cast<std::uint32_t>(StorageOperation::ExecuteSrb);
    ScsiRequest request{};
    const std::uint8_t how = input.byte();
    request.lun = how & 3;
    request.path = (how & 0x0C) == 0x0C ? 1 : 0;
    request.direction = input.byte() & 3;
    request.blockLength = static_cast<std::uint8_t>(16 + (how >> 7));
    request.senseLength = 20;
    const std::uint8_t blockBytes = input.byte() % 17;
    for (unsigned i = 0; i < blockBytes; ++i)
        request.blockOrSense[i] = input.byte();
    const std::uint8_t rangeCount = input.byte() % 4;
    std::vector<std::uint64_t> header(1);
    std::uint64_t total = 0;
    for (unsigned i = 0; i < rangeCount; ++i) {
        const std::uint32_t length = input.value<std::uint16_t>() % 20'000;
        const std::uint32_t offset = input.value<std::uint16_t>() % 4096;
        header.push_back(std::uint64_t{offset} << 32 | length);
        total += length;
        for (std::uint64_t page = 0; page < GuestRange::pageCount(length, offset); ++page)
            header.push_back(kData / hypervisor::kPageSize + input.byte() % (kDataPages + 1));
    }
    header[0] = std::uint64_t{rangeCount} << 32;
    const std::uint8_t off = input.byte();
    if (off < 32 && !header.empty())
        header[off % header.size()] = input.value<std::uint64_t>();
    request.dataLength = static_cast<std::uint32_t>((off & 0x40) != 0 ? total + 1 : total);
    std::memcpy(packet.payload.data(), &request, sizeof(request));
    const std::array payload{vmbus::bytesOf(packet)};
    const auto id = input.byte();
    if (rangeCount == 0)
        write(guest, {PacketType::InBand, true, id, {}, payload});
    else
        write(guest, {PacketType::GpaDirect, true, id, std::as_bytes(std::span(header)), payload});
}

void anyPacket(Guest& guest, Input& input) {
    std::vector<std::byte> body(input.byte() % 120);
    for (std::byte& byte : body)
        byte = std::byte{input.byte()};
    const std::array payload{std::span<const std::byte>(body)};
    const std::uint8_t type = input.byte();
    write(guest,
          {static_cast<PacketType>(type % 13), (type & 0x80) == 0, input.byte(), {}, payload});
}

void operation(Guest& guest, Input& input) {
    StoragePacket packet{};
    packet.operation = input.byte() % 15;
    packet.payload[0] = std::byte{input.byte()};
    packet.payload[1] = std::byte{input.byte()};
    const std::array payload{vmbus::bytesOf(packet)};
    write(guest, {PacketType::InBand, true, input.byte(), {}, payload});
}

void spoil(const vmbus::RingMemory& ring, Input& input) {
    const std::uint8_t where = input.byte();
    const auto value = input.value<std::uint32_t>();
    switch (where % 5) {
        case 0:
            ring.control().writeIndex = value;
            break;
        case 1:
            ring.control().readIndex = value;
            break;
        case 2:
            ring.control().interruptMask = value;
            break;
        case 3:
            ring.control().pendingSendSize = value;
            break;
        default:
            ring.write(value % ring.size() & ~7U, reinterpret_cast<const std::byte*>(&value), 4);
            break;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t length) {
    static const auto memory = *GuestMemory::create(1 << 20);
    IoEngine& loop = engine();
    Input input(data, length);
    StorageVsp vsp(loop, 1);
    const auto disk = std::make_shared<MemoryDisk>(loop, 256 * 1024);
    const auto dvd = std::make_shared<MemoryDisk>(loop, 256 * 1024, 2048);
    dvd->locked = true;
    if (!vsp.attachDisk(0, disk, {}) || !vsp.attachDvd(1, dvd, {}))
        std::abort();
    std::array guests{std::make_unique<Guest>(vsp, kRings, *memory),
                      std::make_unique<Guest>(*vsp.subChannel(1), kRings + 0x8000, *memory)};
    for (const auto& guest : guests)
        guest->open();
    if ((input.byte() & 7) != 0)
        initialise(*guests[0]);
    bool second = false;
    while (!input.empty()) {
        const std::uint8_t step = input.byte();
        Guest& guest = *guests[step >> 7];
        switch (step & 15) {
            case 0:
            case 1:
            case 2:
            case 3:
            case 4:
                command(guest, input);
                break;
            case 5:
                operation(guest, input);
                break;
            case 6:
                anyPacket(guest, input);
                break;
            case 7:
                spoil(guest.client->ringToDevice(), input);
                guest.device.doorbell();
                break;
            case 8:
                spoil(guest.client->ringFromDevice(), input);
                guest.device.doorbell();
                break;
            case 9:
                // The guest takes its answers.
                while (guest.client->poll())
                    continue;
                break;
            case 10:
                memory->base()[kData + input.value<std::uint32_t>() % (kDataPages * 4096)] =
                    std::byte{input.byte()};
                break;
            case 11:
                disk->holding = (step & 0x10) != 0;
                if (!disk->holding)
                    disk->letGo();
                break;
            case 12: {
                const auto done =
                    second ? vsp.detach(2, {})
                           : vsp.attachDisk(2, std::make_shared<MemoryDisk>(loop, 4096 * 16, 4096),
                                            {});
                if (!done)
                    std::abort();
                second = !second;
                break;
            }
            case 13:
                if (!((step & 0x10) != 0 ? vsp.eject(1, {}) : vsp.insert(1, dvd)))
                    std::abort();
                break;
            case 14:
                loop.poll();
                break;
            default:
                // Away with it all, and another guest comes.
                if (guest.isOpen && guest.client->failure()) {
                    disk->letGo();
                    guest.close();
                    bool gone = false;
                    loop.runUntil(
                        [&] { return gone = guest.client->close(ChannelClient::Limit{0}); });
                    if (!gone)
                        std::abort();
                    guest.open();
                    initialise(guest);
                }
                break;
        }
    }
    disk->letGo();
    for (unsigned i = 0; i < 16; ++i)
        loop.poll();
    // Nothing is left under way: the channels go, and the disk with the last to hold it.
    for (const auto& guest : guests)
        guest->device.closing();
    for (const auto& guest : guests)
        for (unsigned i = 0; !guest->client->close(ChannelClient::Limit{0}); ++i) {
            if (i == 1000)
                std::abort();
            loop.poll();
        }
    bool released = false;
    if (!vsp.detach(0, [&] { released = true; }))
        std::abort();
    for (unsigned i = 0; !released; ++i) {
        if (i == 1000)
            std::abort();
        loop.poll();
    }
    return 0;
}
