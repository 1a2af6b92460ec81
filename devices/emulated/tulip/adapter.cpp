// SPDX-License-Identifier: GPL-3.0-or-later
#include "adapter.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

#include "registers.h"
#include "rom_content.h"

namespace devices::tulip {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

PciIdentity identityOf(const AdapterSettings& settings) {
    return {.vendor = 0x1011,
            .device = 0x0009,
            .classCode = 0x02'00'00,
            .revision = 0x20,
            .subsystemVendor = static_cast<std::uint16_t>(kSubsystemVendor + settings.number),
            .subsystem = kSubsystem};
}

constexpr unsigned kPortsBase = 0;
constexpr unsigned kMemoryBase = 1;

// Of the configuration space.
constexpr unsigned kPciStatus = 0x06;
/// Accesses back to back, medium time to answer.
constexpr std::uint32_t kPciStatusValue = 0x0280;
constexpr unsigned kCacheLine = 0x0C;
constexpr unsigned kLatency = 0x0D;
constexpr unsigned kLeastGrant = 0x3E;
constexpr std::uint32_t kLeastGrantValue = 0x14;
constexpr unsigned kMostLatency = 0x3F;
constexpr std::uint32_t kMostLatencyValue = 0x28;
/// Room for the driver's own use, and sleep, which makes no difference here.
constexpr unsigned kDriverArea = 0x40;
constexpr std::uint32_t kDriverAreaWritable = 0xC000'FF00;

/// What a base register of a ROM can't be smaller than.
constexpr std::uint32_t kLeastRom = 2048;

}  // namespace

std::uint64_t Adapter::Registers::readMmio(std::uint64_t offset, unsigned size) {
    const auto at = static_cast<unsigned>(offset);
    if (size <= sizeof(std::uint32_t))
        return adapter_.controller_.read(at, size);
    // Above each register there is nothing.
    return adapter_.controller_.read(at, sizeof(std::uint32_t)) | ~std::uint64_t{0xFFFF'FFFF};
}

void Adapter::Registers::writeMmio(std::uint64_t offset, unsigned size, std::uint64_t value) {
    adapter_.writeRegister(static_cast<unsigned>(offset),
                           std::min<unsigned>(size, sizeof(std::uint32_t)),
                           static_cast<std::uint32_t>(value));
}

std::uint32_t Adapter::Rom::windowSize() const {
    return std::max(kLeastRom, std::bit_ceil(static_cast<std::uint32_t>(content_->size())));
}

std::uint64_t Adapter::Rom::readMmio(std::uint64_t offset, unsigned size) {
    std::uint64_t value = ~std::uint64_t{0};
    if (offset < content_->size())
        std::memcpy(&value, content_->data() + offset,
                    std::min<std::size_t>(size, content_->size() - offset));
    return value;
}

Result<std::unique_ptr<Adapter>> Adapter::create(const AdapterSettings& settings,
                                                 const Wiring& wiring,
                                                 const hypervisor::GuestMemory& memory,
                                                 Clock& clock) {
    if (settings.number >= kMostAdapters)
        return failure(fmt::format("A machine can't have more than {} legacy network adapters.",
                                   kMostAdapters));
    FileDescriptor wakeUp(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!wakeUp)
        return hypervisor::systemFailure("can't make a network adapter's wake-up", errno);
    std::unique_ptr<Adapter> adapter(
        new Adapter(settings, wiring, memory, clock, std::move(wakeUp)));
    if (auto claimed = adapter->claim(settings, wiring); !claimed)
        return std::unexpected(claimed.error());
    adapter->thread_ = std::thread([&self = *adapter] { self.serve(); });
    return adapter;
}

Adapter::Adapter(const AdapterSettings& settings, const Wiring& wiring,
                 const hypervisor::GuestMemory& memory, Clock& clock, FileDescriptor wakeUp)
    : PciFunction(identityOf(settings)),
      wakeUp_(std::move(wakeUp)),
      controller_(settings, memory, clock, wiring.interrupt, [this] { wake(); }),
      registers_(*this),
      rom_(settings.rom),
      engine_(settings, controller_, clock) {
    addPorts(kPortsBase, kRegisterBytes);
    addMemory(kMemoryBase, kRegisterBytes, false);
    if (rom_.isThere())
        addRom(rom_.windowSize());
    setConstant(kPciStatus, 2, kPciStatusValue);
    addRegister(kCacheLine, 1, 0xFF, 0);
    addRegister(kLatency, 1, 0xFF, 0);
    setInterruptPin(pinOf(settings.number));
    setConstant(kLeastGrant, 1, kLeastGrantValue);
    setConstant(kMostLatency, 1, kMostLatencyValue);
    addRegister(kDriverArea, 4, kDriverAreaWritable, 0);
}

Result<void> Adapter::claim(const AdapterSettings& settings, const Wiring& wiring) {
    const std::string name = fmt::format("legacy network adapter {}", settings.number);
    const auto ports = wiring.ports.claimMovable(name, kRegisterBytes, 4, registers_);
    if (!ports)
        return std::unexpected(ports.error());
    ports_ = *ports;
    const auto memory = wiring.mmio.claimMovable(name, kRegisterBytes, registers_);
    if (!memory)
        return std::unexpected(memory.error());
    memory_ = *memory;
    if (rom_.isThere()) {
        const auto rom = wiring.mmio.claimMovable(name + " (ROM)", rom_.windowSize(), rom_);
        if (!rom)
            return std::unexpected(rom.error());
        romMemory_ = *rom;
    }
    return wiring.pci.add(kDevice, settings.number, *this);
}

Adapter::~Adapter() {
    stopping_ = true;
    wake();
    if (thread_.joinable())
        thread_.join();
}

void Adapter::portsPlaced(unsigned /*baseAddress*/, std::optional<std::uint16_t> first) {
    ports_->moveTo(first);
}

void Adapter::memoryPlaced(unsigned /*baseAddress*/, std::optional<hypervisor::Gpa> at) {
    memory_->moveTo(at);
}

void Adapter::romPlaced(std::optional<hypervisor::Gpa> at) {
    romMemory_->moveTo(at);
}

void Adapter::configured() {
    controller_.setMaster(mayMasterBus());
}

void Adapter::plug(std::unique_ptr<network::SwitchPort> port) {
    // The port that nobody has seen goes without the lock.
    std::optional<std::unique_ptr<network::SwitchPort>> before(std::move(port));
    {
        const std::scoped_lock lock(mutex_);
        std::swap(newPort_, before);
    }
    wake();
}

// --- A VP's thread ---

void Adapter::writeRegister(unsigned offset, unsigned size, std::uint32_t value) {
    if (!controller_.write(offset, size, value))
        return;
    const std::unique_lock lock(engineMutex_, std::try_to_lock);
    if (!lock)
        return wake();
    fetchPort();
    if (engine_.sendAtOnce())
        wake();
}

// --- The thread ---

void Adapter::wake() {
    if (woken_.exchange(true))
        return;
    const std::uint64_t one = 1;
    // Fails only when it is readable anyway.
    static_cast<void>(::write(wakeUp_.get(), &one, sizeof one) == sizeof one);
}

void Adapter::serve() {
    while (!stopping_) {
        work();
        if (!woken_)
            wait();
        if (woken_) {
            std::uint64_t count = 0;
            static_cast<void>(::read(wakeUp_.get(), &count, sizeof count) == sizeof count);
            // Whoever wakes from here on writes again, and what was told before is seen below.
            woken_ = false;
        }
    }
}

void Adapter::work() {
    const std::scoped_lock lock(engineMutex_);
    fetchPort();
    while (engine_.work() && !woken_) {
    }
}

void Adapter::wait() {
    std::array<pollfd, 2> polled{{{wakeUp_.get(), POLLIN, 0}, {-1, POLLIN, 0}}};
    int timeout = -1;
    {
        const std::scoped_lock lock(engineMutex_);
        polled[1].fd = engine_.pollDescriptor();
        timeout = engine_.pollTimeout();
    }
    // Descriptor -1 is left out.
    ::poll(polled.data(), polled.size(), timeout);
}

/// Before frames are moved: they go into the port that was plugged last.
void Adapter::fetchPort() {
    std::optional<std::unique_ptr<network::SwitchPort>> port;
    {
        const std::scoped_lock lock(mutex_);
        port = std::exchange(newPort_, std::nullopt);
    }
    if (port)
        engine_.setPort(std::move(*port));
}

}  // namespace devices::tulip
