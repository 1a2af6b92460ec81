/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every exception that 64-bit code can raise, with its error code. */
//! skip kvm-tcg QEMU's TCG takes INT1 for no instruction, and gives no SSE exceptions
//! expect 0xE0000000 #DE: division by zero
//! expect 0xE0000000 #DE: quotient too large
//! expect 0xE0010000 #DB: INT1
//! expect 0xE0030000 #BP: INT3
//! expect 0xE0040000 INT 4 through a gate
//! expect 0xE0060000 #UD: UD2
//! expect 0xE0060000 #UD: PUSH ES does not exist in 64-bit mode
//! expect 0xE0060000 #UD: LOCK with a register
//! expect 0xE0070000 #NM: x87 with CR0.TS
//! expect 0xE0070000 #NM: SSE with CR0.TS
//! expect 0xE00D0000 #GP: address that is not canonical
//! expect 0xE00C0000 #SS: stack address that is not canonical
//! expect 0xE00D0048 #GP: DS with a system descriptor
//! expect 0xE00B0048 #NP: DS with a segment that is not present
//! expect 0xE00D1000 #GP: selector beyond the table
//! expect 0xE00D0000 #GP: null SS in privilege level 0 is allowed, a jump to null CS is not
//! expect 0xE00D0402 #GP: INT with a vector beyond the IDT, with the IDT bit
//! expect 0xE00D0000 #GP: reserved bit of CR4
//! expect 0xE00D0000 #GP: MSR that does not exist
//! expect 0xE00D0000 #GP: EFER.LME may not change under paging
//! expect 0xE00D0000 #GP: PAE may not be switched off
//! expect 0xE00D0000 #GP: misaligned SSE operand
//! expect 0xE00E0000 #PF: not present, read
//! expect 0x40000000 CR2
//! expect 0xE00E0002 #PF: not present, write
//! expect 0x40000010 CR2
//! expect 0xE00E0000 #PF: not present, fetch; without NX and SMEP no bit says so
//! expect 0x40000020 CR2
//! expect 0xE00E0009 #PF: reserved bit in an entry
//! expect 0x40200000 CR2
//! expect 0xE0100000 #MF: x87 invalid operation, at the next waiting instruction
//! expect 0xE0130000 #XM: SSE division by zero
//! expect 0x600D600D the end
.include "long_mode.inc"
    .text
    .globl start
start:
    install_exceptions
    movl $0, 0x4000                 /* 1 GiB has no directory entry now */
    movl $0, 0x4008
    movabs $0x0008000040200087, %rax
    mov %rax, 0x4008                /* 1 GiB + 2 MiB: bit 51 is reserved */
    mov %cr3, %rax
    mov %rax, %cr3
    movq $0, GDT + 0x48
    movq $0, GDT + 0x50

    try 1f
    xor %ecx, %ecx
    mov $1, %eax
    cltd
    div %ecx
1:  try 1f
    mov $0x80000000, %eax
    cltd
    mov $-1, %ecx
    idiv %ecx
1:  try 1f
    .byte 0xF1
1:  try 1f
    int3
1:  try 1f
    int $4
1:  try 1f
    ud2
1:  try 1f
    .byte 0x06
1:  try 1f
    .byte 0xF0, 0x01, 0xC0          /* LOCK ADD %eax, %eax */
1:  mov %cr0, %rbx
    mov %rbx, %rax
    or $8, %eax
    mov %rax, %cr0
    try 1f
    fld1
1:  try 1f
    xorps %xmm0, %xmm0
1:  clts
    try 1f
    movabs $0x0000800000000000, %rcx
    mov (%rcx), %eax
1:  try 1f
    movabs $0x0000800000000000, %rbp
    mov (%rbp), %eax
1:  movabs $0x00008B0000000067, %rax
    mov %rax, GDT + 0x48
    try 1f
    mov $0x48, %eax
    mov %eax, %ds
1:  movabs $0x00CF13000000FFFF, %rax
    mov %rax, GDT + 0x48
    try 1f
    mov $0x48, %eax
    mov %eax, %ds
1:  try 1f
    mov $0x1000, %eax
    mov %eax, %ds
1:  try 1f
    xor %eax, %eax
    mov %eax, %ss
    pushq $0
    lea 1f(%rip), %rax
    push %rax
    lretq
1:  mov $DATA, %eax
    mov %eax, %ss
    lidt short_idt(%rip)
    try 1f
    int $0x80
1:  lidt idt_pointer(%rip)
    try 1f
    mov %cr4, %rax
    or $0x80000000, %eax
    mov %rax, %cr4
1:  try 1f
    mov $0x12345678, %ecx
    rdmsr
1:  try 1f
    mov $0xC0000080, %ecx
    rdmsr
    and $~0x100, %eax
    wrmsr
1:  try 1f
    mov %cr4, %rax
    and $~0x20, %eax
    mov %rax, %cr4
1:  try 1f
    lea unaligned(%rip), %rcx
    movaps (%rcx), %xmm0
1:  try 1f
    mov $0x40000000, %ecx
    mov (%rcx), %eax
1:  try 1f
    mov $0x40000010, %ecx
    mov %eax, (%rcx)
1:  try 1f
    mov $0x40000020, %ecx
    jmp *%rcx
1:  try 1f
    mov $0x40200000, %ecx
    mov (%rcx), %eax
1:  mov %cr0, %rax
    or $0x20, %eax                  /* NE */
    mov %rax, %cr0
    fninit
    movw $0x037E, word(%rip)        /* unmask invalid operation */
    fldcw word(%rip)
    try 1f
    fldz
    fldz
    fdivrp
    fwait
1:  fninit
    movl $0x1D80, word(%rip)        /* unmask division by zero */
    ldmxcsr word(%rip)
    try 1f
    xorps %xmm0, %xmm0
    mov $1, %eax
    cvtsi2ss %eax, %xmm1
    divss %xmm0, %xmm1
1:  report $0x600D600D
    finish

    .data
    .balign 16
    .byte 0
unaligned:
    .fill 31, 1, 0
word:
    .long 0
short_idt:
    .word 0x1FF
    .quad IDT
long_mode_support
