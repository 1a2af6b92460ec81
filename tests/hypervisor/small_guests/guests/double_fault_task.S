/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a 32-bit kernel survives a broken stack: a task gate for the double fault, to a task state
   segment with a stack of its own. */
//! start protected
//! skip kvm-emulated a KVM without VT-x or AMD-V may refuse paging outside of long mode
//! skip kvm-tcg QEMU's TCG switches tasks within its guests without their hypervisor
//! expect 0x0000DF00 the double fault's task runs, with error code 0
//! expect 0x00000060 its task register
//! expect 0x00000048 the back link is the interrupted task
//! expect 0x00005A5A EBX of the interrupted task was saved
//! expect 0x00000001 and its EIP is that of the fault
//! expect 0x00004000 NT is set in the new task
//! expect 0x0000008B both tasks are busy: the old one
//! expect 0x0000008B and the new one
//! expect 0x00000008 CR0.TS is set
.include "protected_mode.inc"
DIRECTORY = 0x200000

    .text
    .code32
    .globl start
start:
    install_exceptions
    mov $task_state, %eax
    call put_task_descriptor_48
    mov $0x48, %eax
    ltr %ax
    mov $fault_task, %eax
    mov %ax, GDT + 0x62
    movw $0x67, GDT + 0x60
    shr $16, %eax
    mov %al, GDT + 0x64
    movw $0x0089, GDT + 0x65
    movb $0, GDT + 0x67
    movw $0x60, IDT + 8 * 8 + 2
    movw $0x8500, IDT + 8 * 8 + 4

    mov $DIRECTORY, %edi
    xor %ecx, %ecx
1:  mov %ecx, %eax
    shl $22, %eax
    or $0x87, %eax
    mov %eax, (%edi,%ecx,4)
    inc %ecx
    cmp $1024, %ecx
    jb 1b
    movl $0, DIRECTORY + 8
    mov %cr4, %eax
    or $0x10, %eax
    mov %eax, %cr4
    mov $DIRECTORY, %eax
    mov %eax, %cr3
    mov %cr0, %eax
    or $0x80000000, %eax
    mov %eax, %cr0
    jmp 1f
1:  mov $0x5A5A, %ebx
    mov $0x800100, %esp             /* its page is missing */
fault:
    push %eax
    report $0xBAD
    finish

on_double_fault:
    pop %eax
    or $0xDF00, %eax
    report_eax
    xor %eax, %eax
    str %ax
    report_eax
    movzwl fault_task, %eax
    report_eax
    report task_state + 52
    xor %eax, %eax
    cmpl $fault, task_state + 32
    sete %al
    report_eax
    pushf
    pop %eax
    and $0x4000, %eax
    report_eax
    movzbl GDT + 0x4D, %eax
    report_eax
    movzbl GDT + 0x65, %eax
    report_eax
    mov %cr0, %eax
    and $8, %eax
    report_eax
    finish

put_task_descriptor_48:
    movw $0x67, GDT + 0x48
    mov %ax, GDT + 0x4A
    shr $16, %eax
    mov %al, GDT + 0x4C
    movw $0x0089, GDT + 0x4D
    movb $0, GDT + 0x4F
    ret

    .data
    .balign 8
task_state:
    .fill 104, 1, 0
fault_task:
    .long 0                         /* link */
    .long 0x9C000, DATA, 0, 0, 0, 0
    .long DIRECTORY                 /* CR3 */
    .long on_double_fault
    .long 2                         /* EFLAGS */
    .long 0, 0, 0, 0                /* EAX, ECX, EDX, EBX */
    .long 0x9B000, 0, 0, 0          /* ESP, EBP, ESI, EDI */
    .long DATA, CODE32, DATA, DATA, DATA, DATA
    .long 0                         /* LDT */
    .long 104 << 16
protected_mode_support
