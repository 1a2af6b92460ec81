// SPDX-License-Identifier: GPL-3.0-or-later
#include "native_entry.h"

// Test code owns every register, so what is needed to come back lies in memory. Offsets are
// those of MachineState. FS and GS are read and written by their instructions because the
// thread's own data hangs on FS, which test code changes.
asm(R"(
    .pushsection .bss
    .balign 8
oracleHostStack: .skip 8
oracleHostFs: .skip 8
oracleHostGs: .skip 8
    .popsection

    .pushsection .text
    .globl oracleEnterTestCode
    .hidden oracleEnterTestCode
oracleEnterTestCode:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, oracleHostStack(%rip)
    rdfsbase %rax
    mov %rax, oracleHostFs(%rip)
    rdgsbase %rax
    mov %rax, oracleHostGs(%rip)
    fxrstor64 (%rdi)
    pushq $0x2B
    pushq 512+4*8(%rdi)
    pushq 648(%rdi)
    push %rsi
    pushq 640(%rdi)
    cmp $0x23, %rsi
    jne 1f
    mov $0x2B, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
1:
    mov 656(%rdi), %rax
    wrfsbase %rax
    mov 664(%rdi), %rax
    wrgsbase %rax
    mov 512+0*8(%rdi), %rax
    mov 512+1*8(%rdi), %rcx
    mov 512+2*8(%rdi), %rdx
    mov 512+3*8(%rdi), %rbx
    mov 512+5*8(%rdi), %rbp
    mov 512+6*8(%rdi), %rsi
    mov 512+8*8(%rdi), %r8
    mov 512+9*8(%rdi), %r9
    mov 512+10*8(%rdi), %r10
    mov 512+11*8(%rdi), %r11
    mov 512+12*8(%rdi), %r12
    mov 512+13*8(%rdi), %r13
    mov 512+14*8(%rdi), %r14
    mov 512+15*8(%rdi), %r15
    mov 512+7*8(%rdi), %rdi
    iretq

    .globl oracleSignalEntry
    .hidden oracleSignalEntry
oracleSignalEntry:
    pushfq
    andl $~0x44500, (%rsp)
    popfq
    mov %rdx, %rdi
    rdfsbase %rsi
    rdgsbase %rdx
    xor %eax, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    mov oracleHostFs(%rip), %rax
    wrfsbase %rax
    mov oracleHostGs(%rip), %rax
    wrgsbase %rax
    call oracleRecordSignal
    mov oracleHostStack(%rip), %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret
    .popsection
)");
