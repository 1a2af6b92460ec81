/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two programs take turns under a system that knows nothing of XSAVE and switches them by FXSAVE64
   and FXRSTOR64. Where they find AVX all the same, YMM's upper halves are anyone's. */
//! expect 0x00000000 the first program found YMM1 changed
//! except kvm-emulated 0x00000001 without VT-x or AMD-V KVM shows ring 3 the host's CPUID and XCR0
//! expect 0x00000000 the second did
//! except kvm-emulated 0x00000001 as above
//! expect 0x00000000 XMM1 too
//! expect 0x600D600D the end
.include "long_mode.inc"
FIRST_STACK = 0x340000
SECOND_STACK = 0x348000
FIRST_AREA = 0x350000
SECOND_AREA = 0x350200
PROGRAM_CODE = 0x33
PROGRAM_DATA = 0x2B
ROUNDS = 100
OSXSAVE_AND_AVX = 0x18000000

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
    fxsave64 SECOND_AREA
    mov $0xC0000080, %ecx
    rdmsr
    or $1, %eax
    wrmsr
    write_msr 0xC0000081, 0, 0x00230008
    write_msr 0xC0000082, on_call
    write_msr 0xC0000084, 0x3244
    xor %r15d, %r15d
    lea program(%rip), %rax
    mov %rax, others_rip(%rip)
    movq $SECOND_STACK, others_rsp(%rip)
    pushq $PROGRAM_DATA
    pushq $FIRST_STACK
    pushq $0x3046
    pushq $PROGRAM_CODE
    push %rax
    iretq

/* R15 says which of them this is, R14 what it wants. */
program:
    mov $1, %eax
    xor %ecx, %ecx
    cpuid
    mov $1, %r14d
    and $OSXSAVE_AND_AVX, %ecx
    cmp $OSXSAVE_AND_AVX, %ecx
    jne call
    xor %r14d, %r14d
    mov $ROUNDS, %ebx
1:  mov %r15d, %eax
    shl $16, %eax
    add %ebx, %eax
    vmovd %eax, %xmm1
    vpshufd $0, %xmm1, %xmm1
    vinsertf128 $1, %xmm1, %ymm1, %ymm1
    vmovdqu %ymm1, -64(%rsp)
    syscall
    vmovdqu %ymm1, -32(%rsp)
    mov -64(%rsp), %rax
    cmp -32(%rsp), %rax
    je 2f
    movl $1, changed + 8(%rip)
2:  cmp -16(%rsp), %rax
    je 2f
    movl $1, changed(,%r15,4)
2:  dec %ebx
    jnz 1b
    mov $2, %r14d
call:
    syscall

/* 0: the other program's turn; 1: there is no AVX; 2: the end. */
on_call:
    cmp $1, %r14d
    je none
    cmp $2, %r14d
    je done
    test %r15d, %r15d
    jnz 1f
    fxsave64 FIRST_AREA
    fxrstor64 SECOND_AREA
    jmp 2f
1:  fxsave64 SECOND_AREA
    fxrstor64 FIRST_AREA
2:  xor $1, %r15d
    xchg %rcx, others_rip(%rip)
    xchg %rsp, others_rsp(%rip)
    xchg %rbx, others_rbx(%rip)
    sysretq

none:
    mov $0x9A000, %esp
    finish_unsupported

done:
    mov $0x9A000, %esp
    report changed(%rip)
    report changed + 4(%rip)
    report changed + 8(%rip)
    report $0x600D600D
    finish

    .data
    .balign 8
others_rip:
    .quad 0
others_rsp:
    .quad 0
others_rbx:
    .quad 0
changed:
    .fill 4, 4, 0
task_state_support
long_mode_support
