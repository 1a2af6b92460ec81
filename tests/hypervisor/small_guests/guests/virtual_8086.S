/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Virtual-8086 mode: segments, sensitive instructions, and the way out of it. */
//! start protected
//! skip kvm-emulated KVM's instruction emulator has no virtual-8086 mode
//! expect 0x00008600 code runs with real-mode segments: value through DS
//! expect 0x00020000 the saved EFLAGS have VM
//! expect 0x00001234 the saved DS
//! expect 0xE00D0000 #GP: INT with IOPL 0
//! expect 0xE00D0000 #GP: CLI with IOPL 0
//! expect 0x00000020 INT with IOPL 3 goes through the IDT: CS on the stack
//! expect 0x00000000 whose handler has null data segments
//! expect 0x600D600D the end
.include "protected_mode.inc"
V86_CODE = 0x20000
V86_DATA = 0x12340

/* To virtual-8086 mode at V86_CODE. */
.macro to_v86 flags
    push $0                         /* GS, FS */
    push $0
    push $0x1234                    /* DS, ES */
    push $0
    push $0x3000                    /* SS, ESP */
    push $0x100
    push $(0x20002 | \flags)
    push $0x2000
    push $0
    iret
.endm

    .text
    .code32
    .globl start
start:
    install_exceptions
    movl $0x9C000, task_state + 4
    movl $DATA, task_state + 8
    movw $104, task_state + 102
    mov $task_state, %eax
    movw $0x67, GDT + 0x48
    mov %ax, GDT + 0x4A
    shr $16, %eax
    mov %al, GDT + 0x4C
    movw $0x0089, GDT + 0x4D
    movb $0, GDT + 0x4F
    mov $0x48, %eax
    ltr %ax

    gate 6, on_undefined
    movw $0x8600, V86_DATA + 0x10
    movl $0x000010A1, V86_CODE      /* mov 0x10, %ax */
    movl $0x0B0F00, V86_CODE + 2    /* the address, then UD2 */
    movb $0x10, V86_CODE + 1
    movw $0x0B0F, V86_CODE + 3
    movl $1f, after
    mov %esp, recovery_esp
    to_v86 0
1:  movw $0x40CD, V86_CODE          /* int $0x40 */
    try 1f
    to_v86 0
1:  movb $0xFA, V86_CODE            /* cli */
    try 1f
    to_v86 0
1:  movw $0x40CD, V86_CODE
    gate 0x40, on_call, 0xEE
    movl $1f, after
    mov %esp, recovery_esp
    to_v86 0x3000
1:  report $0x600D600D
    finish

on_undefined:
    mov %eax, %ecx
    mov $DATA, %eax
    mov %eax, %ds
    movzwl %cx, %eax
    report_eax
    mov 8(%esp), %eax
    and $0x20000, %eax
    report_eax
    mov 24(%esp), %eax              /* EIP CS EFLAGS ESP SS ES DS: the seventh */
    and $0xFFFF, %eax
    report_eax
    mov recovery_esp, %esp
    jmp *after

on_call:
    mov 4(%esp), %ecx
    shr $8, %ecx
    report %ecx
    xor %eax, %eax
    mov %ds, %ax
    mov %es, %dx
    or %dx, %ax
    report_eax
    mov $DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov recovery_esp, %esp
    jmp *after

    .data
after:
    .long 0
    .balign 8
task_state:
    .fill 104, 1, 0
protected_mode_support
