/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Single step, instruction and data breakpoints, general detect, DR6 and DR7. */
//! skip kvm-emulated KVM's instruction emulator checks no data breakpoints
//! skip kvm-tcg QEMU's TCG has no general detect and sets no BD
//! expect 0xDB000000 single step: after the instruction behind POPF
//! expect 0x00004000 DR6 says BS
//! expect 0xDB000001 an instruction breakpoint, before it executes
//! expect 0x00000001 DR6 says B0
//! expect 0xDB000002 a write breakpoint, after the write
//! expect 0x00000002 DR6 says B1
//! expect 0x00000005 the write is done
//! expect 0xDB000003 reading it hits the read-or-write breakpoint
//! expect 0x00000004 DR6 says B2
//! expect 0x00000000 reading does not hit the write breakpoint
//! expect 0xDB000004 general detect: MOV to a debug register
//! expect 0x00002000 DR6 says BD
//! expect 0x00000400 DR7.GD was cleared by it
//! expect 0xDB000005 RF of the saved flags lets IRET go over a breakpoint: it is hit once
//! expect 0x00000001 and the instruction executed
//! expect 0xDB000006 a breakpoint on what SS is loaded from waits until the INT behind is done
//! expect 0x11000040 and comes before its handler's first instruction
//! expect 0x00000002 DR6 says B1
//! expect 0xE0060000 #UD: DR4 with CR4.DE
//! expect 0xFFFF0FF0 DR6 has its fixed ones
//! expect 0x00000400 DR7 has its fixed one
//! expect 0x600D600D the end
.include "long_mode.inc"

/* Reports 0xDB000000 | \number at the next #DB and goes on at \label with all flags clear. */
.macro expect_debug number, label
    movl $\number, debug_number(%rip)
    lea \label(%rip), %rax
    mov %rax, debug_continue(%rip)
.endm
.macro report_dr6
    mov %dr6, %rax
    and $0xE00F, %eax
    report_eax
    mov $0xFFFF0FF0, %eax
    mov %rax, %dr6
.endm

    .text
    .globl start
start:
    install_exceptions
    gate 1, on_debug

    expect_debug 0, after_step
    pushfq
    orq $0x100, (%rsp)
    popfq
    nop
after_step:
    report_dr6

    lea breakpoint(%rip), %rax
    mov %rax, %dr0
    mov $0x402, %eax                /* G0, execution */
    mov %rax, %dr7
    expect_debug 1, 1f
breakpoint:
    ud2
1:  report_dr6

    lea watched(%rip), %rax
    mov %rax, %dr1
    mov $0x00D00408, %eax           /* G1, write, 4 bytes */
    mov %rax, %dr7
    expect_debug 2, 1f
    movl $5, watched(%rip)
1:  report_dr6
    report watched(%rip)

    lea watched(%rip), %rax
    mov %rax, %dr2
    mov $0x0F000420, %eax           /* G2, read or write, 4 bytes */
    mov %rax, %dr7
    expect_debug 3, 1f
    mov watched + 2(%rip), %al
1:  report_dr6
    mov $0x00D00408, %eax
    mov %rax, %dr7
    mov watched(%rip), %ecx
    report_dr6

    mov $0x2400, %eax               /* GD */
    mov %rax, %dr7
    expect_debug 4, 1f
    mov %rax, %dr3
1:  report_dr6
    mov %dr7, %rax
    report_eax

    lea resumed(%rip), %rax
    mov %rax, %dr0
    mov $0x402, %eax
    mov %rax, %dr7
    xor %ebx, %ebx
    expect_debug 5, 0f
    movq $0, debug_continue(%rip)
resumed:
    inc %ebx
0:  mov $0x400, %eax
    mov %rax, %dr7
    report %ebx
    mov $0xFFFF0FF0, %eax
    mov %rax, %dr6

    gate 0x40, on_software
    mov %ss, stack_selector(%rip)
    lea stack_selector(%rip), %rax
    mov %rax, %dr1
    mov $0x700404, %eax
    mov %rax, %dr7
    movl $6, debug_number(%rip)
    mov stack_selector(%rip), %ss
    int $0x40
    mov $0x400, %eax
    mov %rax, %dr7
    report_dr6
    mov $0xFFFF0FF0, %eax
    mov %rax, %dr6

    mov %cr4, %rax
    or $8, %eax
    mov %rax, %cr4
    try 1f
    mov %dr4, %rax
1:  mov $0, %eax
    mov %rax, %dr6
    mov %dr6, %rax
    report_eax
    mov $0, %eax
    mov %rax, %dr7
    mov %dr7, %rax
    report_eax
    report $0x600D600D
    finish

on_software:
    push %rax
    report $0x11000040
    pop %rax
    iretq

on_debug:
    push %rax
    push %rdx
    mov debug_number(%rip), %eax
    or $0xDB000000, %eax
    report_eax
    mov debug_continue(%rip), %rax
    test %rax, %rax
    jz 1f
    mov %rax, 16(%rsp)
1:  andq $~0x100, 32(%rsp)
    orq $0x10000, 32(%rsp)          /* RF: processors leave it to the handler */
    pop %rdx
    pop %rax
    iretq

    .data
    .balign 8
stack_selector:
    .quad 0
watched:
    .quad 0
debug_number:
    .quad 0
debug_continue:
    .quad 0
long_mode_support
