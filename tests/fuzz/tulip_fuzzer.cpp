// SPDX-License-Identifier: GPL-3.0-or-later

// A hostile guest at a 21140A: the input is a series of steps that write and read registers, sound
// values and others, lay descriptors and setup frames into memory, change the memory under them,
// take the bus away, let frames come, and let time pass. Whatever comes, each turn of work ends,
// the network gets only what it may, and after a reset the adapter works.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "../devices/emulated/tulip/played_port.h"
#include "../devices/fake_clock.h"
#include "devices/emulated/tulip/adapter_engine.h"
#include "devices/emulated/tulip/controller.h"
#include "input.h"

using devices::tulip::AdapterEngine;
using devices::tulip::Controller;
using fuzz::Input;
using hypervisor::GuestMemory;

namespace {

constexpr std::uint32_t kMemory = 1 << 20;
constexpr std::uint32_t kReceiveRing = 0x1'0000;
constexpr std::uint32_t kTransmitRing = 0x2'0000;
constexpr std::uint32_t kSetup = 0x3'0000;
constexpr std::uint32_t kOwn = 0x8000'0000;
constexpr std::uint32_t kRunning = 0x020C'2202;
/// More than any sound driver's lists need before they are empty.
constexpr unsigned kMostTurns = 2000;
constexpr std::size_t kLongestFrame = 1518;
constexpr devices::tulip::MacAddress kMac{std::byte{0x00}, std::byte{0x15}, std::byte{0x5D},
                                          std::byte{1},    std::byte{2},    std::byte{3}};

struct Machine {
    explicit Machine(const GuestMemory& ram)
        : memory(ram),
          controller({kMac, 0, false, nullptr}, memory, clock, hypervisor::InterruptLine(), [] {}),
          engine({kMac, 0, false, nullptr}, controller, clock) {
        controller.setMaster(true);
        plug();
    }
    void plug() { engine.setPort(std::make_unique<PlayedPort>(wire)); }
    void csr(unsigned number, std::uint32_t value) { controller.write(number * 8, 4, value); }
    std::uint32_t csr(unsigned number) { return controller.read(number * 8, 4); }
    void put(std::uint32_t at, std::array<std::uint32_t, 4> words) const {
        // What is not there stays away.
        static_cast<void>(memory.write(at, words));
    }
    /// True: it has come to an end.
    bool work() {
        for (unsigned i = 0; engine.work(); ++i)
            if (i == kMostTurns)
                return false;
        return true;
    }

    const GuestMemory& memory;
    FakeClock clock;
    PlayedWire wire;
    Controller controller;
    AdapterEngine engine;
};

/// A descriptor of a ring, mostly one that makes sense.
void describe(Machine& machine, Input& input) {
    const std::uint8_t how = input.byte();
    const std::uint32_t ring = (how & 1) != 0 ? kReceiveRing : kTransmitRing;
    const std::uint32_t place = input.byte() % 16 * 16;
    std::uint32_t control = input.number();
    std::uint32_t first = input.number();
    std::uint32_t second = (how & 0x40) != 0 ? input.number() : 0;
    if ((how & 2) != 0) {
        first %= kMemory;
        second %= kMemory;
    }
    if ((how & 4) != 0)
        control = (control & 0x3F'FFFF) | 0x6000'0000;
    if ((how & 8) != 0)
        second = ring + (second & 0xF0);
    if ((how & 0x10) != 0) {
        control = 0x0800'0000 | (control & 0x1240'0000) | 192;
        first = kSetup;
    }
    machine.put(ring + place, {(how & 0x20) != 0 ? 0 : kOwn, control, first, second});
}

void comeFrame(Machine& machine, Input& input) {
    const std::uint8_t how = input.byte();
    std::vector<std::byte> frame(14 + how % 8 * 213U);
    for (std::size_t i = 0; i < frame.size(); ++i)
        frame[i] = static_cast<std::byte>(i);
    for (std::size_t i = 0; i < 6; ++i)
        frame[i] = (how & 8) != 0 ? std::byte{0xFF} : kMac[i];
    if ((how & 0x10) != 0)
        frame[0] = std::byte{input.byte()};
    machine.wire.coming.push_back(std::move(frame));
}

/// A bit-bang of one of the two serial buses: each byte of the input is the lower bits of a write.
void shift(Machine& machine, Input& input) {
    const bool rom = (input.byte() & 1) != 0;
    for (unsigned left = input.byte() % 80; left > 0; --left) {
        const std::uint32_t bits = input.byte();
        machine.csr(9, rom ? 0x4801 | (bits & 7) : (bits & 0xF) << 16);
        static_cast<void>(machine.csr(9));
    }
}

/// Much time at once is time in which the host was too busy for most alarms: a timer of 82 us would
/// ring millions of times.
void pass(Machine& machine, std::uint64_t nanoseconds) {
    constexpr std::uint64_t kAwake = 10'000'000;
    if (nanoseconds > kAwake)
        machine.clock.jump(nanoseconds - kAwake);
    machine.clock.advance(std::min(nanoseconds, kAwake));
}

/// The network has got nothing that is no frame of this adapter's.
void check(Machine& machine) {
    for (const auto& frame : machine.wire.sent)
        if (frame.size() < 14 || frame.size() > kLongestFrame ||
            !std::equal(kMac.begin(), kMac.end(), frame.begin() + 6))
            std::abort();
    machine.wire.sent.clear();
}

void step(Machine& machine, Input& input) {
    const std::uint8_t what = input.byte();
    switch (what & 15) {
        case 0:
            machine.csr(what >> 4, input.number());
            break;
        case 1:
            static_cast<void>(machine.controller.read(input.byte() & 0x7F, 1U << (what >> 4) % 3));
            break;
        case 2:
            machine.controller.write(input.byte() & 0x7F, 1U << (what >> 4) % 3, input.number());
            break;
        case 3:
        case 4:
            describe(machine, input);
            break;
        case 5:
            machine.csr(3, kReceiveRing + (what & 0xF0));
            machine.csr(4, kTransmitRing + (what & 0xF0));
            break;
        case 6:
            machine.csr(
                6, kRunning | std::uint32_t{input.byte()} << 4 | ((what & 0x10) != 0 ? 0xC00U : 0));
            break;
        case 7:
            machine.csr(6, (what & 0x10) != 0 ? 0 : kRunning);
            break;
        case 8:
            comeFrame(machine, input);
            break;
        case 9:
            shift(machine, input);
            break;
        case 10:
            pass(machine, std::uint64_t{input.byte()} << (what >> 4) * 2);
            break;
        case 11:
            machine.controller.setMaster((what & 0x10) == 0);
            break;
        case 12:
            if ((what & 0x10) != 0)
                machine.engine.setPort(nullptr);
            else
                machine.plug();
            break;
        case 13: {
            const std::uint32_t at = input.number() % kMemory;
            machine.memory.base()[at] = std::byte{input.byte()};
            break;
        }
        case 14:
            machine.csr((what & 0x10) != 0 ? 1 : 2, 0);
            break;
        default:
            // A chain that leads back into itself by its own buffers may go on.
            static_cast<void>((what & 0x10) != 0 ? machine.engine.sendAtOnce()
                                                 : machine.engine.work());
            break;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t length) {
    static const auto memory = *GuestMemory::create(kMemory);
    std::fill_n(memory->base(), kMemory, std::byte{0});
    Machine machine(*memory);
    Input input(data, length);
    while (!input.empty()) {
        step(machine, input);
        check(machine);
    }
    // Whatever has been done to it, a reset brings it back.
    machine.controller.reset();
    machine.wire = {};
    machine.plug();
    machine.controller.setMaster(true);
    if (machine.csr(5) != 0xFC00'0000 || machine.csr(6) != 0x3200'0040)
        std::abort();
    static_cast<void>(machine.work());
    machine.put(kReceiveRing, {kOwn, 1536, 0x4'0000, 0});
    machine.put(kReceiveRing + 16, {0, 0, 0, 0});
    machine.put(kTransmitRing, {kOwn, 0x6000'0000 | 100, 0x5'0000, 0});
    machine.put(kTransmitRing + 16, {0, 0, 0, 0});
    std::copy(kMac.begin(), kMac.end(), memory->base() + 0x5'0006);
    machine.csr(3, kReceiveRing);
    machine.csr(4, kTransmitRing);
    machine.wire.coming.emplace_back(60);
    machine.csr(6, kRunning | 0x40);
    if (!machine.work() || machine.wire.sent.size() != 1 ||
        (memory->read<std::uint32_t>(kReceiveRing).value() & kOwn) != 0)
        std::abort();
    return 0;
}
