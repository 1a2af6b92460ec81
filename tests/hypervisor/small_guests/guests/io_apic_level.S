/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A level-triggered interrupt comes again after its end as long as the line is high, and the end
   reaches the IOAPIC. */
//! expect 0x00000002 two interrupts: the line was high at the first end, low at the second
//! expect 0x00000001 as many ends of vector 0x50 as interrupts have reached the IOAPIC
//! expect 0x00000000 the remote IRR bit is clear
.include "long_mode.inc"

.macro out8 port, value
    mov $\value, %al
    outb %al, $\port
.endm
.macro io_apic_write register, value
    mov $0xFEC00000, %eax
    movl $\register, (%rax)
    movl $\value, 0x10(%rax)
.endm

    .text
    .globl start
start:
    install_exceptions
    gate 0x50, on_interrupt
    mov $APIC, %r15d
    movl $0x1FF, 0xF0(%r15)
    movl $0x10700, 0x350(%r15)
    out8 0x21, 0xFF
    out8 0xA1, 0xFF
    io_apic_write 0x15, 0           /* pin 2, the timer's: to APIC 0 */
    io_apic_write 0x14, 0x8050      /* fixed, level, active high */
    out8 0x43, 0x30                 /* counter 0, mode 0: high when it has counted, and stays so */
    out8 0x40, 0xE8
    out8 0x40, 0x03
    /* PAUSE and not HLT: a KVM that emulates has executed the HLT before it looks whether an end
       of interrupt is to be reported, and then sleeps on it. */
1:  sti
    pause
    pause
    cli
    cmpl $2, counter(%rip)
    jb 1b
    movl $0xB, 0x3E0(%r15)          /* 5 ms by the local APIC's clock */
    movl $0x10040, 0x320(%r15)
    movl $5000000, 0x380(%r15)
    sti
1:  pause
    cmpl $0, 0x390(%r15)
    jne 1b
    cli
    mov counter(%rip), %ecx
    /* A KVM without VT-x or AMD-V may end an interrupt when it delivers it, and not at the guest's
       end: before the second handler has taken the line down, another one may then be sent. */
    mov %ecx, %eax
    cmpb $0, ended_early(%rip)
    je 1f
    cmp $3, %eax
    jne 1f
    dec %eax
1:  report_eax
    mov $ENDS_PORT, %dx
    inl %dx, %eax
    shl $8, %ecx
    or $0x50, %ecx
    cmp %ecx, %eax
    sete %al
    movzbl %al, %eax
    report_eax
    mov $0xFEC00000, %eax
    movl $0x14, (%rax)
    mov 0x10(%rax), %eax
    and $0x4000, %eax
    report_eax
    finish

on_interrupt:
    push %rax
    incl counter(%rip)
    testl $0x10000, 0x120(%r15)     /* vector 0x50 in service */
    jnz 1f
    movb $1, ended_early(%rip)
1:  cmpl $2, counter(%rip)
    jb 1f
    out8 0x43, 0x30                 /* takes the line down */
1:  movl $0, 0xB0(%r15)
    pop %rax
    iretq

    .data
counter:
    .long 0
ended_early:
    .byte 0
    .balign 4
long_mode_support
