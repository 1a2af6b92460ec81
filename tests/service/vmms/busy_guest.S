// SPDX-License-Identifier: GPL-3.0-or-later
//
// A Multiboot kernel whose VPs all count for ever: it wakes the others by INIT and SIPI to a page
// below 1 MiB with the same endless work.
        .section .text
        .code32
        .balign 4
        .long 0x1BADB002
        .long 0
        .long -0x1BADB002

        .globl _start
_start:
        cli
        // inc %eax; jmp -3: the same bytes in 16-bit and 32-bit mode.
        movl    $0xFDEB40, 0x8000
        movl    $0xFEE00000, %ebx
        // The local APIC must be on to send: spurious vector register.
        movl    $0x1FF, 0xF0(%ebx)
        movl    $0x000C4500, 0x300(%ebx)        // INIT to all others
        movl    $0x000C4608, 0x300(%ebx)        // SIPI to all others, page 8
        movl    $0x000C4608, 0x300(%ebx)
1:      incl    %eax
        jmp     1b
        .section .note.GNU-stack, "", @progbits
