/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exceptions of 32-bit protected mode with segmentation and privilege levels. */
//! start protected
//! skip kvm-emulated a KVM without VT-x or AMD-V may have no ring 3 outside of long mode
//! skip kvm-tcg QEMU's TCG checks no segment limits and few types
//! expect 0xE0000000 #DE
//! expect 0xE0030000 #BP
//! expect 0xE0040000 #OF: INTO with OF
//! expect 0xE0050000 #BR: BOUND
//! expect 0xE0060000 #UD
//! expect 0xE00D0000 #GP: beyond a data segment's limit
//! expect 0xE00C0000 #SS: beyond the stack segment's limit
//! expect 0x00000011 an expand-down segment: above its limit is inside
//! expect 0xE00D0000 #GP: and at its limit outside
//! expect 0xE00D0000 #GP: a write to a read-only segment
//! expect 0xE00D0000 #GP: a read from an execute-only segment
//! expect 0xE00D0048 #GP: SS with a read-only segment
//! expect 0xE00C0048 #SS: SS with a segment that is not present
//! expect 0xE00B0048 #NP: DS with a segment that is not present
//! expect 0xE00D0048 #GP: a far jump to data
//! expect 0xE00A0050 #TS: IRET with NT to a task that is none
//! expect 0xE00D0402 #GP: a vector without a gate
//! expect 0xE00D001A #GP: INT3 in ring 3 through a gate of ring 0
//! expect 0x00333333 INT 0x40 from ring 3 through a gate of ring 3: CS there
//! expect 0x0003003B SS and the I/O privilege of ring 3
//! expect 0xE00D0000 #GP: CLI in ring 3
//! expect 0xE00D0000 #GP: OUT in ring 3 without permission
//! expect 0x00000077 OUT in ring 3 by the permission map
//! expect 0x00000058 a call gate to ring 0 with a parameter: CS
//! expect 0x0000BEEF its parameter
//! expect 0x600D600D the end
.include "protected_mode.inc"
USER_STACK = 0x340000

/* To ring 3 at \label with EFLAGS \flags. */
.macro to_user label, flags=2
    push $USER_DATA
    push $USER_STACK
    push $\flags
    push $USER_CODE32
    push $\label
    iret
.endm

    .text
    .code32
    .globl start
start:
    install_exceptions
    try 1f
    xor %ecx, %ecx
    div %ecx
1:  try 1f
    int3
1:  try 1f
    mov $0x7F, %al
    add $1, %al
    into
1:  try 1f
    mov $5, %eax
    bound %eax, bounds
1:  try 1f
    ud2
1:
    descriptor 0x48, 0x00000FFF, 0x00409300 /* 4 KiB of data at 0 */
    mov $0x48, %eax
    mov %eax, %fs
    try 1f
    mov %fs:0xFFD, %eax
1:  try 1f
    mov $0x48, %eax
    mov %eax, %ss
    mov $0x900, %esp                /* inside, for the fault's frame */
    mov $0xFFD, %ebp
    mov (%ebp), %eax
1:
    descriptor 0x48, 0x00000FFF, 0x00409700 /* expands down */
    mov $0x48, %eax
    mov %eax, %fs
    mov $0x11, %eax
    mov %eax, %fs:0x340000
    mov 0x340000, %eax
    report_eax
    try 1f
    mov %fs:0xFFF, %al
1:  descriptor 0x48, 0x0000FFFF, 0x00CF9100 /* read-only */
    mov $0x48, %eax
    mov %eax, %fs
    try 1f
    movb $0, %fs:0x340000
1:  descriptor 0x48, 0x0000FFFF, 0x00CF9900 /* execute-only */
    mov $execute_only, %ebx
    try 1f
    ljmp $0x48, $execute_only
execute_only:
    mov %cs:0x340000, %eax
1:  descriptor 0x48, 0x0000FFFF, 0x00CF9100
    try 1f
    mov $0x48, %eax
    mov %eax, %ss
1:  descriptor 0x48, 0x0000FFFF, 0x00CF1300
    try 1f
    mov $0x48, %eax
    mov %eax, %ss
1:  try 1f
    mov $0x48, %eax
    mov %eax, %ds
1:  descriptor 0x48, 0x0000FFFF, 0x00CF9300
    try 1f
    ljmp $0x48, $0
1:
    call load_task_state
    movl $0x50, task_state          /* the link: a selector without a descriptor */
    try 1f
    pushf
    orl $0x4000, (%esp)
    popf
    iret
1:  pushf
    andl $~0x4000, (%esp)
    popf
    try 1f
    int $0x80
1:
    try 1f
    to_user user_int3
1:  gate 0x40, on_user_call, 0xEE
    movl $1f, user_return
    mov %esp, recovery_esp
    to_user user_int40, 0x3002
1:  try 1f
    to_user user_cli
1:  try 1f
    to_user user_out
1:  /* Ports 0x500 to 0x507 are free to user code. */
    movb $0, task_state + 104 + 0x500 / 8
    try 1f
    to_user user_permitted_out
1:  /* 0x60: a call gate to 0x58, 32-bit code of ring 0, with one parameter. */
    descriptor 0x58, 0x0000FFFF, 0x00CF9B00
    mov $on_call_gate, %eax
    mov %ax, GDT + 0x60
    movw $0x58, GDT + 0x62
    movw $0xEC01, GDT + 0x64
    shr $16, %eax
    mov %ax, GDT + 0x66
    movl $1f, user_return
    mov %esp, recovery_esp
    to_user user_call
1:
report $0x600D600D
    finish

user_int3:
    int3
user_int40:
    int $0x40
user_cli:
    cli
user_out:
    mov $SIZE_PORT, %dx
    outb %al, %dx
user_permitted_out:
    report $0x77
    int $0x40
user_call:
    push $0xBEEF
    lcall $0x60, $0

/* INT 0x40 of ring 3: reports its segments unless it comes from user_permitted_out. */
on_user_call:
    mov $DATA, %ecx                 /* IRET to ring 3 has nulled the data segments */
    mov %ecx, %ds
    cmpl $0x3002, 8(%esp)
    jne 1f
    mov 4(%esp), %eax
    imul $0x010101, %eax
    report_eax
    mov 8(%esp), %eax
    shr $12, %eax
    and $3, %eax
    shl $16, %eax
    mov 16(%esp), %dx
    mov %dx, %ax
    report_eax
    mov recovery_esp, %esp
    jmp *user_return
1:  mov recovery_esp, %esp
    jmp *recovery_eip

on_call_gate:
    mov $DATA, %ecx
    mov %ecx, %ds
    xor %eax, %eax
    mov %cs, %ax
    report_eax
    mov 8(%esp), %eax
    report_eax
    mov recovery_esp, %esp
    jmp *user_return

load_task_state:
    movl $0x9C000, task_state + 4
    movl $DATA, task_state + 8
    movw $104, task_state + 102
    mov $task_state, %edi
    add $104, %edi
    mov $0xFF, %al
    mov $0x101, %ecx
    rep stosb
    mov $task_state, %eax
    movw $(104 + 0x100), GDT + 0x48
    mov %ax, GDT + 0x4A
    shr $16, %eax
    mov %al, GDT + 0x4C
    movw $0x0089, GDT + 0x4D
    movb $0, GDT + 0x4F
    mov $0x48, %eax
    ltr %ax
    ret

    .data
    .balign 4
bounds:
    .long 1, 4
user_return:
    .long 0
    .balign 8
task_state:
    .fill 104 + 0x101, 1, 0
protected_mode_support
