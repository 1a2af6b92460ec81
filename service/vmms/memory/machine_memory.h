// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace service {

/// What an active machine has of the host's memory, and what it may have; in bytes.
struct MachineMemory {
    std::string id;
    /// Its worker's; 0: it has none yet.
    pid_t process = 0;
    std::uint64_t assigned = 0;
    /// It has dynamic memory, and its guest does what it is told. The rest is such a machine's.
    bool yields = false;
    /// Down to which its guest could go now; from its minimum to what it has.
    std::uint64_t least = 0;
    std::uint64_t minimum = 0;
    /// Its demand and its buffer, as its guest tells.
    std::uint64_t wanted = 0;
    std::uint64_t maximum = 0;
    /// The highest ceiling that its worker may still go by.
    std::uint64_t ceiling = 0;
    /// 0 to 10,000.
    std::uint32_t weight = 0;
};

}  // namespace service
