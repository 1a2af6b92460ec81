// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/emulated/tulip/adapter.h"

#include <sys/socket.h>

#include <QTest>
#include <array>
#include <atomic>
#include <vector>

#include "devices/network/socket_port.h"
#include "fake_clock.h"
#include "frames.h"
#include "recorders.h"

using devices::tulip::Adapter;
using hypervisor::FileDescriptor;

namespace {

using Bytes = std::vector<std::byte>;

constexpr std::uint16_t kPorts = 0xC080;
constexpr std::uint32_t kMemoryAt = 0xF100'0000;
constexpr std::uint32_t kReceiveRing = 0x1000;
constexpr std::uint32_t kTransmitRing = 0x2000;
constexpr std::uint32_t kSetup = 0x3000;
constexpr std::uint32_t kBuffer = 0x4000;
constexpr std::uint32_t kReceiveBuffer = 0x8000;

struct Machine {
    explicit Machine(unsigned number = 0, Bytes rom = {}) {
        devices::tulip::AdapterSettings settings;
        std::copy_n(frames::guestMac().begin(), settings.mac.size(), settings.mac.begin());
        settings.number = number;
        settings.rom = std::make_shared<const Bytes>(std::move(rom));
        auto made = Adapter::create(settings, {ports, mmio, pci, line()}, *memory, clock);
        if (!made || !pci.claimPorts(ports))
            std::abort();
        adapter = std::move(*made);
        function = number;
    }
    hypervisor::InterruptLine line() {
        return hypervisor::InterruptLine([this](bool level) { asserted = level; });
    }
    std::uint32_t configuration(unsigned offset, unsigned size = 4) {
        ports.write(0xCF8, 4, 0x8000'0000 | 10U << 11 | function << 8 | (offset & 0xFC));
        return ports.read(static_cast<std::uint16_t>(0xCFC + (offset & 3)), size);
    }
    void configure(unsigned offset, std::uint32_t value, unsigned size = 4) {
        ports.write(0xCF8, 4, 0x8000'0000 | 10U << 11 | function << 8 | (offset & 0xFC));
        ports.write(static_cast<std::uint16_t>(0xCFC + (offset & 3)), size, value);
    }
    void enable() {
        configure(0x10, kPorts);
        configure(0x14, kMemoryAt);
        configure(4, 7, 2);
    }
    std::uint32_t csr(unsigned number) {
        return ports.read(static_cast<std::uint16_t>(kPorts + number * 8), 4);
    }
    void csr(unsigned number, std::uint32_t value) {
        ports.write(static_cast<std::uint16_t>(kPorts + number * 8), 4, value);
    }
    void put(std::uint32_t at, std::array<std::uint32_t, 4> words) {
        if (!memory->write(at, words))
            std::abort();
    }
    /// A filter that passes this address, one buffer to receive into, and both processes run.
    void start() {
        for (std::uint32_t i = 0; i < 48; ++i)
            if (!memory->write(kSetup + i * 4, std::uint32_t{0xFFFF}))
                std::abort();
        for (std::uint32_t i = 0; i < 3; ++i)
            if (!memory->write(kSetup + i * 4, frames::word(frames::guestMac(), i * 2) >> 8 |
                                                   frames::word(frames::guestMac(), i * 2) << 8))
                std::abort();
        put(kReceiveRing, {0x8000'0000, 1536 | 0x0200'0000, kReceiveBuffer, 0});
        put(kTransmitRing, {0x8000'0000, 0x0800'0000 | 192, kSetup, 0});
        csr(3, kReceiveRing);
        csr(4, kTransmitRing);
        csr(7, 0x1'0041);
        csr(6, 0x020C'2202);
    }
    template <class Condition>
    bool waitFor(Condition condition) {
        return QTest::qWaitFor(condition, 10'000);
    }
    std::uint32_t statusAt(std::uint32_t at) { return memory->read<std::uint32_t>(at).value(); }

    std::unique_ptr<hypervisor::GuestMemory> memory = *hypervisor::GuestMemory::create(1 << 20);
    FakeClock clock;
    RecordedMachine recorded;
    devices::ResetControl control{recorded, recorded.addressLine20};
    devices::PciBus pci{control};
    devices::PortBus ports;
    devices::MmioBus mmio;
    std::atomic<bool> asserted = false;
    unsigned function = 0;
    std::unique_ptr<Adapter> adapter;
};

Bytes takeFrom(const FileDescriptor& socket) {
    Bytes frame(2048);
    const ssize_t got = ::recv(socket.get(), frame.data(), frame.size(), 0);
    frame.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return frame;
}

std::unique_ptr<devices::network::SwitchPort> plugOf(FileDescriptor& otherEnd) {
    auto sockets = devices::network::SocketPort::createSockets();
    if (!sockets)
        std::abort();
    otherEnd = std::move(sockets->second);
    return *devices::network::SocketPort::create(std::move(sockets->first));
}

}  // namespace

class AdapterTest : public QObject {
    Q_OBJECT

  private slots:
    void isFoundOnTheBus() {
        Machine machine;
        QCOMPARE(machine.configuration(0), 0x0009'1011U);
        QCOMPARE(machine.configuration(8), 0x0200'0020U);
        QCOMPARE(machine.configuration(0x2C), 0x2114'0A00U);
        // INTA#, and where firmware leads it until somebody writes another.
        QCOMPARE(machine.configuration(0x3C), 0x2814'010AU);
        machine.configure(0x3C, 0xFFFF'FF05);
        QCOMPARE(machine.configuration(0x3C), 0x2814'0105U);
        // Sizes.
        machine.configure(0x10, 0xFFFF'FFFF);
        machine.configure(0x14, 0xFFFF'FFFF);
        QCOMPARE(machine.configuration(0x10), 0xFFFF'FF81U);
        QCOMPARE(machine.configuration(0x14), 0xFFFF'FF80U);
    }

    void othersAreOtherFunctions() {
        Machine machine(3);
        QCOMPARE(machine.configuration(0), 0x0009'1011U);
        QCOMPARE(machine.configuration(0x2C), 0x2114'0A03U);
        QCOMPARE(machine.configuration(0x3D, 1), 4U);
        devices::tulip::AdapterSettings settings;
        settings.number = 4;
        QVERIFY(!Adapter::create(settings,
                                 {machine.ports, machine.mmio, machine.pci, machine.line()},
                                 *machine.memory, machine.clock));
        // Two can't be in one place.
        settings.number = 3;
        QVERIFY(!Adapter::create(settings,
                                 {machine.ports, machine.mmio, machine.pci, machine.line()},
                                 *machine.memory, machine.clock));
    }

    void registersAreAtPortsAndInMemory() {
        Machine machine;
        QCOMPARE(machine.csr(0), 0xFFFF'FFFFU);
        QCOMPARE(machine.mmio.read(kMemoryAt, 4), std::uint64_t{0xFFFF'FFFF});
        machine.enable();
        QCOMPARE(machine.csr(0), 0xFE00'0000U);
        machine.mmio.write(kMemoryAt + 3 * 8, 4, 0x1234'5678);
        QCOMPARE(machine.csr(3), 0x1234'5678U);
        machine.csr(4, 0xABCD'EF00);
        QCOMPARE(machine.mmio.read(kMemoryAt + 4 * 8, 4), std::uint64_t{0xABCD'EF00});
        QCOMPARE(machine.mmio.read(kMemoryAt + 4 * 8, 8), 0xFFFF'FFFF'ABCD'EF00U);
        machine.mmio.write(kMemoryAt + 4 * 8, 8, 0xFFFF'FFFF'1111'1110U);
        QCOMPARE(machine.csr(4), 0x1111'1110U);
        QCOMPARE(machine.mmio.read(kMemoryAt + 124, 8), ~std::uint64_t{0});
        // Elsewhere, and nowhere.
        machine.configure(0x14, 0xF200'0000);
        QCOMPARE(machine.mmio.read(kMemoryAt + 24, 4), std::uint64_t{0xFFFF'FFFF});
        QCOMPARE(machine.mmio.read(0xF200'0018, 4), std::uint64_t{0x1234'5678});
        machine.configure(4, 1, 2);
        QCOMPARE(machine.mmio.read(0xF200'0018, 4), std::uint64_t{0xFFFF'FFFF});
    }

    void itsRomIsReadThroughItsWindow() {
        constexpr std::uint32_t kRomAt = 0xF300'0000;
        Bytes content(5000);
        for (std::size_t at = 0; at < content.size(); ++at)
            content[at] = static_cast<std::byte>(at * 3);
        Machine machine(0, content);
        machine.enable();
        machine.configure(0x30, 0xFFFF'FFFE);
        QCOMPARE(machine.configuration(0x30), 0xFFFF'E000U);
        machine.configure(0x30, kRomAt | 1);
        QCOMPARE(machine.mmio.read(kRomAt + 1, 2), std::uint64_t{0x0603});
        QCOMPARE(machine.mmio.read(kRomAt + 4998, 4), std::uint64_t{0xFFFF'9592});
        QCOMPARE(machine.mmio.read(kRomAt + 8184, 8), ~std::uint64_t{0});
        machine.mmio.write(kRomAt, 4, 0);
        QCOMPARE(machine.mmio.read(kRomAt, 4), std::uint64_t{0x0906'0300});
        machine.configure(0x30, kRomAt);
        QCOMPARE(machine.mmio.read(kRomAt, 4), std::uint64_t{0xFFFF'FFFF});
        Machine none;
        none.configure(0x30, 0xFFFF'FFFF);
        QCOMPARE(none.configuration(0x30), 0U);
    }

    void framesGoBothWays() {
        Machine machine;
        FileDescriptor otherEnd;
        machine.adapter->plug(plugOf(otherEnd));
        machine.enable();
        machine.start();
        QVERIFY(machine.waitFor([&] { return machine.statusAt(kTransmitRing) == 0x7FFF'FFFF; }));
        const Bytes out = frames::plain(100, frames::otherMac(), frames::guestMac());
        if (!machine.memory->write(kBuffer, out))
            std::abort();
        machine.put(kTransmitRing + 16, {0x8000'0000, 0xE000'0000 | 114, kBuffer, 0});
        machine.csr(1, 0);
        QCOMPARE(takeFrom(otherEnd), out);
        QVERIFY(machine.waitFor([&] { return machine.asserted.load(); }));
        QCOMPARE(machine.csr(5) & 1, 1U);
        machine.csr(5, 0x1'FFFF);
        QVERIFY(!machine.asserted);

        const Bytes in = frames::plain(200, frames::guestMac(), frames::otherMac());
        QCOMPARE(::send(otherEnd.get(), in.data(), in.size(), 0), static_cast<ssize_t>(in.size()));
        QVERIFY(machine.waitFor([&] { return machine.asserted.load(); }));
        QCOMPARE(machine.statusAt(kReceiveRing), 218U << 16 | 0x320);
        Bytes got(in.size());
        QVERIFY(machine.memory->read(kReceiveBuffer, got));
        QCOMPARE(got, in);
    }

    void aPortIsChangedWhileItRuns() {
        Machine machine;
        FileDescriptor first;
        FileDescriptor second;
        machine.adapter->plug(plugOf(first));
        machine.enable();
        machine.start();
        machine.adapter->plug(plugOf(second));
        const Bytes out = frames::plain(100, frames::otherMac(), frames::guestMac());
        // The first port's other end is closed when the second is there.
        QVERIFY(takeFrom(first).empty());
        if (!machine.memory->write(kBuffer, out))
            std::abort();
        machine.put(kTransmitRing + 16, {0x8000'0000, 0xE000'0000 | 114, kBuffer, 0});
        machine.csr(1, 0);
        QCOMPARE(takeFrom(second), out);
        machine.adapter->plug(nullptr);
        QVERIFY(takeFrom(second).empty());
    }

    void aResetStopsIt() {
        Machine machine;
        FileDescriptor otherEnd;
        machine.adapter->plug(plugOf(otherEnd));
        machine.enable();
        machine.start();
        QVERIFY(machine.waitFor([&] { return machine.statusAt(kTransmitRing) == 0x7FFF'FFFF; }));
        machine.adapter->powerOn();
        machine.pci.reset();
        QVERIFY(!machine.asserted);
        QCOMPARE(machine.csr(0), 0xFFFF'FFFFU);
        machine.enable();
        QCOMPARE(machine.csr(5), 0xFC00'0000U);
        QCOMPARE(machine.csr(6), 0x3200'0040U);
        // And it works again.
        machine.start();
        QVERIFY(machine.waitFor([&] { return machine.statusAt(kTransmitRing) == 0x7FFF'FFFF; }));
    }
};

QTEST_GUILESS_MAIN(AdapterTest)
#include "adapter_test.moc"
