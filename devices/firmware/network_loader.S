/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The code in front of a boot program in a network adapter's expansion ROM (network_rom.h): firmware
   copies this much of the ROM below 1 MiB and finds a boot entry vector in it, which reads the boot
   program out of the ROM's window and starts it by Linux' 16-bit boot protocol. All addresses are
   offsets in the ROM, as it runs wherever firmware has put it.

   PCI Firmware Specification 3.0, chapter 5; BIOS Boot Specification 1.01, appendix A; Plug and Play
   BIOS Specification 1.0A, section 3.2; Linux, Documentation/arch/x86/boot.rst. */

    .section .rodata.networkLoader, "a"
    .code16
    .globl networkLoader
    .globl networkLoaderEnd

/* Of the configuration space. */
ROM_BASE = 0x30
ROM_BASE_ADDRESS = 0xFFFFF800

/* Where the boot program's real mode part goes, and of it: who loads it, flags, end of its heap. */
SETUP_SEGMENT = 0x1000
SETUP = SETUP_SEGMENT << 4
SETUP_ENTRY = 0x200
LOADER_TYPE = 0x210
LOADER_UNKNOWN = 0xFF
LOAD_FLAGS = 0x211
CAN_USE_HEAP = 0x80
HEAP_END = 0x224
STACK = 0xE000
SYSTEM = 0x100000

/* Free while systems are started, in segment 0: descriptors of a move, and what the base register
   has been. */
TABLE = 0x7C00
FROM = TABLE + 0x10
TO = TABLE + 0x18
TABLE_DWORDS = 12
BASE_BEFORE = TABLE + 0x30
LARGEST_MOVE = 0x10000

networkLoader:
    .byte 0x55, 0xAA
    .byte (networkLoaderEnd - networkLoader) / 512
    jmp initialize
    .org 6
/* Makes the sum of the bytes 0; written when the ROM is made. */
checksum:
    .byte 0
    .org 0x18
    .word pciData - networkLoader
    .word plugAndPlay - networkLoader
    .org 0x20
/* Written when the ROM is made: the offset of the boot program, the bytes of its real mode part,
   which are even, and those behind it. */
program:
    .long 0
setupSize:
    .long 0
systemSize:
    .long 0
/* Bus, device and function. */
function:
    .word 0

    .balign 4
pciData:
    .ascii "PCIR"
    .word 0x1011, 0x0009
    .word 0
    .word pciDataEnd - pciData
    .byte 0
    .byte 0x00, 0x00, 0x02          /* an Ethernet controller */
    .word (networkLoaderEnd - networkLoader) / 512
    .word 0
    .byte 0                         /* for PCs */
    .byte 0x80                      /* the last image */
    .word 0
pciDataEnd:

    .balign 16
plugAndPlay:
    .ascii "$PnP"
    .byte 1, 2                      /* revision, length in 16 bytes */
    .word 0
    .byte 0
    .byte 0                         /* the checksum, written when the ROM is made */
    .long 0
    .word manufacturer - networkLoader
    .word product - networkLoader
    .byte 0x02, 0x00, 0x00          /* an Ethernet controller */
    .byte 0x54                      /* may be copied, needed to boot alone, starts systems */
    .word 0, 0
    .word boot - networkLoader
    .word 0, 0
manufacturer:
    .asciz "Vireo"
product:
    .asciz "Legacy Network Adapter"

/* Firmware calls this with the function in AX, while the copy can still be written, and looks at the
   checksum again. */
initialize:
    push %bx
    mov %cs:(function - networkLoader), %bx
    mov %ax, %cs:(function - networkLoader)
    add %bh, %bl
    sub %al, %bl
    sub %ah, %bl
    add %bl, %cs:(checksum - networkLoader)
    pop %bx
    mov $0x20, %ax                  /* it starts systems */
    lret

/* Returns if it can't be done, and firmware tries the next device. */
boot:
    cld
    xor %ax, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %cs:(function - networkLoader), %bx
    mov $ROM_BASE, %di
    mov $0xB10A, %ax                /* read the configuration */
    int $0x1A
    jc 1f
    mov %ecx, BASE_BEFORE
    or $1, %cl                      /* the window is open */
    call writeBase
    jc 1f
    and $ROM_BASE_ADDRESS, %ecx
    mov %ecx, %esi
    add %cs:(program - networkLoader), %esi
    mov $SETUP, %edi
    mov %cs:(setupSize - networkLoader), %ecx
    call move
    jc 2f
    mov $SYSTEM, %edi
    mov %cs:(systemSize - networkLoader), %ecx
    call move
    jc 2f
    call closeWindow
    mov $SETUP_SEGMENT, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %fs
    mov %ax, %gs
    movb $LOADER_UNKNOWN, LOADER_TYPE
    orb $CAN_USE_HEAP, LOAD_FLAGS
    movw $STACK - SETUP_ENTRY, HEAP_END
    cli
    mov %ax, %ss
    mov $STACK, %esp
    ljmp $SETUP_SEGMENT + (SETUP_ENTRY >> 4), $0
2:  call closeWindow
1:  lret

closeWindow:
    mov BASE_BEFORE, %ecx
/* ECX to the register of the ROM's base; carry if that fails. */
writeBase:
    mov %cs:(function - networkLoader), %bx
    mov $ROM_BASE, %di
    mov $0xB10D, %ax                /* write the configuration */
    int $0x1A
    ret

/* Moves ECX bytes, an even number, from ESI to EDI, both physical; ESI is behind them then. Carry if
   that fails. */
move:
    mov $LARGEST_MOVE, %ebx
    cmp %ebx, %ecx
    jae 1f
    mov %ecx, %ebx
1:  push %ecx
    push %edi
    mov $TABLE, %di
    mov $TABLE_DWORDS, %cx
    xor %eax, %eax
    rep stosl
    pop %edi
    mov %esi, %eax
    mov $FROM, %bp
    call describe
    mov %edi, %eax
    mov $TO, %bp
    call describe
    push %esi
    mov %ebx, %ecx
    shr $1, %ecx
    mov $TABLE, %si
    mov $0x87, %ah                  /* move a block of extended memory */
    int $0x15
    pop %esi
    pop %ecx
    jc 2f
    add %ebx, %esi
    add %ebx, %edi
    sub %ebx, %ecx
    jnz move
2:  ret

/* Makes the descriptor at BP one of 64 KiB of data at EAX. */
describe:
    movw $0xFFFF, %ds:(%bp)
    mov %eax, %ds:2(%bp)
    movb $0x93, %ds:5(%bp)
    shr $24, %eax
    mov %al, %ds:7(%bp)
    ret

    .balign 512, 0
networkLoaderEnd:
    .section .note.GNU-stack, "", @progbits
