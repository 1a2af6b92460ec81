// SPDX-License-Identifier: GPL-3.0-or-later
#include "isa_dma.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace devices {

using hypervisor::Gpa;
using hypervisor::Result;

namespace {

constexpr std::uint16_t kFirstPort = 0x00;
constexpr std::uint16_t kSecondPort = 0xC0;
constexpr std::uint16_t kPagePort = 0x80;

/// Which page register a channel has, as IBM's AT is wired.
constexpr std::array<std::uint8_t, IsaDma::kChannels> kPageOf{7, 3, 1, 2, 15, 11, 9, 10};

/// Bytes of a unit.
constexpr std::uint32_t unitOf(unsigned channel) {
    return channel < DmaController::kChannels ? 1 : 2;
}

constexpr std::uint64_t kMemoryPage = 4096;

}  // namespace

Result<void> IsaDma::claimPorts(PortBus& ports) {
    if (auto claimed = ports.claim("first DMA controller", {kFirstPort, 16, 1}, *this); !claimed)
        return claimed;
    if (auto claimed = ports.claim("second DMA controller", {kSecondPort, 32, 1}, *this); !claimed)
        return claimed;
    return ports.claim("DMA page registers", {kPagePort + 1, kPages - 1, 1}, *this);
}

void IsaDma::reset() {
    const std::scoped_lock lock(mutex_);
    for (DmaController& chip : controllers_)
        chip.reset();
    pages_ = {};
}

// --- Devices ---

void IsaDma::attach(unsigned channel, Ready ready) {
    const std::scoped_lock lock(mutex_);
    devices_.at(channel).ready = std::move(ready);
}

void IsaDma::detach(unsigned channel) {
    withdraw(channel);
    const std::scoped_lock lock(mutex_);
    devices_.at(channel) = {};
}

bool IsaDma::mayMove(unsigned channel, DmaDirection direction) const {
    return memory_ != nullptr &&
           controller(channel).mayMove(channel % DmaController::kChannels, direction);
}

bool IsaDma::request(unsigned channel, DmaDirection direction) {
    const std::scoped_lock lock(mutex_);
    controller(channel).setRequest(channel % DmaController::kChannels, true);
    devices_.at(channel).direction = direction;
    return mayMove(channel, direction);
}

void IsaDma::withdraw(unsigned channel) {
    const std::scoped_lock lock(mutex_);
    controller(channel).setRequest(channel % DmaController::kChannels, false);
}

std::size_t IsaDma::bytesLeft(unsigned channel, DmaDirection direction) const {
    const std::scoped_lock lock(mutex_);
    if (!mayMove(channel, direction))
        return 0;
    return std::size_t{controller(channel).unitsLeft(channel % DmaController::kChannels)} *
           unitOf(channel);
}

// --- Moving ---

Gpa IsaDma::address(unsigned channel, std::uint32_t unit) const {
    const Gpa page = pages_[kPageOf[channel]];
    // The second controller's addresses are of words: its pages have one bit less.
    return unitOf(channel) == 1 ? page << 16 | unit : (page & 0xFE) << 16 | unit << 1;
}

template <class Piece>
IsaDma::Moved IsaDma::move(unsigned channel, DmaDirection direction, std::size_t bytes,
                           Piece piece) {
    DmaController& chip = controller(channel);
    const unsigned number = channel % DmaController::kChannels;
    const std::size_t unit = unitOf(channel);
    Moved moved;
    while (bytes - moved.bytes >= unit && !moved.terminalCount && mayMove(channel, direction)) {
        const DmaController::Run run = chip.next(number);
        std::size_t units = std::min<std::size_t>(run.units, (bytes - moved.bytes) / unit);
        const Gpa start = address(channel, run.address);
        if (run.downwards)
            units = 1;
        else
            units = std::min<std::size_t>(units, (kMemoryPage - start % kMemoryPage) / unit);
        if (!run.verifies)
            piece(start, moved.bytes, units * unit);
        moved.bytes += units * unit;
        moved.terminalCount = chip.advance(number, static_cast<std::uint32_t>(units));
    }
    return moved;
}

void IsaDma::load(Gpa from, std::span<std::uint8_t> to) const {
    if (const std::byte* const host = memory_->at(from, to.size()))
        std::memcpy(to.data(), host, to.size());
    else
        std::ranges::fill(to, std::uint8_t{0xFF});
}

void IsaDma::store(Gpa to, std::span<const std::uint8_t> from) const {
    std::byte* const host = memory_->at(to, from.size());
    if (host == nullptr)
        return;
    std::memcpy(host, from.data(), from.size());
    memory_->written(to, from.size());
}

IsaDma::Moved IsaDma::toMemory(unsigned channel, std::span<const std::uint8_t> from) {
    const std::scoped_lock lock(mutex_);
    return move(
        channel, DmaDirection::ToMemory, from.size(),
        [&](Gpa gpa, std::size_t at, std::size_t bytes) { store(gpa, from.subspan(at, bytes)); });
}

IsaDma::Moved IsaDma::fromMemory(unsigned channel, std::span<std::uint8_t> to) {
    const std::scoped_lock lock(mutex_);
    // What a channel verifies comes from nowhere.
    std::ranges::fill(to, std::uint8_t{0xFF});
    return move(
        channel, DmaDirection::FromMemory, to.size(),
        [&](Gpa gpa, std::size_t at, std::size_t bytes) { load(gpa, to.subspan(at, bytes)); });
}

// --- Registers ---

std::uint32_t IsaDma::readPort(std::uint16_t port, unsigned /*size*/) {
    const std::scoped_lock lock(mutex_);
    if (port >= kSecondPort)
        return controllers_[1].read((port - kSecondPort) / 2U);
    if (port >= kPagePort)
        return pages_.at(port - kPagePort);
    return controllers_[0].read(port);
}

void IsaDma::writePort(std::uint16_t port, unsigned /*size*/, std::uint32_t value) {
    std::array<Ready, kChannels> ready;
    {
        const std::scoped_lock lock(mutex_);
        const auto byte = static_cast<std::uint8_t>(value);
        if (port >= kSecondPort)
            controllers_[1].write((port - kSecondPort) / 2U, byte);
        else if (port >= kPagePort)
            pages_.at(port - kPagePort) = byte;
        else
            controllers_[0].write(port, byte);
        for (unsigned channel = 0; channel < kChannels; ++channel)
            if (controller(channel).isRequested(channel % DmaController::kChannels) &&
                mayMove(channel, devices_[channel].direction))
                ready[channel] = devices_[channel].ready;
    }
    for (const Ready& tell : ready)
        if (tell)
            tell();
}

}  // namespace devices
