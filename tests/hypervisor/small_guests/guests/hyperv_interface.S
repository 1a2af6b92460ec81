/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a guest does to find and use Hyper-V: CPUID, MSRs, hypercall page, reference time. */
//! processors 2
//! expect 0x7263694D "Micr"
//! expect 0x666F736F "osof"
//! expect 0x76482074 "t Hv"
//! expect 0x31237648 "Hv#1"
//! expect 0x00000001 no KVM signature
//! expect 0x00000260 hypercall and index MSRs, reference TSC
//! expect 0x00000000 VP index
//! expect 0x00000000 the hypercall page stays off without an identity
//! expect 0xE00D0000 writing the VP index faults
//! expect 0xE00D0000 a synthetic MSR that is not there faults
//! expect 0x01000000 the guest's identity reads back
//! expect 0x00300001 the hypercall page is on
//! expect 0x00000000 long spin wait notification
//! expect 0x00000002 an unknown call
//! expect 0x00000003 a reserved bit
//! expect 0x00005A5A R9 to R15 and RBX are kept
//! expect 0xE0060000 a call from privilege level 3 is an invalid opcode
//! expect 0x00000001 the TSC page is valid
//! expect 0x00000001 page and counter agree, and time goes on
//! expect 0x00000001 the TSC frequency fits the page's scale
//! expect 0x3B9ACA00 the local APIC's frequency
//! expect 0x00310001 the VP assist page reads back
//! expect 0x00000000 no EOI may be left out
//! expect 0xC0000000 crash with message
//! expect 0xC0DE0001 a crash
//! expect 0x00000004 its length
//! expect 0x00000070 p
//! expect 0x00000061 a
//! expect 0x0000006E n
//! expect 0x00000069 i
//! expect 0xC0DE0002 a reset is asked for
//! expect 0xE0060000 without an identity calls are invalid opcodes
.include "long_mode.inc"

HYPERCALL_PAGE = 0x300000
ASSIST_PAGE = 0x310000
TSC_PAGE = 0x320000
USER_STACK = 0x340000

.macro read_msr number
    mov $\number, %ecx
    rdmsr
.endm
/* The reference counter, in RAX. */
.macro read_counter
    read_msr 0x40000020
    shl $32, %rdx
    or %rdx, %rax
.endm

    .text
    .globl start
start:
    install_exceptions
    mov $0x40000000, %eax
    cpuid
    mov %edx, %esi
    report %ebx
    report %ecx
    report %esi
    mov $0x40000001, %eax
    cpuid
    report_eax
    mov $0x40000100, %eax
    cpuid
    xor %eax, %eax
    cmp $0x4B4D564B, %ebx
    setne %al
    report_eax
    mov $0x40000003, %eax
    cpuid
    and $0x260, %eax
    report_eax

    read_msr 0x40000002
    report_eax
    write_msr 0x40000001, (HYPERCALL_PAGE | 1)
    read_msr 0x40000001
    and $1, %eax
    report_eax

    try 1f
    write_msr 0x40000002, 1
1:  try 1f
    read_msr 0x40000FF0
1:
    write_msr 0x40000000, 0x01000000, 0x81000006
    read_msr 0x40000000
    report_eax
    write_msr 0x40000001, (HYPERCALL_PAGE | 1)
    read_msr 0x40000001
    report_eax

    mov $0x10008, %ecx              /* fast, NotifyLongSpinWait */
    mov $1, %edx
    xor %r8d, %r8d
    mov $HYPERCALL_PAGE, %eax
    call *%rax
    report_eax
    mov $0x10FFF, %ecx
    mov $HYPERCALL_PAGE, %eax
    call *%rax
    report_eax
    mov $0x18010008, %ecx
    mov $0x5A5A, %ebx
    mov %rbx, %r12
    mov %rbx, %r15
    mov $HYPERCALL_PAGE, %eax
    call *%rax
    report_eax
    mov %r12, %rax
    and %r15, %rax
    and %rbx, %rax
    report_eax

    /* Privilege level 3 with IOPL 3, so that only the call itself can fault. */
    try 1f
    lea task_state(%rip), %rax
    mov %rsp, 4(%rax)
    call load_task_register
    pushq $USER_DATA
    pushq $USER_STACK
    pushq $0x3002
    pushq $USER_CODE64
    mov $HYPERCALL_PAGE, %eax
    push %rax
    mov $0x10008, %ecx
    iretq
1:

    write_msr 0x40000021, (TSC_PAGE | 1)
    mov TSC_PAGE, %eax
    report_eax
    read_counter
    mov %rax, %rsi
    call page_time
    mov %rax, %rdi
    read_counter
    mov %rax, %rbp
    xor %eax, %eax
    cmp %rsi, %rdi                  /* counter <= page <= counter, and later than before */
    jb 1f
    cmp %rdi, %rbp
    jb 1f
    cmp %rsi, %rbp
    jbe 1f
    inc %eax
1:  report_eax

    /* frequency * scale / 2^64 = 10^7 - 1 after rounding down. */
    read_msr 0x40000022
    shl $32, %rdx
    or %rdx, %rax
    mulq TSC_PAGE + 8
    xor %eax, %eax
    cmp $9999999, %rdx
    sete %al
    report_eax
    read_msr 0x40000023
    report_eax

    movl $-1, ASSIST_PAGE
    write_msr 0x40000073, (ASSIST_PAGE | 1)
    read_msr 0x40000073
    report_eax
    mov ASSIST_PAGE, %eax
    report_eax

    read_msr 0x40000105
    report %edx
    lea text(%rip), %rax
    mov $0x40000103, %ecx
    xor %edx, %edx
    wrmsr
    write_msr 0x40000104, 4
    write_msr 0x40000105, 0, 0xC0000000
    write_msr 0x40000003, 1

    write_msr 0x40000000, 0
    try 1f
    mov $0x10008, %ecx
    mov $HYPERCALL_PAGE, %eax
    call *%rax
    report %eax
1:  finish

/* The reference time from the page, in RAX. */
page_time:
    rdtsc
    shl $32, %rdx
    or %rdx, %rax
    mulq TSC_PAGE + 8
    mov %rdx, %rax
    add TSC_PAGE + 16, %rax
    ret

    .data
text:
    .ascii "panic"
task_state_support
long_mode_support
