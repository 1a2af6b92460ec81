// SPDX-License-Identifier: GPL-3.0-or-later
//
// A Multiboot kernel that halts for ever.
        .section .text
        .code32
        .balign 4
        .long 0x1BADB002
        .long 0
        .long -0x1BADB002

        .globl _start
_start:
        cli
1:      hlt
        jmp     1b
        .section .note.GNU-stack, "", @progbits
