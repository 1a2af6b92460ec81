/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two processors: one changes a mapping and has the other drop it by an IPI, many times; the
   other reads through it all the while and must never see an old page once it has answered. */
//! processors 2
//! expect 0x00000001 the second processor is up, with APIC ID 1
//! expect 0x000000C8 200 shoot-downs answered
//! expect 0x00000000 old pages seen after one
//! expect 0x00000001 it has read all the while
.include "long_mode.inc"
.include "processors.inc"
WINDOW = 0x40000000
FRAMES = 0x400000
ROUNDS = 200

    .text
    .globl start
start:
    install_exceptions
    gate 0x40, on_shootdown
    movq $(FRAMES + 0x83), 0x4000   /* two 2 MiB frames, one with 0 and one with 1 */
    mov %cr3, %rax
    mov %rax, %cr3
    movl $0, FRAMES
    movl $1, FRAMES + 0x200000
    start_second second
    await up, 1
    report second_id(%rip)

    xor %ebx, %ebx                  /* the round, and its lowest bit the frame */
1:  inc %ebx
    mov %ebx, %eax
    and $1, %eax
    shl $21, %eax
    add $(FRAMES + 0x83), %eax
    mov %rax, 0x4000
    movl $0x01000000, 0x310(%r15)
    movl $0x4040, 0x300(%r15)
2:  pause
    cmp %ebx, answered(%rip)
    jne 2b
    /* Since the answer the other processor must read this round's frame alone. */
    mov $3, %ecx
    mov reads(%rip), %edx
3:  pause
    cmp reads(%rip), %edx
    je 3b
    mov reads(%rip), %edx
    loop 3b
    mov latest(%rip), %eax
    mov %ebx, %edx
    and $1, %edx
    cmp %eax, %edx
    je 4f
    incl wrong(%rip)
4:  cmp $ROUNDS, %ebx
    jb 1b
    report answered(%rip)
    report wrong(%rip)
    xor %eax, %eax
    cmpl $(ROUNDS * 3), reads(%rip)
    setae %al
    report_eax
    finish

second:
    mov 0x20(%r15), %eax
    shr $24, %eax
    mov %eax, second_id(%rip)
    mov $WINDOW, %ebx
    movl $1, up(%rip)
    sti
1:  mov (%rbx), %eax
    mov %eax, latest(%rip)
    incl reads(%rip)
    jmp 1b

on_shootdown:
    invlpg WINDOW
    incl answered(%rip)
    movl $0, 0xB0(%r15)
    iretq

    .data
up:
    .long 0
second_id:
    .long 0
answered:
    .long 0
reads:
    .long 0
latest:
    .long 0
wrong:
    .long 0
long_mode_support
second_processor_support
