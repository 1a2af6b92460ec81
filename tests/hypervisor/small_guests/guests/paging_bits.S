/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 4-level paging: accessed and dirty bits, protection, and global pages. */
//! expect 0x00000000 nothing is accessed before
//! expect 0x00000020 a read sets accessed
//! expect 0x00000060 a write sets dirty
//! expect 0x00000020 the directory entry is accessed and has no dirty bit
//! expect 0x00000020 the pointer entry too
//! expect 0x00000060 a 2 MiB page has both
//! expect 0x00005AA5 what was written, through another mapping
//! expect 0xE00E0003 #PF: write to a read-only page with CR0.WP
//! expect 0x40001000 CR2
//! expect 0x00000000 the write that faulted did not set dirty
//! expect 0x00000060 without CR0.WP the supervisor writes
//! expect 0xE00E0007 #PF: user write to a read-only page
//! expect 0x40001008 CR2
//! expect 0xE00E0005 #PF: user read of a supervisor page
//! expect 0x40000000 CR2
//! expect 0xE00E0011 #PF: fetch from a no-execute page
//! expect 0x40002000 CR2
//! expect 0x00000033 the old mapping may live on, INVLPG shows the new one
//! expect 0x00000044 a load of CR3 shows the next one
//! expect 0x00000055 a change of CR4.PGE drops global mappings
//! expect 0xE00E0002 #PF: a write that crosses into a missing page
//! expect 0x40005000 CR2 is the second page
//! expect 0x11223344 the first page was not written
//! except kvm-emulated 0xFFFFFFFF KVM's instruction emulator writes page by page
//! expect 0x99887766 a crossing access to two frames, low
//! expect 0xDDCCBBAA a crossing access to two frames, high
.include "long_mode.inc"

/* 1 GiB is mapped by a table of its own in 4 KiB pages. */
TABLE = 0x20000 + 0x180000          /* 0x1A0000 */
DIRECTORY = 0x1B0000
FRAMES = 0x400000
USER_STACK = 0x340000
WINDOW = 0x40000000

/* Entry \number of the table: frame \number with \bits. */
.macro entry number, bits, frame=-1
    .if \frame == -1
    movq $(FRAMES + \number * 4096 + \bits), TABLE + \number * 8
    .else
    movq $(FRAMES + \frame * 4096 + \bits), TABLE + \number * 8
    .endif
.endm
.macro report_bits address
    mov \address, %eax
    and $0x60, %eax
    report_eax
.endm
.macro reload
    mov %cr3, %rax
    mov %rax, %cr3
.endm
/* Runs the code at \label in privilege level 3; a fault comes back to the last `try`. */
.macro to_user label
    pushq $USER_DATA
    pushq $USER_STACK
    pushq $2
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
    or $0x800, %eax                 /* NXE */
    wrmsr
    mov $TABLE, %edi
    xor %eax, %eax
    mov $1024, %ecx
    rep stosl
    mov $DIRECTORY, %edi
    mov $1024, %ecx
    rep stosl
    movq $(TABLE + 7), DIRECTORY
    movq $(0x600000 + 0x87), DIRECTORY + 8
    movq $(DIRECTORY + 7), 0x2008
    entry 0, 3
    entry 1, 5
    reload

    report_bits TABLE
    mov WINDOW, %eax
    report_bits TABLE
    movl $0x5AA5, WINDOW
    report_bits TABLE
    report_bits DIRECTORY
    report_bits 0x2008
    movl $1, WINDOW + 0x200000
    report_bits DIRECTORY + 8
    mov FRAMES, %eax
    report_eax

    mov %cr0, %rax
    or $0x10000, %eax
    mov %rax, %cr0
    try 1f
    movl $1, WINDOW + 0x1000
1:  mov TABLE + 8, %eax
    and $0x40, %eax
    report_eax
    mov %cr0, %rax
    and $~0x10000, %eax
    mov %rax, %cr0
    movl $1, WINDOW + 0x1000
    report_bits TABLE + 8

    try 1f
    to_user user_write
1:  try 1f
    to_user user_read
1:  movb $0xC3, FRAMES + 0x2000
    entry 2, 3
    btsq $63, TABLE + 16
    reload
    try 1f
    mov $(WINDOW + 0x2000), %eax
    jmp *%rax
1:
    movl $0x22, FRAMES + 0x3000
    movl $0x33, FRAMES + 0x4000
    movl $0x44, FRAMES + 0x5000
    entry 3, 3
    invlpg WINDOW + 0x3000
    mov WINDOW + 0x3000, %eax
    entry 3, 3, 4
    invlpg WINDOW + 0x3000
    mov WINDOW + 0x3000, %eax
    report_eax
    entry 3, 3, 5
    reload
    mov WINDOW + 0x3000, %eax
    report_eax

    mov %cr4, %rbx
    mov %rbx, %rax
    or $0x80, %eax
    mov %rax, %cr4
    movl $0x55, FRAMES + 0x6000
    entry 3, 0x103, 5
    invlpg WINDOW + 0x3000
    mov WINDOW + 0x3000, %eax
    entry 3, 3, 6
    mov %rbx, %cr4
    mov WINDOW + 0x3000, %eax
    report_eax

    entry 4, 3
    movq $0, TABLE + 40
    invlpg WINDOW + 0x4000
    invlpg WINDOW + 0x5000
    movl $0x11223344, FRAMES + 0x4FFC
    try 1f
    mov $-1, %rax
    mov %rax, WINDOW + 0x4FFC
1:  mov FRAMES + 0x4FFC, %eax
    report_eax
    entry 5, 3, 9
    movl $0x99887766, FRAMES + 0x4FFC
    movl $0xDDCCBBAA, FRAMES + 0x9000
    mov WINDOW + 0x4FFC, %rbx
    report %ebx
    shr $32, %rbx
    report %ebx
    finish

user_write:
    movl $1, WINDOW + 0x1008
user_read:
    mov WINDOW, %eax

task_state_support
long_mode_support
