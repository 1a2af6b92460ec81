// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "vector_operand.h"

/// Unmasked SIMD floating point exceptions (Intel SDM volume 1, section 11.5). The host executes
/// with everything masked; what happened is read off its flags.
namespace hypervisor::software {

/// Which results of an instruction raise an unmasked underflow exception although they are
/// exact: the non-zero denormal ones among these elements.
enum class Tininess : std::uint8_t { None, OneFloat, FourFloats, OneDouble, TwoDoubles };

[[nodiscard]] bool anyTiny(Vector result, Tininess tininess);

/// What brackets a floating point instruction when some exception is unmasked; `tiny` is what
/// anyTiny() says. The second gives true, with #XM (or #UD, see CR4.OSXMMEXCPT) raised and flags
/// set, if the instruction must not write its result.
void beginUnmasked(Processor& p);
[[nodiscard]] bool endUnmasked(Processor& p, bool tiny);

}  // namespace hypervisor::software
