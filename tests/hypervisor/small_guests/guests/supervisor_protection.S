/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SMEP, SMAP and UMIP. */
//! skip kvm-tcg QEMU's TCG lets implicit accesses pass as explicit ones
//! expect 0x00000077 without SMAP the supervisor reads user pages
//! expect 0xE00E0001 #PF: SMAP stops a read
//! expect 0x40000000 CR2
//! expect 0xE00E0003 #PF: SMAP stops a write
//! expect 0x40000000 CR2
//! expect 0x00000077 with RFLAGS.AC it may
//! expect 0xE00E0001 #PF: after CLAC no more
//! expect 0x40000000 CR2
//! expect 0xE00E0001 #PF: implicit accesses never may: the LDT in a user page
//! expect 0x40000008 CR2
//! expect 0x00000088 without SMEP the supervisor runs user code
//! expect 0xE00E0011 #PF: SMEP stops it
//! expect 0x40000100 CR2
//! expect 0xE00D0000 #GP: UMIP stops SGDT in privilege level 3
//! expect 0xE00D0000 #GP: and SIDT
//! expect 0xE00D0000 #GP: and SLDT
//! expect 0xE00D0000 #GP: and STR
//! expect 0xE00D0000 #GP: and SMSW
//! except kvm-emulated 0xE0060000 KVM's instruction emulator lets SMSW through, to the UD2 behind
//! expect 0x0000A00A the supervisor still may
.include "long_mode.inc"
WINDOW = 0x40000000
FRAME = 0x400000
USER_STACK = 0x340000

.macro to_user label
    pushq $USER_DATA
    pushq $USER_STACK
    pushq $2
    pushq $USER_CODE64
    lea \label(%rip), %rax
    push %rax
    iretq
.endm
.macro set_cr4 bit
    mov %cr4, %rax
    bts $\bit, %rax
    mov %rax, %cr4
.endm
.macro clear_cr4 bit
    mov %cr4, %rax
    btr $\bit, %rax
    mov %rax, %cr4
.endm

    .text
    .globl start
start:
    xor %eax, %eax
    cpuid
    cmp $7, %eax
    jb 1f
    mov $7, %eax
    xor %ecx, %ecx
    cpuid
    and $0x100080, %ebx             /* SMAP, SMEP */
    cmp $0x100080, %ebx
    jne 1f
    bt $2, %ecx                     /* UMIP */
    jc 2f
1:  finish_unsupported
2:
    install_exceptions
    call load_task_state
    /* All else belongs to the supervisor, but for what user code runs in: 1 GiB is a window for
       user access, the first 2 MiB are supervisor's. */
    movq $(FRAME + 0x87), 0x4000
    andq $~4, 0x3000
    mov %cr3, %rax
    mov %rax, %cr3
    movl $0x77, FRAME
    movw $0x88B0, FRAME + 0x100     /* mov $0x88, %al; ret */
    movb $0xC3, FRAME + 0x102

    mov WINDOW, %eax
    report_eax
    set_cr4 21
    try 1f
    mov WINDOW, %eax
    report_eax
1:  try 1f
    movl $0, WINDOW
1:  stac
    mov WINDOW, %ebx
    clac
    report %ebx
    try 1f
    mov WINDOW, %eax
    report_eax
1:  movabs $0x400082000000000F, %rax /* an LDT of 16 bytes at WINDOW */
    mov %rax, GDT + 0x58
    movq $0, GDT + 0x60
    mov $0x58, %eax
    lldt %ax
    try 1f
    mov $0x0C, %eax                 /* entry 1 of the LDT */
    stac
    mov %eax, %fs
    report $0
1:  clac
    clear_cr4 21

    mov $(WINDOW + 0x100), %ebx
    xor %eax, %eax
    call *%rbx
    report_eax
    set_cr4 20
    try 1f
    call *%rbx
1:  clear_cr4 20

    /* User code needs its page. */
    orq $4, 0x3000
    mov %cr3, %rax
    mov %rax, %cr3
    set_cr4 11
    try 1f
    to_user user_sgdt
1:  try 1f
    to_user user_sidt
1:  try 1f
    to_user user_sldt
1:  try 1f
    to_user user_str
1:  try 1f
    to_user user_smsw
1:  sgdt room(%rip)
    str %ax
    smsw %ax
    report $0xA00A
    finish

user_sgdt:
    sgdt USER_STACK
    ud2
user_sidt:
    sidt USER_STACK
    ud2
user_sldt:
    sldt %ax
    ud2
user_str:
    str %ax
    ud2
user_smsw:
    smsw %ax
    ud2

    .data
room:
    .fill 10, 1, 0
task_state_support
long_mode_support
