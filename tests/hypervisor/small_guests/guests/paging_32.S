/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 32-bit paging without PAE: 4 KiB and 4 MiB pages. */
//! start protected
//! skip kvm-emulated a KVM without VT-x or AMD-V may refuse paging outside of long mode
//! expect 0x00000060 a write sets accessed and dirty in a 4 MiB page's entry
//! expect 0x00000020 a read of a 4 KiB page sets accessed in its entry
//! expect 0x00000020 and in the directory
//! expect 0x00004444 what the page holds
//! expect 0xE00E0000 #PF: a read of a missing 4 KiB page
//! expect 0x00C01000 CR2
//! expect 0xE00E0002 #PF: a write to a missing page
//! expect 0x00800010 CR2
//! expect 0xE00E0006 #PF: user write
//! expect 0x00800020 CR2
//! expect 0x600D600D the end
.include "protected_mode.inc"
DIRECTORY = 0x200000
TABLE = 0x201000
USER_STACK = 0x340000

    .text
    .code32
    .globl start
start:
    install_exceptions
    call load_task_state
    /* Paging with 4 MiB pages; the third is missing, the fourth has
       a table. */
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
    movl $(TABLE + 7), DIRECTORY + 12
    movl $0x500007, TABLE
    movl $0, TABLE + 4
    movl $0x4444, 0x500000
    mov %cr4, %eax
    or $0x10, %eax
    mov %eax, %cr4
    mov $DIRECTORY, %eax
    mov %eax, %cr3
    mov %cr0, %eax
    or $0x80000000, %eax
    mov %eax, %cr0
    jmp 1f
1:  movl $1, 0x400000
    mov DIRECTORY + 4, %eax
    and $0x60, %eax
    report_eax
    mov 0xC00000, %ebx
    mov TABLE, %eax
    and $0x60, %eax
    report_eax
    mov DIRECTORY + 12, %eax
    and $0x60, %eax
    report_eax
    report %ebx
    try 1f
    mov 0xC01000, %eax
1:  try 1f
    mov %eax, 0x800010
1:  try 1f
    push $USER_DATA
    push $USER_STACK
    push $2
    push $USER_CODE32
    push $user_write
    iret
1:  report $0x600D600D
    finish

user_write:
    mov $USER_DATA, %eax
    mov %eax, %ds
    mov %eax, 0x800020

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
    .balign 8
task_state:
    .fill 104 + 0x101, 1, 0
protected_mode_support
