// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "x87_operation.h"

/// x87 instructions that manage the unit rather than compute. `extra` of those with an image in
/// memory is 1 for the 32-bit format, 0 for the 16-bit one.
namespace hypervisor::software {

void fninit(Processor& p, const Operation& o);
void fnclex(Processor& p, const Operation& o);
void fnstswRegister(Processor& p, const Operation& o);
void fnstsw(Processor& p, const Operation& o);
void fnstcw(Processor& p, const Operation& o);
void fldcw(Processor& p, const Operation& o);
void fnstenv(Processor& p, const Operation& o);
void fldenv(Processor& p, const Operation& o);
void fnsave(Processor& p, const Operation& o);
void frstor(Processor& p, const Operation& o);
void fwait(Processor& p, const Operation& o);
void emms(Processor& p, const Operation& o);

}  // namespace hypervisor::software
