// SPDX-License-Identifier: GPL-3.0-or-later
#include "privilege_stack.h"

#include "segmentation.h"

namespace hypervisor::software {

namespace {

template <class T>
std::optional<T> readTaskState(Processor& p, std::uint32_t offset, std::uint32_t external) {
    if (offset + sizeof(T) - 1 > p.tr.limit) {
        p.raise(Exception::InvalidTss, selectorError(p.tr.selector, external));
        return std::nullopt;
    }
    return p.read<T>(p.tr.base + offset, Privilege::System);
}

}  // namespace

std::optional<PrivilegeStack> innerStack(Processor& p, std::uint8_t cpl, std::uint32_t external) {
    std::optional<std::uint16_t> selector;
    std::uint64_t pointer = 0;
    if ((p.tr.type() & ~system_type::kBusy) == system_type::kTss32) {
        const auto value = readTaskState<std::uint32_t>(p, cpl * 8U + 4, external);
        if (!value)
            return std::nullopt;
        pointer = *value;
        selector = readTaskState<std::uint16_t>(p, cpl * 8U + 8, external);
    } else {
        const auto value = readTaskState<std::uint16_t>(p, cpl * 4U + 2, external);
        if (!value)
            return std::nullopt;
        pointer = *value;
        selector = readTaskState<std::uint16_t>(p, cpl * 4U + 4, external);
    }
    if (!selector)
        return std::nullopt;
    const auto descriptor = readStackDescriptor(p, *selector, cpl, Exception::InvalidTss, external);
    if (!descriptor)
        return std::nullopt;
    return PrivilegeStack{descriptor->segment(*selector), pointer};
}

std::optional<std::uint64_t> innerStackPointer64(Processor& p, std::uint8_t cpl,
                                                 std::uint32_t external) {
    return readTaskState<std::uint64_t>(p, cpl * 8U + 4, external);
}

std::optional<std::uint64_t> interruptStackPointer(Processor& p, unsigned number,
                                                   std::uint32_t external) {
    return readTaskState<std::uint64_t>(p, 0x24 + (number - 1) * 8, external);
}

}  // namespace hypervisor::software
