// SPDX-License-Identifier: GPL-3.0-or-later
//
// A boot sector that scrolls text, first by the firmware, a character at a time, then by moving the
// text in the adapter's memory itself, as systems do, and then halts. Says "@N" at COM1 where each
// part begins and at the end.
        .set    kTeletypeLines, 600
        .set    kMovedLines, 6000
        .set    kColumns, 80
        .set    kRows, 25

        .section .text
        .code16
        .globl _start
_start:
        ljmp    $0, $begin
begin:
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    $0x7C00, %sp
        cld
        movw    $0x0003, %ax
        int     $0x10

        movb    $'1', %al
        call    say
        movw    $kTeletypeLines, %bp
line:   movw    $(kColumns - 1), %di
        movw    %bp, %si
character:
        incw    %si
        movw    %si, %ax
        andb    $0x3F, %al
        addb    $0x20, %al
        call    put
        decw    %di
        jnz     character
        movb    $'\r', %al
        call    put
        movb    $'\n', %al
        call    put
        decw    %bp
        jnz     line

        movb    $'2', %al
        call    say
        movw    $0xB800, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    $kMovedLines, %bp
moved:  movw    $(kColumns * 2), %si
        xorw    %di, %di
        movw    $(kColumns * (kRows - 1)), %cx
        rep     movsw
        movw    %bp, %ax
        movb    $0x07, %ah
        movw    $kColumns, %cx
        rep     stosw
        decw    %bp
        jnz     moved

        movb    $'3', %al
        call    say
        cli
1:      hlt
        jmp     1b

put:    movb    $0x0E, %ah
        movw    $0x0007, %bx
        int     $0x10
        ret

say:    movw    $0x3F8, %dx
        movb    %al, %ah
        movb    $'@', %al
        outb    %al, %dx
        movb    %ah, %al
        outb    %al, %dx
        movb    $'\n', %al
        outb    %al, %dx
        ret

        .org    510
        .word   0xAA55
        .section .note.GNU-stack, "", @progbits
