// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "processor.h"

/// Hardware task switches (Intel SDM volume 3, section 7.3); outside of long mode only.
namespace hypervisor::software {

enum class TaskSwitchReason : std::uint8_t { Jump, Call, Return, Gate };

enum class TaskSwitch : std::uint8_t {
    Done,
    /// A fault that belongs to the old task, which goes on as if nothing had been tried.
    Faulted,
    /// A fault that belongs to the new task, at its first instruction.
    FaultedInNewTask,
};

/// Switches to the task that `selector` names. The old task goes on at p.rip when it is resumed.
/// `external` is the EXT bit of error codes; `errorCode` goes on the new task's stack. For jumps
/// and calls the caller has checked the descriptor's privilege.
[[nodiscard]] TaskSwitch switchTask(Processor& p, std::uint16_t selector, TaskSwitchReason reason,
                                    std::uint32_t external, std::optional<std::uint32_t> errorCode);

/// The same for an instruction, with p.rip behind it: a fault of the new task is delivered.
[[nodiscard]] bool switchTaskByInstruction(Processor& p, std::uint16_t selector,
                                           TaskSwitchReason reason);

}  // namespace hypervisor::software
