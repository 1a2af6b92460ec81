// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "processor.h"

/// The stacks that the TSS provides for more privileged levels (Intel SDM volume 3, sections 7.2
/// and 7.7). Functions that return nothing have raised #TS or #SS.
namespace hypervisor::software {

struct PrivilegeStack {
    Segment segment;
    std::uint64_t pointer;
};

/// The stack for `cpl` from a 16-bit or 32-bit TSS, all checks made.
[[nodiscard]] std::optional<PrivilegeStack> innerStack(Processor& p, std::uint8_t cpl,
                                                       std::uint32_t external);
/// The stack pointer for `cpl` from a 64-bit TSS.
[[nodiscard]] std::optional<std::uint64_t> innerStackPointer64(Processor& p, std::uint8_t cpl,
                                                               std::uint32_t external);
/// Entry `number`, 1 to 7, of the interrupt stack table.
[[nodiscard]] std::optional<std::uint64_t> interruptStackPointer(Processor& p, unsigned number,
                                                                 std::uint32_t external);

}  // namespace hypervisor::software
