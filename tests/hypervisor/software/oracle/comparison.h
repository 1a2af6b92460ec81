// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "machine_state.h"

namespace oracle {

/// What differs between the two outcomes of a case, one line for each difference; empty if they
/// agree. Where the code ended in the middle of nothing defined, nothing is compared.
[[nodiscard]] std::string differences(const Case& test, const Outcome& native,
                                      const Outcome& software);

/// The case and both outcomes in full.
[[nodiscard]] std::string report(const Case& test, const Outcome& native, const Outcome& software);

/// Disassembly of the case's code, instructions separated by "; ".
[[nodiscard]] std::string disassembly(const Case& test);

}  // namespace oracle
