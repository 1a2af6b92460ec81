// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "processor.h"

/// RDMSR and WRMSR after the privilege check: the processor's own registers, then those of its
/// environment. Nothing or false: no such register, or no such value; nothing has been raised.
namespace hypervisor::software {

[[nodiscard]] std::optional<std::uint64_t> readModelSpecificRegister(Processor& p,
                                                                     std::uint32_t number);
[[nodiscard]] bool writeModelSpecificRegister(Processor& p, std::uint32_t number,
                                              std::uint64_t value);

}  // namespace hypervisor::software
