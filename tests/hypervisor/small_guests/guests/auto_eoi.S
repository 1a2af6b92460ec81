/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A SINT with AutoEOI, as iPXE has it while the local APIC passes the 8259s' interrupts on: nobody
   ends its interrupts, and each comes. */
//! expect 0x00020075 the SINT register keeps what was written
//! expect 0x00000001 a first interrupt
//! expect 0x00000000 that is not in service
//! expect 0x00000002 a second one
//! expect 0x00000003 one that came while interrupts were off
.include "long_mode.inc"

TIME = 0x40000020
MESSAGES = 0x8000

.macro set_msr number, low, high=0
    mov $\number, %ecx
    mov $\low, %eax
    mov $\high, %edx
    wrmsr
.endm

/* A message in 1 ms, into an empty slot. */
.macro message_soon
    movl $0, MESSAGES + 0x200
    mov $TIME, %ecx
    rdmsr
    shl $32, %rdx
    or %rdx, %rax
    add $10000, %rax
    mov %rax, %rdx
    shr $32, %rdx
    mov $0x400000B3, %ecx
    wrmsr
.endm

/* Halts until so many interrupts have come. */
.macro wait_for count
88: cli
    cmpl $\count, sints(%rip)
    jae 89f
    sti
    hlt
    jmp 88b
89: sti
.endm

    .text
    .globl start
start:
    install_exceptions
    gate 0x75, on_sint
    mov $0xFF, %al
    out %al, $0x21
    out %al, $0xA1
    mov $APIC, %r15d
    movl $0x1FF, 0xF0(%r15)
    movl $0x700, 0x350(%r15)        /* LINT0: the 8259s */

    set_msr 0x40000083, MESSAGES + 1
    set_msr 0x40000092, 0x20075
    rdmsr
    report_eax
    set_msr 0x400000B2, 0x20009     /* timer 1: a message by SINT 2 */

    message_soon
    wait_for 1
    report sints(%rip)
    report 0x130(%r15)              /* of vectors 0x60 to 0x7F */
    message_soon
    wait_for 2
    report sints(%rip)

    cli
    message_soon
1:  pause
    cmpl $0, MESSAGES + 0x200
    je 1b
    wait_for 3
    report sints(%rip)
    finish

on_sint:
    incl sints(%rip)
    iretq

    .data
sints:
    .long 0
long_mode_support
