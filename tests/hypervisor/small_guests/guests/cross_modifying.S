/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two processors: one runs a function in a loop, the other changes its code. Each change must be
   seen in the end; with a handshake and a serializing instruction, at once. And locked additions
   of both lose nothing. */
//! processors 2
//! expect 0x00000064 100 unannounced changes, each seen in the end
//! expect 0x00000064 100 announced changes, each seen at the first call
//! expect 0x00030D40 200000 locked additions by two processors
//! expect 0x00000001 locked compare and exchange has let one in at a time
.include "long_mode.inc"
.include "processors.inc"
CODE = 0x400000
ROUNDS = 100
ADDITIONS = 100000

    .text
    .globl start
start:
    install_exceptions
    movl $0x000000B8, CODE          /* mov $0, %eax; ret */
    movw $0xC300, CODE + 4
    start_second second
    await up, 1

    xor %ebx, %ebx
1:  inc %ebx
    mov %bl, CODE + 1
2:  pause
    cmp %ebx, seen(%rip)
    jne 2b
    cmp $ROUNDS, %ebx
    jb 1b
    report %ebx

    movl $1, phase(%rip)
    await up, 2
    xor %ebx, %ebx
1:  inc %ebx
    mov %bl, CODE + 1
    mov %ebx, announced(%rip)
2:  pause
    cmp %ebx, answered(%rip)
    jne 2b
    cmp $ROUNDS, %ebx
    jb 1b
    report good(%rip)

    movl $2, phase(%rip)
    await up, 3
    call add_all
    await done, 1
    report total(%rip)
    xor %eax, %eax
    cmpl $(2 * ADDITIONS / 100), guarded(%rip)
    sete %al
    report_eax
    finish

add_all:
    mov $ADDITIONS, %ecx
1:  lock incl total(%rip)
    loop 1b
    mov $(ADDITIONS / 100), %ecx
2:  xor %eax, %eax
    mov $1, %edx
    lock cmpxchg %edx, guard(%rip)
    je 3f
    pause
    jmp 2b
3:  mov guarded(%rip), %eax         /* not locked: the guard alone protects it */
    pause
    inc %eax
    mov %eax, guarded(%rip)
    xchg %edx, guard(%rip)          /* any value but 1 would do; written as an exchange */
    movl $0, guard(%rip)
    loop 2b
    ret

second:
    mov $CODE, %ebp
    movl $1, up(%rip)
1:  call *%rbp
    mov %eax, seen(%rip)
    cmpl $0, phase(%rip)
    je 1b

    movl $2, up(%rip)
    mov $1, %esi
2:  pause
    cmp %esi, announced(%rip)
    jne 2b
    xor %eax, %eax
    cpuid                           /* serializes */
    call *%rbp
    cmp %esi, %eax
    jne 3f
    incl good(%rip)
3:  mov %esi, answered(%rip)
    inc %esi
    cmp $ROUNDS, %esi
    jbe 2b

    await phase, 2
    movl $3, up(%rip)
    call add_all
    movl $1, done(%rip)
    ret

    .data
up:
    .long 0
phase:
    .long 0
seen:
    .long 0
announced:
    .long 0
answered:
    .long 0
good:
    .long 0
done:
    .long 0
    .balign 64
total:
    .long 0
    .balign 64
guard:
    .long 0
guarded:
    .long 0
long_mode_support
second_processor_support
