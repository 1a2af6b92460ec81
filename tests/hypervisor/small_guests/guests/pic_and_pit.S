/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The 8259s and the 8254: interrupts through LINT0 in virtual wire mode, and through the IOAPIC
   by edge and level. */
//! expect 0x00000003 three periods of the timer through the 8259s
//! expect 0x00000000 masked, nothing comes
//! expect 0x00000000 the in-service register is empty after the end of interrupt
//! expect 0x00000003 three periods through the IOAPIC
//! expect 0x00000001 the timer's count goes down
.include "long_mode.inc"
PIT_HZ = 1193182

.macro out8 port, value
    mov $\value, %al
    outb %al, $\port
.endm
.macro io_apic_write register, value
    mov $0xFEC00000, %eax
    movl $\register, (%rax)
    movl $\value, 0x10(%rax)
.endm
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
    gate 0x20, on_pic_timer
    gate 0x50, on_io_apic_timer
    mov $APIC, %r15d
    movl $0x700, 0x350(%r15)
    movl $0x1FF, 0xF0(%r15)
    movl $0x700, 0x350(%r15)        /* LINT0: ExtINT */

    out8 0x20, 0x11
    out8 0x21, 0x20
    out8 0x21, 0x04
    out8 0x21, 0x01
    out8 0xA0, 0x11
    out8 0xA1, 0x28
    out8 0xA1, 0x02
    out8 0xA1, 0x01
    out8 0xA1, 0xFF
    out8 0x21, 0xFE                 /* the timer alone */
    out8 0x43, 0x34                 /* counter 0, mode 2, 1 kHz */
    out8 0x40, ((PIT_HZ / 1000) & 0xFF)
    out8 0x40, ((PIT_HZ / 1000) >> 8)
    wait_for 3
    report counter(%rip)
    out8 0x21, 0xFF
    sti                             /* one may be under way */
    nop
    nop
    cli
    movl $0, counter(%rip)
    /* Five periods by the local APIC's clock of 1 GHz. */
    movl $0xB, 0x3E0(%r15)
    movl $0x10040, 0x320(%r15)
    movl $5000000, 0x380(%r15)
    sti
1:  pause
    cmpl $0, 0x390(%r15)
    jne 1b
    cli
    report counter(%rip)
    out8 0x20, 0x0B
    xor %eax, %eax
    inb $0x20, %al
    report_eax

    movl $0x10700, 0x350(%r15)      /* the 8259s are done */
    io_apic_write 0x15, 0           /* pin 2: to APIC 0 */
    io_apic_write 0x14, 0x50        /* fixed, edge, vector 0x50 */
    movl $0, counter(%rip)
    wait_for 3
    report counter(%rip)
    io_apic_write 0x14, 0x10050

    out8 0x43, 0x34
    out8 0x40, 0xFF
    out8 0x40, 0xFF
    call read_count
    mov %eax, %ebx
    mov $1000, %ecx
1:  pause
    loop 1b
    call read_count
    cmp %ebx, %eax
    setb %al
    movzx %al, %eax
    report_eax
    finish

read_count:
    out8 0x43, 0x00
    xor %eax, %eax
    inb $0x40, %al
    mov %eax, %edx
    inb $0x40, %al
    shl $8, %eax
    or %edx, %eax
    ret

on_pic_timer:
    push %rax
    incl counter(%rip)
    out8 0x20, 0x20
    pop %rax
    iretq

on_io_apic_timer:
    incl counter(%rip)
    movl $0, 0xB0(%r15)
    iretq

    .data
counter:
    .long 0
long_mode_support
