// SPDX-License-Identifier: GPL-3.0-or-later
#include "port_bus.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace devices {

namespace {

constexpr std::uint32_t kPorts = 0x10000;

constexpr std::uint32_t allOnes(unsigned size) {
    return size >= 4 ? 0xFFFF'FFFF : (1U << size * 8) - 1;
}

}  // namespace

PortBus::PortBus() : claimOfPort_(kPorts) {}

hypervisor::Result<void> PortBus::claim(std::string name, PortRange range, PortDevice& device) {
    const std::uint32_t end = range.first + range.count;
    if (range.count == 0 || range.count > kPorts || end > kPorts ||
        (range.width != 1 && range.width != 2 && range.width != 4))
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

const PortBus::Claim* PortBus::at(std::uint16_t port) const {
    const std::uint16_t claim = claimOfPort_[port];
    return claim == 0 ? nullptr : &claims_[claim - 1U];
}

bool PortBus::fits(const Claim& claim, std::uint16_t port, unsigned size) {
    return size <= claim.range.width && port + size <= claim.range.first + claim.range.count;
}

std::uint32_t PortBus::read(std::uint16_t port, unsigned size) const {
    const Claim* claim = at(port);
    if (claim == nullptr)
        return allOnes(size);
    if (fits(*claim, port, size))
        return claim->device->readPort(port, size) & allOnes(size);
    if (size == 1)
        return allOnes(1);
    const unsigned half = size / 2;
    const std::uint32_t low = read(port, half);
    return low | read(static_cast<std::uint16_t>(port + half), half) << half * 8;
}

void PortBus::write(std::uint16_t port, unsigned size, std::uint32_t value) const {
    const Claim* claim = at(port);
    if (claim == nullptr)
        return;
    if (fits(*claim, port, size)) {
        claim->device->writePort(port, size, value & allOnes(size));
        return;
    }
    if (size == 1)
        return;
    const unsigned half = size / 2;
    write(port, half, value & allOnes(half));
    write(static_cast<std::uint16_t>(port + half), half, value >> half * 8);
}

}  // namespace devices
