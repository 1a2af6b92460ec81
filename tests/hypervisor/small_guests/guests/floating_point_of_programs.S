/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registers of SSE that a program has stay its own through system calls in which ring 0 does
   nothing, makes the hypervisor answer a port, does what an emulating KVM leaves to the software
   processor, and switches to another program's registers and back. */
//! expect 0x00000000 changed registers after calls that do nothing
//! expect 0x00000000 after a port was read
//! expect 0x00000000 after CMPXCHG16B in ring 0
//! expect 0x00000000 after FXSAVE64, other values and FXRSTOR64
//! expect 0x00000000 after CMPXCHG16B in ring 3
//! expect 0x00000000 after FXSAVE64 in ring 3, the same by ring 0's FXRSTOR64
//! expect 0x600D600D the end
.include "long_mode.inc"
USER_STACK = 0x340000
AREA = 0x350000
PROGRAM_CODE = 0x33
PROGRAM_DATA = 0x2B
ROUNDS = 200
KINDS = 6

    .text
    .globl start
start:
    install_exceptions
    call load_task_state
    mov GDT + 0x38, %rax
    mov %rax, GDT + 0x28
    mov GDT + 0x40, %rax
    mov %rax, GDT + 0x30
    mov %cr4, %rax
    or $0x600, %eax
    mov %rax, %cr4
    mov $0xC0000080, %ecx
    rdmsr
    or $1, %eax
    wrmsr
    write_msr 0xC0000081, 0, 0x00230008
    write_msr 0xC0000082, on_call
    write_msr 0xC0000084, 0x3244
    pushq $PROGRAM_DATA
    pushq $USER_STACK
    pushq $0x3046
    pushq $PROGRAM_CODE
    lea program(%rip), %rax
    push %rax
    iretq

.macro each_register what
    .altmacro
    .set number, 0
    .rept 16
    \what %number
    .set number, number + 1
    .endr
    .noaltmacro
.endm
.macro load_one number
    movdqa values + 16 * \number(%rip), %xmm\number
.endm
.macro store_one number
    movdqa %xmm\number, seen + 16 * \number(%rip)
.endm
.macro clear_one number
    pxor %xmm\number, %xmm\number
.endm

program:
    xor %r14d, %r14d                /* the kind of call */
next_kind:
    mov $ROUNDS, %r15d
1:  each_register load_one
    cmp $4, %r14d
    jne 2f
    call exchange
    jmp 3f
2:  cmp $5, %r14d
    jne 2f
    fxsave64 AREA
    each_register clear_one
2:  syscall
3:  each_register store_one
    lea values(%rip), %rsi
    lea seen(%rip), %rdi
    mov $32, %ecx
4:  mov (%rsi), %rax
    cmp (%rdi), %rax
    je 5f
    incl changed(,%r14,4)
5:  add $8, %rsi
    add $8, %rdi
    dec %ecx
    jnz 4b
    dec %r15d
    jnz 1b
    inc %r14d
    cmp $KINDS, %r14d
    jne next_kind
    mov $-1, %r14d
    syscall

exchange:
    xor %eax, %eax
    xor %edx, %edx
    xor %ebx, %ebx
    xor %ecx, %ecx
    lock cmpxchg16b AREA + 0x400
    ret

/* R14 says what is wanted. */
on_call:
    cmp $-1, %r14d
    je done
    mov %rcx, %r12
    mov %r11, %r13
    cmp $1, %r14d
    jne 1f
    mov $0x71, %dx
    in %dx, %al
1:  cmp $2, %r14d
    jne 1f
    mov %rsp, %r8
    mov $0x9A000, %esp
    call exchange
    mov %r8, %rsp
1:  cmp $3, %r14d
    jne 1f
    fxsave64 AREA
    each_register clear_one
    fxrstor64 AREA
1:  cmp $5, %r14d
    jne 1f
    fxrstor64 AREA
1:  mov %r12, %rcx
    mov %r13, %r11
    sysretq

done:
    mov $0x9A000, %esp
    report changed(%rip)
    report changed + 4(%rip)
    report changed + 8(%rip)
    report changed + 12(%rip)
    report changed + 16(%rip)
    report changed + 20(%rip)
    report $0x600D600D
    finish

    .data
    .balign 16
values:
    .set at, 0
    .rept 32
    .quad 0x0123456789ABCDEF + at * 0x1111111111111111
    .set at, at + 1
    .endr
seen:
    .fill 32, 8, 0
changed:
    .fill 8, 4, 0
task_state_support
long_mode_support
