// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "vector_operand.h"

// Functions that are one instruction. Macros, since inline assembly takes nothing but a literal.
// Each is an expression of lambda type.

/// destination = instruction(destination, source)
#define VIREO_BINARY(mnemonic)                       \
    [](Vector a, Vector b) {                         \
        asm(#mnemonic " %1, %0" : "+x"(a) : "x"(b)); \
        return a;                                    \
    }

/// destination = instruction(source)
#define VIREO_UNARY(mnemonic)                                  \
    [](Vector source) {                                        \
        Vector result;                                         \
        asm(#mnemonic " %1, %0" : "=x"(result) : "x"(source)); \
        return result;                                         \
    }
