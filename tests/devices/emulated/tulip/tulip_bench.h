// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

#include "devices/emulated/tulip/adapter_engine.h"
#include "devices/emulated/tulip/controller.h"
#include "fake_clock.h"
#include "frames.h"
#include "hypervisor/guest_memory.h"
#include "played_port.h"
#include "recorders.h"

/// A controller with its engine, guest memory and time, and what a driver does with them; the
/// engine works when a test says so.
class TulipBench {
  public:
    using Bytes = std::vector<std::byte>;

    static constexpr std::uint32_t kMemory = 2 << 20;
    static constexpr std::uint32_t kReceiveRing = 0x1'0000;
    static constexpr std::uint32_t kTransmitRing = 0x2'0000;
    static constexpr std::uint32_t kReceiveBuffers = 0x10'0000;
    static constexpr std::uint32_t kTransmitBuffers = 0x18'0000;
    static constexpr std::uint32_t kSetup = 0x3'0000;
    static constexpr std::uint32_t kNowhere = 0xB000'0000;

    static constexpr std::uint32_t kOwn = 0x8000'0000;
    static constexpr std::uint32_t kEndOfRing = 0x0200'0000;
    static constexpr std::uint32_t kChained = 0x0100'0000;
    static constexpr std::uint32_t kWhole = 0x6000'0000;
    static constexpr std::uint32_t kInterrupt = 0x8000'0000;
    static constexpr std::uint32_t kSetupFrame = 0x0800'0000 | 192;
    // CSR6: 100 Mb/s full duplex at the MII, with both processes or neither.
    static constexpr std::uint32_t kHalted = 0x020C'0200;
    static constexpr std::uint32_t kRunning = kHalted | 0x2002;
    // CSR5.
    static constexpr std::uint32_t kTransmitted = 0x0001;
    static constexpr std::uint32_t kTransmitStopped = 0x0002;
    static constexpr std::uint32_t kTransmitUnavailable = 0x0004;
    static constexpr std::uint32_t kJabber = 0x0008;
    static constexpr std::uint32_t kReceived = 0x0040;
    static constexpr std::uint32_t kReceiveUnavailable = 0x0080;
    static constexpr std::uint32_t kReceiveStopped = 0x0100;
    static constexpr std::uint32_t kTimer = 0x0800;
    static constexpr std::uint32_t kFatal = 0x2000;
    static constexpr std::uint32_t kAbnormal = 0x8000;
    static constexpr std::uint32_t kNormal = 0x1'0000;

    struct Words {
        std::uint32_t status;
        std::uint32_t control;
        std::uint32_t buffer1;
        std::uint32_t buffer2;
    };

    explicit TulipBench(bool macSpoofing = false)
        : memory(*hypervisor::GuestMemory::create(kMemory)),
          settings{macOf(frames::guestMac()), 0, macSpoofing, nullptr, counters},
          controller(settings, *memory, clock, line.line(), [this] { ++wakes; }),
          engine(settings, controller, clock) {
        controller.setMaster(true);
        engine.setPort(std::make_unique<PlayedPort>(wire));
    }

    static devices::tulip::MacAddress macOf(const Bytes& bytes) {
        devices::tulip::MacAddress mac{};
        std::copy_n(bytes.begin(), mac.size(), mac.begin());
        return mac;
    }

    std::uint32_t csr(unsigned number) { return controller.read(number * 8, 4); }
    void csr(unsigned number, std::uint32_t value) { controller.write(number * 8, 4, value); }
    /// CSR5's sources.
    std::uint32_t sources() { return csr(5) & 0x7FFF; }
    unsigned receiveState() { return csr(5) >> 17 & 7; }
    unsigned transmitState() { return csr(5) >> 20 & 7; }
    void work() {
        for (int i = 0; engine.work(); ++i)
            if (i == 10'000)
                std::abort();
    }

    void put(std::uint32_t at, const Words& words) {
        if (!memory->write(at, words))
            std::abort();
    }
    Words get(std::uint32_t at) { return memory->read<Words>(at).value(); }
    std::uint32_t statusAt(std::uint32_t at) { return get(at).status; }
    Bytes bytesAt(std::uint32_t at, std::size_t size) {
        Bytes bytes(size);
        if (!memory->read(at, bytes))
            std::abort();
        return bytes;
    }
    void putBytes(std::uint32_t at, const Bytes& bytes) {
        if (!memory->write(at, bytes))
            std::abort();
    }

    static constexpr std::uint32_t kBufferSize = 1536;
    static std::uint32_t receiveDescriptor(unsigned index) { return kReceiveRing + index * 16; }
    static std::uint32_t receiveBuffer(unsigned index) { return kReceiveBuffers + index * 2048; }
    static std::uint32_t transmitDescriptor(unsigned index) { return kTransmitRing + index * 16; }
    static std::uint32_t transmitBuffer(unsigned index) { return kTransmitBuffers + index * 2048; }

    /// A ring of receive descriptors that are the adapter's.
    void makeReceiveRing(unsigned count) {
        for (unsigned i = 0; i < count; ++i)
            put(receiveDescriptor(i),
                {kOwn, kBufferSize | (i + 1 == count ? kEndOfRing : 0), receiveBuffer(i), 0});
        csr(3, kReceiveRing);
    }
    /// Gives one back.
    void refill(unsigned index) {
        Words words = get(receiveDescriptor(index));
        words.status = kOwn;
        put(receiveDescriptor(index), words);
    }
    /// A frame in one descriptor, at that place of the transmit ring.
    void queueFrame(unsigned index, const Bytes& frame, std::uint32_t flags = kWhole) {
        putBytes(transmitBuffer(index), frame);
        put(transmitDescriptor(index),
            {kOwn, static_cast<std::uint32_t>(frame.size()) | flags, transmitBuffer(index), 0});
    }

    /// Each half of the longwords that count, one behind the other.
    void putSetupFrame(std::span<const std::uint16_t> halves) {
        for (std::uint32_t i = 0; i < 48; ++i) {
            const std::uint32_t value = i < halves.size() ? halves[i] : 0xFFFFU;
            // What is in the upper half does not count.
            if (!memory->write(kSetup + i * 4, value | 0xDEAD'0000U))
                std::abort();
        }
    }
    static std::vector<std::uint16_t> halvesOf(const Bytes& mac) {
        std::vector<std::uint16_t> halves;
        for (std::size_t i = 0; i < 6; i += 2)
            halves.push_back(static_cast<std::uint16_t>(
                std::to_integer<unsigned>(mac[i]) | std::to_integer<unsigned>(mac[i + 1]) << 8));
        return halves;
    }
    /// The adapter's own address and the broadcast one, and others, in a perfect filter; the
    /// transmit list begins behind it.
    void filterPerfectly(std::initializer_list<Bytes> others = {}, std::uint32_t flags = 0) {
        std::vector<std::uint16_t> halves = halvesOf(frames::guestMac());
        for (const Bytes& mac : others)
            for (const std::uint16_t half : halvesOf(mac))
                halves.push_back(half);
        loadSetupFrame(halves, flags);
    }
    void loadSetupFrame(std::span<const std::uint16_t> halves, std::uint32_t flags) {
        putSetupFrame(halves);
        put(transmitDescriptor(0), {kOwn, kSetupFrame | flags | kEndOfRing, kSetup, 0});
        csr(4, kTransmitRing);
        csr(6, kHalted | 0x2000);
        work();
        csr(6, kHalted);
        csr(5, 0x1'FFFF);
    }
    /// A driver that is ready to receive.
    void receiveOnly(unsigned descriptors) {
        filterPerfectly();
        makeReceiveRing(descriptors);
        csr(6, kHalted | 2);
    }

    std::uint64_t counted(hypervisor::NetworkValue value) { return (*counters)[value].read(); }

    std::unique_ptr<hypervisor::GuestMemory> memory;
    FakeClock clock;
    RecordedLine line;
    PlayedWire wire;
    int wakes = 0;
    std::shared_ptr<hypervisor::StatsSlot> counters = std::make_shared<hypervisor::StatsSlot>();
    devices::tulip::AdapterSettings settings;
    devices::tulip::Controller controller;
    devices::tulip::AdapterEngine engine;
};
