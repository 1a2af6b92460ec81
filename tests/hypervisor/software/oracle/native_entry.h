// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "machine_state.h"

/// The way into test code on the host's processor, and back by a signal.
namespace oracle {

extern "C" {
/// Loads the whole state and goes to state->rip in code segment `selector`. Comes back when
/// oracleSignalEntry has run.
void oracleEnterTestCode(const MachineState* state, std::uint64_t selector);

/// A signal handler: puts the host's segment bases back, calls oracleRecordSignal() and returns
/// from oracleEnterTestCode(), without going back to the test code.
void oracleSignalEntry(int signal, void* information, void* context);

/// Provided by native_processor.cpp.
void oracleRecordSignal(void* context, std::uint64_t fsBase, std::uint64_t gsBase);
}

inline constexpr std::uint64_t kSelector64 = 0x33;
inline constexpr std::uint64_t kSelector32 = 0x23;

}  // namespace oracle
