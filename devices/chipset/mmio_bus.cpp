// SPDX-License-Identifier: GPL-3.0-or-later
#include "mmio_bus.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace devices {

namespace {

constexpr std::uint64_t allOnes(unsigned size) {
    return size >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << size * 8) - 1;
}

}  // namespace

hypervisor::Result<void> MmioBus::claim(std::string name, hypervisor::Gpa start, std::uint64_t size,
                                        MmioDevice& device) {
    if (size == 0 || start + size - 1 < start)
        return hypervisor::failure(fmt::format(
            "Device {} can't have {:#x} bytes of addresses from {:#x}.", name, size, start));
    const auto next = std::ranges::upper_bound(claims_, start, {}, &Claim::start);
    const Claim* other = nullptr;
    if (next != claims_.end() && next->start - start < size)
        other = &*next;
    if (next != claims_.begin() && start - std::prev(next)->start < std::prev(next)->size)
        other = &*std::prev(next);
    if (other != nullptr)
        return hypervisor::failure(
            fmt::format("Device {} can't have the addresses {:#x} to {:#x}: {} is at {:#x}. Give "
                        "one of them another address.",
                        name, start, start + size - 1, other->name, other->start));
    claims_.insert(next, {std::move(name), start, size, &device});
    return {};
}

hypervisor::Result<MovableMemory*> MmioBus::claimMovable(const std::string& name,
                                                         std::uint64_t size, MmioDevice& device) {
    if (size == 0)
        return hypervisor::failure(
            fmt::format("Device {} can't have 0 bytes of addresses that move.", name));
    movable_.push_back(std::make_unique<MovableMemory>(size, device));
    return movable_.back().get();
}

MmioBus::Meeting MmioBus::meet(hypervisor::Gpa gpa, unsigned size) const {
    if (const auto next = std::ranges::upper_bound(claims_, gpa, {}, &Claim::start);
        next != claims_.begin()) {
        const Claim& claim = *std::prev(next);
        const std::uint64_t offset = gpa - claim.start;
        if (offset < claim.size)
            return size <= claim.size - offset ? Meeting{claim.device, offset} : Meeting{};
    }
    for (const auto& memory : movable_)
        if (const auto offset = memory->offsetOf(gpa, size))
            return {&memory->device(), *offset};
    return {};
}

std::uint64_t MmioBus::read(hypervisor::Gpa gpa, unsigned size) const {
    const Meeting meeting = meet(gpa, size);
    if (meeting.device == nullptr)
        return allOnes(size);
    return meeting.device->readMmio(meeting.offset, size) & allOnes(size);
}

void MmioBus::write(hypervisor::Gpa gpa, unsigned size, std::uint64_t value) const {
    if (const Meeting meeting = meet(gpa, size); meeting.device != nullptr)
        meeting.device->writeMmio(meeting.offset, size, value & allOnes(size));
}

}  // namespace devices
