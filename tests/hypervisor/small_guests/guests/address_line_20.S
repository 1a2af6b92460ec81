/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gate of address line 20: data and code behind the first MiB are those at its beginning while
   it is closed. */
//! start real
//! expect 0x00001111 at 0x600
//! expect 0x00002222 at 0x100600
//! expect 0x00000002 port 0x92
//! expect 0x00000000 port 0x92 after closing there
//! expect 0x00001111 at 0x100600 is 0x600
//! expect 0x00003333 a write to 0x100600 is one to 0x600
//! expect 0x000000AA code at 0x100700 is that at 0x700
//! expect 0x00000002 opened by the keyboard controller: port 0x92 says so
//! expect 0x00002222 at 0x100600
//! expect 0x000000BB code at 0x100700
//! expect 0x00003333 closed by the keyboard controller's output port: 0x100600 is 0x600
//! expect 0x00002222 opened by it
//! expect 0x00003333 closed by its command, big real mode: 0x100600 is 0x600
//! expect 0x00002222 opened by port 0x92
.include "guest.inc"
BASE = 0x10000

    .text
    .code16
    .globl start
start:
    cli
    xor %ax, %ax
    mov %ax, %ds
    mov $0x1000, %ax
    mov %ax, %ss
    mov $0xF000, %esp
    mov $0xFFFF, %ax
    mov %ax, %es

    /* mov $0xAA, %al; lretw and mov $0xBB, %al; lretw */
    movw $0x1111, 0x600
    movw $0x2222, %es:0x610
    movw $0xAAB0, 0x700
    movb $0xCB, 0x702
    movw $0xBBB0, %es:0x710
    movb $0xCB, %es:0x712
    xor %eax, %eax
    mov 0x600, %ax
    report_eax
    call read_behind
    call read_port_a

    inb $0x92, %al
    and $0xFD, %al
    outb %al, $0x92
    call read_port_a
    call read_behind
    movw $0x3333, %es:0x610
    xor %eax, %eax
    mov 0x600, %ax
    report_eax
    call run_behind

    mov $0xDF, %al
    outb %al, $0x64
    call read_port_a
    call read_behind
    call run_behind

    mov $0xD1, %al
    outb %al, $0x64
    mov $0xDD, %al
    outb %al, $0x60
    call read_behind
    mov $0xD1, %al
    outb %al, $0x64
    mov $0xDF, %al
    outb %al, $0x60
    call read_behind

    /* Big real mode. */
    mov %cs, %ax
    mov %ax, %ds
    lgdtl gdt_pointer - BASE
    mov %cr0, %eax
    or $1, %al
    mov %eax, %cr0
    mov $DATA, %bx
    mov %bx, %fs
    and $~1, %al
    mov %eax, %cr0
    mov $0xDD, %al
    outb %al, $0x64
    mov $0x100600, %ebx
    xor %eax, %eax
    addr32 mov %fs:(%ebx), %ax
    report_eax
    inb $0x92, %al
    or $2, %al
    outb %al, $0x92
    xor %eax, %eax
    addr32 mov %fs:(%ebx), %ax
    report_eax
    finish

read_behind:
    xor %eax, %eax
    mov %es:0x610, %ax
    report_eax
    ret
read_port_a:
    xor %eax, %eax
    inb $0x92, %al
    and $2, %al
    report_eax
    ret
run_behind:
    xor %eax, %eax
    lcall $0xFFFF, $0x710
    report_eax
    ret

    .balign 8
gdt:
    .quad 0
    .quad 0
    .quad 0x00CF93000000FFFF        /* DATA */
gdt_pointer:
    .word . - gdt - 1
    .long gdt
