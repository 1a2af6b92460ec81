// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "processor.h"

namespace hypervisor::software {

/// Why runProcessor() came back.
enum class Pause : std::uint8_t {
    /// A bit of Processor::attention other than kCodePages is set, or an interrupt that was
    /// waiting can be taken now.
    Attention,
    Halted,
    TripleFault,
};

/// Executes instructions and delivers their exceptions until there is something to do that is
/// not the processor's own.
[[nodiscard]] Pause runProcessor(Processor& p);

/// Executes one instruction as memory has it now, or delivers the exception that it raises.
/// Nothing is kept: the caller may have changed anything since.
void runOneInstruction(Processor& p);

}  // namespace hypervisor::software
