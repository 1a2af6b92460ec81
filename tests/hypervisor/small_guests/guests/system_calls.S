/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SYSCALL and SYSRET, SYSENTER and SYSEXIT, and SWAPGS. */
//! skip kvm-emulated a KVM without VT-x or AMD-V may run ring 3 with segments of its own
//! expect 0x00000001 RCX is the return address
//! expect 0x00000046 R11 is RFLAGS
//! expect 0x00000002 the flags that FMASK names are clear
//! expect 0x00000008 CS in the handler
//! expect 0x00000055 SWAPGS brings the kernel's GS base
//! expect 0x00000043 SYSCALL came from 64-bit code of ring 3: CS was
//! expect 0x00000077 SYSRET went back
//! expect 0x00000043 to CS
//! expect 0x0000003B and SS
//! expect 0x00000099 and the user's GS base
//! expect 0xE00D0000 #GP: SWAPGS in ring 3
//! expect 0xE00D0000 #GP: HLT in ring 3
//! expect 0x00000008 SYSENTER: CS
//! expect 0x0009B000 SYSENTER: RSP
//! expect 0x00000088 SYSEXIT went back to 64-bit code
//! expect 0x0000002B to CS
//! expect 0x00000033 and SS
//! expect 0x600D600D the end
.include "long_mode.inc"
USER_STACK = 0x340000

.macro to_user label, flags=0x3046
    pushq $USER_DATA
    pushq $USER_STACK
    pushq $\flags
    pushq $USER_CODE64
    lea \label(%rip), %rax
    push %rax
    iretq
.endm

    .text
    .globl start
start:
    install_exceptions
    call load_task_state
    mov $0xC0000080, %ecx
    rdmsr
    or $1, %eax                     /* SCE */
    wrmsr
    /* SYSCALL: CS 8, SS 0x10; SYSRET: 64-bit CS 0x30 + 16, SS 0x30 + 8. */
    write_msr 0xC0000081, 0, 0x00330008
    write_msr 0xC0000082, on_syscall
    write_msr 0xC0000084, 0x3244    /* IOPL, IF, ZF, PF */
    xor %eax, %eax                  /* a null selector, so that IRET leaves the base alone */
    mov %eax, %gs
    write_msr 0xC0000101, 0x320099
    write_msr 0xC0000102, 0x320055
    movb $0x99, 0x320099
    movb $0x55, 0x320055
    try back_1
    movl $1, stage(%rip)
    to_user user_syscall
back_1:
    report notes(%rip)
    report notes + 4(%rip)
    report notes + 8(%rip)
    report notes + 12(%rip)
    report notes + 16(%rip)
    try 1f
    to_user user_swapgs
1:  try 1f
    to_user user_halt
1:
    /* SYSENTER: CS 8, SS 0x10; SYSEXIT to 64 bits: CS 8 + 32 + 3, SS 8 + 40 + 3, so the
       descriptors there change. */
    write_msr 0x174, 8
    write_msr 0x175, 0x9B000
    write_msr 0x176, on_sysenter
    mov GDT + 0x40, %rax
    mov %rax, GDT + 0x28
    mov GDT + 0x38, %rax
    mov %rax, GDT + 0x30
    try 1f
    to_user user_sysenter
1:  report notes + 20(%rip)
    report notes + 24(%rip)
    report notes + 28(%rip)
    report $0x600D600D
    finish

/* Code of ring 3 notes what it sees, and ring 0 reports it. */
user_syscall:
    mov %cs, notes(%rip)
    pushq $0x3046
    popfq
    syscall
after_syscall:
    movl $0x77, notes + 4(%rip)
    mov %cs, notes + 8(%rip)
    mov %ss, notes + 12(%rip)
    movzbl %gs:0, %eax
    mov %eax, notes + 16(%rip)
    syscall
user_swapgs:
    swapgs
user_halt:
    hlt
user_sysenter:
    sysenter

on_syscall:
    cmpl $1, stage(%rip)
    jne on_second_syscall
    incl stage(%rip)
    mov %rsp, %r8
    mov $0x9A000, %esp
    push %rcx
    push %r11
    pushfq
    xor %eax, %eax
    lea after_syscall(%rip), %rdx
    cmp %rdx, %rcx
    sete %al
    report_eax
    mov %r11d, %eax
    and $0xFFF, %eax
    report_eax
    pop %rax
    report_eax
    xor %eax, %eax
    mov %cs, %ax
    report_eax
    swapgs
    movzbl %gs:0, %eax
    report_eax
    swapgs
    pop %r11
    pop %rcx
    mov %r8, %rsp
    sysretq
on_second_syscall:
    mov recovery_rsp(%rip), %rsp
    jmp *recovery_rip(%rip)

on_sysenter:
    cmpl $3, stage(%rip)
    je on_second_syscall
    movl $3, stage(%rip)
    xor %eax, %eax
    mov %cs, %ax
    report_eax
    mov %esp, %eax
    report_eax
    mov $USER_STACK, %ecx
    lea after_sysexit(%rip), %rdx
    pushq $0x3046
    popfq
    sysexitq
after_sysexit:
    movl $0x88, notes + 20(%rip)
    mov %cs, notes + 24(%rip)
    mov %ss, notes + 28(%rip)
    sysenter

    .data
stage:
    .long 0
notes:
    .fill 8, 4, 0
task_state_support
long_mode_support
