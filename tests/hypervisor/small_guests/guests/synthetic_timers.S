/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Synthetic timers in direct and in message mode, with the SynIC's message page, wake a halted VP;
   Hyper-V's local APIC EOI is not needed for that. */
//! expect 0x00000001 direct mode: one interrupt, not before its time
//! expect 0x00000000 the timer has disabled itself
//! expect 0x00000003 a periodic timer comes again
//! expect 0x80000010 message mode: the type of the message
//! expect 0x00000018 its length
//! expect 0x00000001 the timer's number
//! expect 0x00000001 the SINT's interrupt
//! expect 0x00000001 a second message waits for the first one's end
.include "long_mode.inc"

TIME = 0x40000020
MESSAGES = 0x8000

.macro set_msr number, low, high=0
    mov $\number, %ecx
    mov $\low, %eax
    mov $\high, %edx
    wrmsr
.endm

/* The reference time and R8 more to the MSR. */
.macro write_time number
    mov $TIME, %ecx
    rdmsr
    shl $32, %rdx
    or %rdx, %rax
    add %r8, %rax
    mov %rax, %r9
    mov %rax, %rdx
    shr $32, %rdx
    mov $\number, %ecx
    wrmsr
.endm

/* Halts until the counter has at least the value. */
.macro wait_for counter, value
88: cli
    cmpl $\value, \counter(%rip)
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
    gate 0xED, on_timer
    gate 0xF3, on_sint
    mov $APIC, %r15d
    movl $0x1FF, 0xF0(%r15)
    movl $0x10700, 0x350(%r15)

    set_msr 0x400000B0, 0x1ED9    /* enabled, auto-enabled, direct to vector 0xED */
    mov $20000, %r8                 /* 2 ms */
    write_time 0x400000B1
    wait_for timers, 1
    mov $TIME, %ecx
    rdmsr
    shl $32, %rdx
    or %rdx, %rax
    xor %ebx, %ebx
    cmp %r9, %rax
    cmovae timers(%rip), %ebx
    report %ebx
    mov $0x400000B0, %ecx
    rdmsr
    and $1, %eax
    report_eax

    movl $0, timers(%rip)
    set_msr 0x400000B0, 0x1EDB    /* the same, periodic */
    set_msr 0x400000B1, 10000
    wait_for timers, 3
    set_msr 0x400000B1, 0
    report $3

    set_msr 0x40000083, MESSAGES + 1
    set_msr 0x40000092, 0xF3
    set_msr 0x400000B2, 0x20009   /* timer 1: a message by SINT 2 */
    mov $10000, %r8
    write_time 0x400000B3
    wait_for sints, 1
    report MESSAGES + 0x200
    movzbl MESSAGES + 0x204, %eax
    report_eax
    report MESSAGES + 0x210
    report sints(%rip)

    mov $10000, %r8                 /* the slot is still full */
    write_time 0x400000B3
1:  pause
    testb $1, MESSAGES + 0x205
    jz 1b
    movl $0, MESSAGES + 0x200
    set_msr 0x40000084, 0
    wait_for sints, 2
    xor %eax, %eax
    cmpl $0x80000010, MESSAGES + 0x200
    sete %al
    report_eax
    finish

on_timer:
    incl timers(%rip)
    movl $0, 0xB0(%r15)
    iretq
on_sint:
    incl sints(%rip)
    movl $0, 0xB0(%r15)
    iretq

    .data
timers:
    .long 0
sints:
    .long 0
long_mode_support
