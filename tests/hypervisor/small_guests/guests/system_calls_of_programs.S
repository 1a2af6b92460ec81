/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SYSCALL and SYSRET with ring 3's segments where Linux has them, which a KVM that runs ring 3 with
   the host's own segments can keep. */
//! skip kvm-tcg QEMU's TCG takes any address for LSTAR
//! expect 0x00000001 RCX is the return address
//! expect 0x00000046 R11 is RFLAGS
//! except kvm-emulated 0x00000246 without VT-x or AMD-V KVM runs ring 3 with IF set
//! expect 0x00000002 the flags that FMASK names are clear
//! expect 0x00000008 CS in the handler
//! expect 0x00000010 SS in the handler
//! expect 0x00000001 LSTAR reads as it was written
//! expect 0xE00D0000 #GP: LSTAR takes canonical addresses alone
//! expect 0x00000033 SYSCALL came from 64-bit code of ring 3: CS was
//! expect 0x00000033 SYSRET went back to CS
//! expect 0x0000002B and SS
//! expect 0x000003E8 system calls, each from where the last one went back to
//! expect 0x600D600D the end
.include "long_mode.inc"
USER_STACK = 0x340000
PROGRAM_CODE = 0x33
PROGRAM_DATA = 0x2B


    .text
    .globl start
start:
    install_exceptions
    call load_task_state
    mov GDT + 0x38, %rax
    mov %rax, GDT + 0x28
    mov GDT + 0x40, %rax
    mov %rax, GDT + 0x30
    mov $0xC0000080, %ecx
    rdmsr
    or $1, %eax                     /* SCE */
    wrmsr
    write_msr 0xC0000081, 0, 0x00230008
    write_msr 0xC0000082, on_first_call
    write_msr 0xC0000084, 0x3244    /* IOPL, IF, ZF, PF */
    pushq $PROGRAM_DATA
    pushq $USER_STACK
    pushq $0x3046
    pushq $PROGRAM_CODE
    lea program(%rip), %rax
    push %rax
    iretq

/* The program notes what it sees, and ring 0 reports it. */
program:
    mov %cs, notes(%rip)
    pushq $0x3046
    popfq
    syscall
after_first_call:
    mov %cs, notes + 4(%rip)
    mov %ss, notes + 8(%rip)
1:  incl notes + 12(%rip)
    syscall
    jmp 1b

on_first_call:
    mov %rsp, %r8
    mov $0x9A000, %esp
    push %rcx
    push %r11
    pushfq
    xor %eax, %eax
    lea after_first_call(%rip), %rdx
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
    xor %eax, %eax
    mov %ss, %ax
    report_eax
    mov $0xC0000082, %ecx
    rdmsr
    shl $32, %rdx
    or %rdx, %rax
    lea on_first_call(%rip), %rdx
    cmp %rdx, %rax
    sete %al
    movzbl %al, %eax
    report_eax
    try 1f
    write_msr 0xC0000082, 0, 0x80000000
1:  write_msr 0xC0000082, on_call
    pop %r11
    pop %rcx
    mov %r8, %rsp
    sysretq

on_call:
    cmpl $1000, notes + 12(%rip)
    je done
    sysretq
done:
    mov $0x9A000, %esp
    report notes(%rip)
    report notes + 4(%rip)
    report notes + 8(%rip)
    report notes + 12(%rip)
    report $0x600D600D
    finish

    .data
notes:
    .fill 8, 4, 0
task_state_support
long_mode_support
