// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "instruction_forms.h"
#include "machine_state.h"

namespace oracle {

/// The software processor follows Intel's processors where vendors differ. What AMD's do otherwise
/// in user mode is listed here, so that the rest can be compared on their hosts too. (AMD64
/// Architecture Programmer's Manual, volumes 2 and 3, and what Zen shows.)
[[nodiscard]] bool hostIsAmd();

/// Whether the case's first instruction, `d`, is one of those that AMD's processors execute
/// otherwise, or end otherwise by a fault.
[[nodiscard]] bool isOtherOnAmd(const Case& test, const Disassembly& d, const Outcome& native,
                                const Outcome& software);

/// Clears what depends on the vendor in a line of the FXSAVE or XSAVE area that the case's first
/// instruction, `d`, wrote: AMD's processors save the x87 unit's pointers only while an exception
/// is pending, and their MXCSR has one more bit. Returns whether the line has such a part.
bool clearVendorsPart(const Case& test, const Disassembly& d, ChangedLine& line);

}  // namespace oracle
