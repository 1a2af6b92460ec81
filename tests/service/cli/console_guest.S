// SPDX-License-Identifier: GPL-3.0-or-later
//
// A Multiboot kernel that says "ready" on COM1 and gives back what it hears there, but for
// q: powers off, r: resets the machine, d: writes 0x21 to the debug exit port, t: triple fault,
// n: says "noise" for ever, p: from now on, powers off when its power button is or was pressed,
// c: tells of its crash as Hyper-V's guests do, with a message, and goes on.
        .section .text
        .code32
        .balign 4
        .long 0x1BADB002
        .long 0
        .long -0x1BADB002

        .globl _start
_start:
        mov     $0x90000, %esp
        xor     %ebp, %ebp              // whether the power button counts
        mov     $ready, %esi
        call    say
listen:
        pause
        test    %ebp, %ebp
        jz      1f
        mov     $0x600, %dx             // PM1 status: bit 8 is the power button
        in      %dx, %ax
        test    $1 << 8, %ax
        jnz     power_off
1:      mov     $0x3FD, %dx
        in      %dx, %al
        test    $1, %al
        jz      listen
        mov     $0x3F8, %dx
        in      %dx, %al
        cmp     $'q', %al
        je      power_off
        cmp     $'r', %al
        je      reset
        cmp     $'d', %al
        je      debug_exit
        cmp     $'t', %al
        je      triple_fault
        cmp     $'n', %al
        je      make_noise
        cmp     $'p', %al
        je      heed_button
        cmp     $'c', %al
        je      tell_crash
        call    put
        jmp     listen

heed_button:
        mov     $1, %ebp
        jmp     listen
// Hyper-V's crash MSRs: P3 is where the message is, P4 its length (TLFS, "Guest Crash Enlightenment").
tell_crash:
        xor     %edx, %edx
        mov     $0x40000103, %ecx
        mov     $crash, %eax
        wrmsr
        inc     %ecx
        mov     $crash_end - crash, %eax
        wrmsr
        inc     %ecx
        xor     %eax, %eax
        mov     $3 << 30, %edx
        wrmsr
        jmp     listen
power_off:
        mov     $0x604, %dx
        mov     $(1 << 13), %ax
        out     %ax, %dx
        jmp     .
reset:
        mov     $0xCF9, %dx
        mov     $6, %al
        out     %al, %dx
        jmp     .
debug_exit:
        mov     $0xF4, %dx
        mov     $0x21, %eax
        out     %eax, %dx
        jmp     .
triple_fault:
        lidt    no_interrupts
        int3
make_noise:
        mov     $noise, %esi
        call    say
        jmp     make_noise

// The string at ESI.
say:
        lodsb
        test    %al, %al
        jz      1f
        call    put
        jmp     say
1:      ret

// The character in AL.
put:
        push    %eax
        mov     $0x3FD, %dx
1:      in      %dx, %al
        test    $0x20, %al
        jz      1b
        pop     %eax
        mov     $0x3F8, %dx
        out     %al, %dx
        ret

ready:  .asciz  "ready\r\n"
noise:  .asciz  "noise\r\n"
crash:  .ascii  "out of tea\1"
crash_end:
no_interrupts:
        .word   0
        .long   0
        .section .note.GNU-stack, "", @progbits
