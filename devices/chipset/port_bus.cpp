// SPDX-License-Identifier: GPL-3.0-or-later
#include "port_bus.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace devices {

using hypervisor::Result;

namespace {

constexpr std::uint32_t kPorts = 0x10000;

constexpr bool isWidth(unsigned width) {
    return width == 1 || width == 2 || width == 4;
}

constexpr std::uint32_t allOnes(unsigned size) {
    return size >= 4 ? 0xFFFF'FFFF : (1U << size * 8) - 1;
}

}  // namespace

PortBus::PortBus() : claimOfPort_(kPorts) {}

Result<void> PortBus::claim(std::string name, PortRange range, PortDevice& device) {
    const std::uint32_t end = range.first + range.count;
    if (range.count == 0 || range.count > kPorts || end > kPorts || !isWidth(range.width))
        return hypervisor::failure(
            fmt::format("Device {} can't have {} I/O ports from {:#x} with accesses of {} bytes: "
                        "there are 65536 ports, accessed by 1, 2 or 4 bytes.",
                        name, range.count, range.first, range.width));
    for (std::uint32_t port = range.first; port < end; ++port)
        if (const Claim* other = at(static_cast<std::uint16_t>(port)))
            return hypervisor::failure(
                fmt::format("Device {} can't have I/O port {:#x}: it belongs to {}. Give one of "
                            "them another address.",
                            name, port, other->name));
    if (claims_.size() >= std::numeric_limits<std::uint16_t>::max())
        return hypervisor::failure(
            fmt::format("Device {} can't have I/O ports: too many ranges.", name));
    claims_.push_back({std::move(name), range, &device});
    std::fill_n(claimOfPort_.begin() + range.first, range.count,
                static_cast<std::uint16_t>(claims_.size()));
    return {};
}

Result<MovablePorts*> PortBus::claimMovable(std::string name, std::uint32_t count, unsigned width,
                                            PortDevice& device) {
    if (count == 0 || count > kPorts || !isWidth(width))
        return hypervisor::failure(
            fmt::format("Device {} can't have {} I/O ports that move, with accesses of {} bytes.",
                        name, count, width));
    movable_.push_back(std::make_unique<MovablePorts>(std::move(name), count, width, device));
    return movable_.back().get();
}

const PortBus::Claim* PortBus::at(std::uint16_t port) const {
    const std::uint16_t claim = claimOfPort_[port];
    return claim == 0 ? nullptr : &claims_[claim - 1U];
}

PortBus::Meeting PortBus::meet(std::uint16_t port, unsigned size) const {
    const auto taken = [size](std::uint32_t left, unsigned width) {
        unsigned bytes = size;
        while (bytes > 1 && (bytes > width || bytes > left))
            bytes /= 2;
        return bytes;
    };
    if (const Claim* const claim = at(port))
        return {claim->device, port,
                taken(claim->range.first + claim->range.count - port, claim->range.width)};
    for (const auto& ports : movable_)
        if (const auto offset = ports->offsetOf(port))
            return {&ports->device(), *offset, taken(ports->count() - *offset, ports->width())};
    return {};
}

std::uint32_t PortBus::read(std::uint16_t port, unsigned size) const {
    const Meeting meeting = meet(port, size);
    if (meeting.device == nullptr)
        return allOnes(size);
    if (meeting.size == size)
        return meeting.device->readPort(meeting.port, size) & allOnes(size);
    const unsigned half = size / 2;
    const std::uint32_t low = read(port, half);
    return low | read(static_cast<std::uint16_t>(port + half), half) << half * 8;
}

void PortBus::write(std::uint16_t port, unsigned size, std::uint32_t value) const {
    const Meeting meeting = meet(port, size);
    if (meeting.device == nullptr)
        return;
    if (meeting.size == size) {
        meeting.device->writePort(meeting.port, size, value & allOnes(size));
        return;
    }
    const unsigned half = size / 2;
    write(port, half, value & allOnes(half));
    write(static_cast<std::uint16_t>(port + half), half, value >> half * 8);
}

}  // namespace devices
