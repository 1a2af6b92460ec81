/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real mode, big real mode, 16-bit and 32-bit protected mode, PAE paging, 64-bit mode,
   compatibility mode, and all the way back. */
//! start real
//! skip kvm-emulated a KVM without VT-x or AMD-V may refuse paging outside of long mode
//! skip kvm-tcg QEMU's TCG checks no segment limits
//! expect 0x00001000 real mode: CS
//! expect 0x00000010 CR0 of real mode, low bits
//! expect 0x00000016 16-bit protected mode
//! expect 0xABCD1234 big real mode reads above 1 MiB
//! expect 0x00000032 32-bit protected mode
//! expect 0x80000011 paging is on
//! expect 0x00000500 PAE, then long mode active: EFER
//! expect 0x11111111 64-bit mode has 64-bit registers: high half
//! expect 0x22222222 low half
//! expect 0x00000032 compatibility mode
//! expect 0x00000064 64-bit mode again
//! expect 0x00000100 long mode left: EFER.LMA is clear, LME still set
//! expect 0x00000000 EFER without long mode
//! expect 0x00000016 16-bit protected mode again
//! expect 0x00001000 real mode again: CS
//! expect 0x000000AA an interrupt in real mode
//! expect 0x60000006 #UD in real mode
//! expect 0x60000000 #DE in real mode
//! expect 0x6000000D #GP in real mode: a word at 0xFFFF, without an error code
.include "guest.inc"
TABLES = 0x200000
/* Addresses of labels in real mode. */
BASE = 0x10000

    .text
    .code16
    .globl start
start:
    cli
    xor %eax, %eax
    mov %cs, %ax
    report_eax
    mov %cr0, %eax
    and $0xFFFF, %eax
    report_eax

    lgdtl gdt_pointer - BASE
    mov %cr0, %eax
    or $1, %al
    mov %eax, %cr0
    ljmp $0x48, $(protected_16 - BASE)
protected_16:
    mov $0x48, %ax
    report $0x16
    mov $DATA, %ax
    mov %ax, %fs                    /* 4 GiB, kept in real mode */
    mov %cr0, %eax
    and $~1, %al
    mov %eax, %cr0
    ljmp $0x1000, $(big_real - BASE)
big_real:
    mov $0x300000, %ebx
    addr32 movl $0xABCD1234, %fs:(%ebx)
    addr32 mov %fs:(%ebx), %eax
    report_eax

    mov %cr0, %eax
    or $1, %al
    mov %eax, %cr0
    ljmpl $CODE32, $protected_32
    .code32
protected_32:
    mov $DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov $0x9F000, %esp
    report $0x32

    /* PAE: four directories of 2 MiB pages at TABLES + 0x1000; the pointers at TABLES. */
    mov $TABLES, %edi
    xor %eax, %eax
    mov $0x2000, %ecx
    rep stosl
    mov $TABLES, %edi
    mov $(TABLES + 0x1001), %eax
    mov $4, %ecx
1:  mov %eax, (%edi)
    add $0x1000, %eax
    add $8, %edi
    loop 1b
    mov $(TABLES + 0x1000), %edi
    mov $0x83, %eax
    mov $2048, %ecx
1:  mov %eax, (%edi)
    add $0x200000, %eax
    add $8, %edi
    loop 1b
    mov $0x20, %eax
    mov %eax, %cr4
    mov $TABLES, %eax
    mov %eax, %cr3
    mov $0x80000011, %eax
    mov %eax, %cr0
    jmp 1f
1:  mov %cr0, %eax
    report_eax

    /* Long mode: paging off, one table above, paging on. */
    mov $0x11, %eax
    mov %eax, %cr0
    mov $(TABLES + 0x6000), %edi
    mov $TABLES + 3, %eax
    mov %eax, (%edi)
    movl $0, 4(%edi)
    orl $2, TABLES                  /* writable, which PAE's pointers do not say */
    orl $2, TABLES + 8
    orl $2, TABLES + 16
    orl $2, TABLES + 24
    mov %edi, %cr3
    mov $0xC0000080, %ecx
    rdmsr
    or $0x100, %eax
    wrmsr
    mov $0x80000011, %eax
    mov %eax, %cr0
    ljmp $CODE64, $long_mode
    .code64
long_mode:
    mov $0xC0000080, %ecx
    rdmsr
    report_eax
    movabs $0x1111111122222222, %r10
    mov %r10, %rax
    shr $32, %rax
    report_eax
    mov %r10d, %eax
    report_eax
    lea compatibility_pointer(%rip), %rax
    ljmp *(%rax)
    .code32
compatibility:
    report $0x32
    ljmp $CODE64, $long_mode_again
    .code64
long_mode_again:
    report $0x64
    lea leave_pointer(%rip), %rax
    ljmp *(%rax)
    .code32
leave:
    mov $0x11, %eax
    mov %eax, %cr0
    jmp 1f
1:  mov $0xC0000080, %ecx
    rdmsr
    report_eax
    mov $0xC0000080, %ecx
    xor %eax, %eax
    xor %edx, %edx
    wrmsr
    rdmsr
    report_eax
    xor %eax, %eax
    mov %eax, %cr4
    mov $DATA16, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    mov %eax, %ss
    ljmp $0x48, $(protected_16_again - BASE)
    .code16
protected_16_again:
    report $0x16
    mov %cr0, %eax
    and $~1, %al
    mov %eax, %cr0
    ljmp $0x1000, $(real_again - BASE)
real_again:
    mov $0x1000, %ax
    mov %ax, %ds
    mov %ax, %ss
    mov $0xF000, %esp
    xor %ax, %ax
    mov %ax, %es
    lidtl real_idt - BASE
    xor %eax, %eax
    mov %cs, %ax
    report_eax

    movw $(on_interrupt - BASE), %es:0x80 * 4
    movw $0x1000, %es:0x80 * 4 + 2
    movw $(on_undefined - BASE), %es:6 * 4
    movw $0x1000, %es:6 * 4 + 2
    movw $(on_division - BASE), %es:0
    movw $0x1000, %es:2
    movw $(on_protection - BASE), %es:13 * 4
    movw $0x1000, %es:13 * 4 + 2
    int $0x80
    ud2
1:  xor %cx, %cx
    div %cx
1:  mov $0xFFFF, %bx
    mov (%bx), %ax
1:  finish

on_interrupt:
    report $0xAA
    iretw
on_undefined:
    report $0x60000006
    pop %ax
    add $2, %ax
    push %ax
    iretw
on_division:
    report $0x60000000
    pop %ax
    add $2, %ax
    push %ax
    iretw
on_protection:
    report $0x6000000D
    pop %ax
    add $2, %ax
    push %ax
    iretw

    .balign 8
gdt:
    .quad 0
    .quad 0x00AF9B000000FFFF        /* as start_state.h has them */
    .quad 0x00CF93000000FFFF
    .quad 0x00CF9B000000FFFF
    .quad 0x00009B000000FFFF
    .quad 0x000093000000FFFF
    .quad 0
    .quad 0
    .quad 0
    .quad 0x00009B010000FFFF        /* 0x48: 16-bit code at BASE */
gdt_pointer:
    .word . - gdt - 1
    .long gdt
real_idt:
    .word 0x3FF
    .long 0
compatibility_pointer:
    .long compatibility
    .word CODE32
leave_pointer:
    .long leave
    .word CODE32
