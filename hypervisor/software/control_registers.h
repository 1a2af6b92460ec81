// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "processor.h"

/// Writes of control registers and EFER with all their checks (Intel SDM volume 3, section 2.5,
/// volume 2, MOV to CR). False: #GP has been raised and nothing has changed. They keep the mode
/// and the translation caches up to date; the caller checks privilege.
namespace hypervisor::software {

[[nodiscard]] bool writeCr0(Processor& p, std::uint64_t value);
/// MOV to CR3, bit 63 included.
[[nodiscard]] bool writeCr3(Processor& p, std::uint64_t value);
[[nodiscard]] bool writeCr4(Processor& p, std::uint64_t value);
[[nodiscard]] bool writeEfer(Processor& p, std::uint64_t value);
[[nodiscard]] bool writeXcr0(Processor& p, std::uint64_t value);

/// CR3 as a task switch loads it.
[[nodiscard]] bool loadCr3(Processor& p, std::uint64_t value);

}  // namespace hypervisor::software
