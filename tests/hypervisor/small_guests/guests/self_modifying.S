/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Code that writes code: the next instruction, the same loop again and again, through another
   mapping, and across a page boundary. */
//! expect 0x00000022 an instruction changed by the one before it
//! expect 0x000137B8 a loop that counts up the immediate of its own ADD: sum of 0 to 399
//! expect 0x00000044 a change through another linear address of the same frame
//! expect 0x00000066 an instruction that crosses two pages, second page changed
//! expect 0x00000077 code copied over code that has run
//! expect 0x00000088 changed by a string instruction
//! expect 0x00000099 a page that is unmapped and mapped to other code
.include "long_mode.inc"
CODE = 0x400000
OTHER = 0x600000
WINDOW = 0x40000000

    .text
    .globl start
start:
    install_exceptions
    movb $0x22, next + 1(%rip)
next:
    mov $0x11, %al
    movzx %al, %eax
    report_eax

    xor %ebx, %ebx
    mov $400, %ecx
1:  add $0, %ebx                    /* 83 /0 has a byte; make it the form with four */
    .byte 0x81, 0xC3
counter:
    .long 0
    incl counter(%rip)
    dec %ecx
    jnz 1b
    report %ebx

    movq $(CODE + 0x87), 0x4000     /* WINDOW is CODE */
    mov %cr3, %rax
    mov %rax, %cr3
    movl $0x00C333B0, CODE          /* mov $0x33, %al; ret */
    xor %eax, %eax
    mov $CODE, %ebx
    call *%rbx
    movb $0x44, WINDOW + 1
    call *%rbx
    report_eax

    movb $0xB8, CODE + 0xFFE        /* mov $0x55, %eax; ret */
    movb $0x55, CODE + 0xFFF
    movl $0xC3000000, CODE + 0x1000
    mov $(CODE + 0xFFE), %ebx
    call *%rbx
    movl $0xC3000000, CODE + 0x1000
    movb $0x66, CODE + 0xFFF
    call *%rbx
    report_eax

    movl $0xC377B0, CODE + 0x100
    movl $0xC300B0, CODE + 0x200
    mov $(CODE + 0x200), %ebx
    xor %eax, %eax
    call *%rbx
    mov CODE + 0x100, %ecx
    mov %ecx, CODE + 0x200
    call *%rbx
    report_eax

    call *%rbx
    mov $(CODE + 0x201), %edi
    mov $0x88, %al
    mov $1, %ecx
    rep stosb
    xor %eax, %eax
    call *%rbx
    report_eax

    movl $0xC311B0, CODE + 0x300
    movl $0xC399B0, OTHER + 0x300
    mov $(WINDOW + 0x300), %ebx
    call *%rbx
    movq $(OTHER + 0x87), 0x4000
    invlpg WINDOW + 0x300
    xor %eax, %eax
    call *%rbx
    report_eax
    finish
long_mode_support
