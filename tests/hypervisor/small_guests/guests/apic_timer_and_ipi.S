/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The local APIC of one processor: timer in all three modes, IPIs to itself, priorities, in xAPIC
   and in x2APIC mode. */
//! expect 0x00000001 one-shot: one interrupt
//! expect 0x00000000 and the count has stopped at zero
//! expect 0x00000001 the count goes down
//! expect 0x00000001 periodic: at least three interrupts
//! expect 0x00000001 TSC deadline: not before its time
//! expect 0x00000000 the deadline MSR reads as zero afterwards
//! expect 0x00000001 an IPI to itself by shorthand
//! expect 0x00000001 and by physical destination
//! expect 0x00000000 a vector at the task priority waits
//! expect 0x00000002 IRR shows it
//! expect 0x00000001 and comes when CR8 goes down
//! expect 0x00000051 a higher vector interrupts the handler of a lower one
//! expect 0x00000041 whose end comes later
//! expect 0xE00D0000 #GP: x2APIC registers in xAPIC mode
//! expect 0x00000000 x2APIC: the ID
//! expect 0x00000001 x2APIC: the logical ID
//! expect 0x00000001 x2APIC: an interrupt by the self IPI register
//! expect 0xE00D0000 #GP: the ID is read-only
//! expect 0xE00D0000 #GP: back to xAPIC mode directly
//! expect 0x00000001 x2APIC: one-shot timer
.include "long_mode.inc"

/* APIC register \offset := EAX, or EAX := it. R15 is APIC. */
.macro apic_write offset, value
    movl \value, \offset(%r15)
.endm
/* Waits until the interrupt counter is at least \count, with interrupts on. */
.macro wait_for count
1:  sti
    hlt
    cli
    cmpl $\count, counter(%rip)
    jb 1b
.endm

    .text
    .globl start
start:
    install_exceptions
    gate 0x40, on_interrupt
    gate 0x41, on_low
    gate 0x51, on_high
    mov $APIC, %r15d
    apic_write 0xF0, $0x1FF

    apic_write 0x3E0, $0xB
    apic_write 0x320, $0x40
    apic_write 0x380, $1000000      /* 1 ms */
    wait_for 1
    report counter(%rip)
    report 0x390(%r15)

    apic_write 0x320, $0x10040
    apic_write 0x380, $0xFFFFFFFF
    mov 0x390(%r15), %ebx
    mov $10000, %ecx
1:  loop 1b
    mov 0x390(%r15), %ecx
    xor %eax, %eax
    cmp %ebx, %ecx
    setb %al
    report_eax
    apic_write 0x380, $0

    movl $0, counter(%rip)
    apic_write 0x320, $0x20040
    apic_write 0x380, $1000000
    wait_for 3
    apic_write 0x320, $0x10000
    apic_write 0x380, $0
    xor %eax, %eax
    cmpl $3, counter(%rip)
    setae %al
    report_eax
    call drain

    movl $0, counter(%rip)
    apic_write 0x320, $0x40040
    mfence
    rdtsc
    shl $32, %rdx
    or %rdx, %rax
    lea 5000000(%rax), %rbx
    mov %rbx, %rdx
    mov %ebx, %eax
    shr $32, %rdx
    mov $0x6E0, %ecx
    wrmsr
    wait_for 1
    rdtsc
    shl $32, %rdx
    or %rdx, %rax
    cmp %rbx, %rax
    setae %al
    movzx %al, %eax
    report_eax
    mov $0x6E0, %ecx
    rdmsr
    report_eax

    movl $0, counter(%rip)
    apic_write 0x300, $0x44040
    wait_for 1
    report counter(%rip)
    movl $0, counter(%rip)
    apic_write 0x310, $0
    apic_write 0x300, $0x4040
    wait_for 1
    report counter(%rip)

    movl $0, counter(%rip)
    mov $4, %eax
    mov %rax, %cr8
    apic_write 0x300, $0x44041
    sti
    nop
    cli
    report counter(%rip)
    report 0x220(%r15)
    xor %eax, %eax
    mov %rax, %cr8
    movl $1, quiet(%rip)
    wait_for 1
    report counter(%rip)
    movl $0, quiet(%rip)

    movl $0, counter(%rip)
    apic_write 0x300, $0x44041
    wait_for 2

    try 1f
    mov $0x802, %ecx
    rdmsr
1:  mov $0x1B, %ecx
    rdmsr
    or $0xC00, %eax
    wrmsr
    mov $0x802, %ecx
    rdmsr
    report_eax
    mov $0x80D, %ecx
    rdmsr
    report_eax
    movl $1, x2apic(%rip)
    movl $0, counter(%rip)
    write_msr 0x83F, 0x40
    wait_for 1
    report counter(%rip)
    try 1f
    write_msr 0x802, 1
1:  try 1f
    mov $0x1B, %ecx
    rdmsr
    and $~0x400, %eax
    wrmsr
1:  movl $0, counter(%rip)
    write_msr 0x83E, 0xB
    write_msr 0x832, 0x40
    write_msr 0x838, 1000000
    wait_for 1
    report counter(%rip)
    finish

/* Lets what is still pending of the timer come. */
drain:
    sti
    nop
    nop
    cli
    ret

end_of_interrupt:
    cmpl $0, x2apic(%rip)
    jne 1f
    movl $0, 0xB0(%r15)
    ret
1:  push %rcx
    write_msr 0x80B, 0
    pop %rcx
    ret

on_interrupt:
    push %rax
    push %rdx
    incl counter(%rip)
    call end_of_interrupt
    pop %rdx
    pop %rax
    iretq

on_low:
    push %rax
    push %rdx
    cmpl $0, quiet(%rip)
    jne 1f
    movl $0x44051, 0x300(%r15)
    sti
2:  pause
    cmpl $0, counter(%rip)
    je 2b
    cli
    report $0x41
1:  incl counter(%rip)
    call end_of_interrupt
    pop %rdx
    pop %rax
    iretq

on_high:
    push %rax
    push %rdx
    incl counter(%rip)
    report $0x51
    call end_of_interrupt
    pop %rdx
    pop %rax
    iretq

    .data
counter:
    .long 0
quiet:
    .long 0
x2apic:
    .long 0
long_mode_support
