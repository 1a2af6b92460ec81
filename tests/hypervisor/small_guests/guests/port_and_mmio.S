/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Port and memory-mapped accesses of every size, and string forms. */
//! expect 0x10000012 OUT of a byte
//! expect 0x20003456 OUT of a word
//! expect 0x4789ABCD OUT of a doubleword
//! expect 0x00000001 IN of a byte changes AL alone
//! expect 0xFFFF0202 IN of a word changes AX alone
//! expect 0x03030303 IN of a doubleword
//! expect 0x10000041 OUTSB, first
//! expect 0x10000042 OUTSB, second
//! expect 0x10000043 OUTSB, third
//! expect 0x00000000 RCX after REP OUTSB
//! expect 0x00000003 RSI has moved by three
//! expect 0x00000504 INSB has stored both values
//! expect 0x00000002 RDI has moved by two
//! expect 0x10000011 MMIO byte
//! expect 0x20002211 MMIO word
//! expect 0x44332211 MMIO doubleword
//! expect 0x84332211 MMIO quadword
//! expect 0x44332211 low half of the quadword read
//! expect 0x88776655 high half of the quadword read
//! expect 0xFFFFFFFF nothing answers
//! expect 0x40000005 REP STOSL into MMIO, first
//! expect 0x40000005 REP STOSL into MMIO, second
.include "guest.inc"
    .globl start
start:
    mov $SIZE_PORT, %dx
    mov $0x12, %al
    outb %al, %dx
    mov $0x3456, %ax
    outw %ax, %dx
    mov $0x6789ABCD, %eax
    outl %eax, %dx

    mov $0, %eax
    inb %dx, %al
    report_eax
    mov $SIZE_PORT, %dx
    mov $-1, %eax
    inw %dx, %ax
    report_eax
    mov $SIZE_PORT, %dx
    inl %dx, %eax
    report_eax

    mov $SIZE_PORT, %dx
    lea letters(%rip), %rsi
    mov $3, %ecx
    cld
    rep outsb
    report %ecx
    lea letters(%rip), %rax
    sub %rax, %rsi
    report %esi

    mov $SIZE_PORT, %dx
    lea room(%rip), %rdi
    mov $2, %ecx
    rep insb
    report room(%rip)
    lea room(%rip), %rax
    sub %rax, %rdi
    report %edi

    mov $SIZE_ADDRESS, %ebx
    mov (%rbx), %rcx
    mov %cl, (%rbx)
    mov %cx, (%rbx)
    mov %ecx, %eax
    and $0x0FFFFFFF, %eax
    or $0x40000000, %eax
    mov (%rbx), %eax
    report_eax
    mov %rcx, (%rbx)
    report %ecx
    shr $32, %rcx
    report %ecx
    mov $0xD0001000, %eax
    mov (%rax), %eax
    report_eax

    mov $SIZE_ADDRESS, %edi
    mov $5, %eax
    mov $2, %ecx
    rep stosl
    finish

    .data
letters:
    .ascii "ABC"
    .balign 4
room:
    .long 0
