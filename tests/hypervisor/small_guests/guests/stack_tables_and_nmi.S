/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interrupt stack tables, NMIs and their blocking, nested faults up to the double fault. */
//! skip kvm-tcg QEMU's TCG counts a gate twice in an error code
//! expect 0x0009A000 a gate with a stack table entry: the stack is that one, less the frame
//! expect 0x00000000 the stack is aligned to 16 before the frame is pushed
//! expect 0x0009D000 the interrupted RSP is on it
//! expect 0x00000001 one NMI has come
//! expect 0x00000001 in its handler a second one waits
//! expect 0x00000002 after IRET it comes
//! expect 0xE0080000 #PF whose handler's stack is missing: double fault
//! expect 0xE0080000 #GP from a gate that is no gate, twice: double fault
//! except kvm-emulated 0xE00D0000 without VT-x or AMD-V KVM does not look at the gate's type
//! expect 0xE00B00EA #NP from a gate that is not present is a fault of its own
//! expect 0xE00E0002 a page fault by itself afterwards
//! expect 0x50000000 CR2
//! expect 0x600D600D the end
.include "long_mode.inc"
FAULT_STACK = 0x98000

/* Changes RBX. */
.macro send_nmi_to_self
    mov $APIC, %ebx
    movl $0, 0x310(%rbx)
    movl $0x4400, 0x300(%rbx)
.endm

    .text
    .globl start
start:
    install_exceptions
    movl $0, 0x4000 + 0x400         /* 0x50000000 is missing */
    movl $0, 0x4000 + 0x404
    mov %cr3, %rax
    mov %rax, %cr3
    lea task_state(%rip), %rax
    movq $0x9A007, 36(%rax)         /* is aligned down */
    movq $0x99000, 44(%rax)
    movq $FAULT_STACK, 52(%rax)
    call load_task_state
    gate 0x40, on_stack_one, 0x8E, 1
    gate 2, on_nmi, 0x8E, 2
    movb $3, IDT + 8 * 16 + 4       /* the double fault has stack 3 */

    mov $0x9D000, %esp
    int $0x40

    mov $APIC, %ebx
    movl $0x1FF, 0xF0(%rbx)
    send_nmi_to_self
1:  pause
    cmpl $2, nmi_count(%rip)
    jb 1b
    report nmi_count(%rip)

    /* The page fault needs a stack whose page is missing as well. */
    lea task_state(%rip), %rbx
    movq $0x50001000, 36 + 3 * 8(%rbx)
    movb $4, IDT + 14 * 16 + 4
    try 1f
    mov 0x50000000, %eax
1:  movb $0, IDT + 14 * 16 + 4

    /* Gate 13 has a type that is none: #GP on the way to #GP. */
    movb $0x80, IDT + 13 * 16 + 5
    try 1f
    movabs $0x0000800000000000, %rcx
    mov (%rcx), %eax
1:  movb $0x8E, IDT + 13 * 16 + 5

    /* Vector 29 is not present: error code 29 * 8 + 2. */
    movb $0x0E, IDT + 29 * 16 + 5
    try 1f
    int $29
1:  movb $0x8E, IDT + 29 * 16 + 5

    try 1f
    movl $1, 0x50000000
1:  report $0x600D600D
    finish

on_stack_one:
    lea 40(%rsp), %rax
    report_eax
    mov %esp, %eax
    add $40, %eax
    and $15, %eax
    report_eax
    mov 24(%rsp), %rax
    report_eax
    iretq

on_nmi:
    push %rax
    push %rdx
    incl nmi_count(%rip)
    cmpl $1, nmi_count(%rip)
    jne 2f
    report nmi_count(%rip)
    send_nmi_to_self
    mov $1000, %ecx                 /* time for it to come, if it would */
1:  pause
    loop 1b
    report nmi_count(%rip)
2:  pop %rdx
    pop %rax
    iretq

    .data
    .balign 8
nmi_count:
    .long 0
task_state_support
long_mode_support
