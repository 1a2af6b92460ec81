// SPDX-License-Identifier: GPL-3.0-or-later
//
// The diskette controller, for machines that have it, and the DMA controllers that it needs.
DefinitionBlock ("", "SSDT", 2, "VIREO ", "VIREOFDC", 1)
{
    Scope (\_SB)
    {
        Device (DMAC)
        {
            Name (_HID, EisaId ("PNP0200"))
            // But for port 0x80, where firmware shows how far it has come.
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x0000, 0x0000, 0x00, 0x10)
                IO (Decode16, 0x0081, 0x0081, 0x00, 0x0F)
                IO (Decode16, 0x00C0, 0x00C0, 0x00, 0x20)
                DMA (Compatibility, NotBusMaster, Transfer8_16) { 4 }
            })
        }

        // Port 0x3F6 is the IDE controller's.
        Device (FDC0)
        {
            Name (_HID, EisaId ("PNP0700"))
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x03F0, 0x03F0, 0x00, 0x06)
                IO (Decode16, 0x03F7, 0x03F7, 0x00, 0x01)
                IRQNoFlags () { 6 }
                DMA (Compatibility, NotBusMaster, Transfer8) { 2 }
            })
            // Which of four drives there are, and whether a tape: the first, and no tape.
            Name (_FDE, Buffer ()
            {
                0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00
            })
            // What the drive is, by its number in the CMOS memory, which is written for each machine.
            Name (KIND, 0xFF)
            // Of each kind: the drive's number and kind, its last cylinder, sector and head; two bytes
            // of SPECIFY, ticks until the motor stops, the sectors' size, the last sector, the gap
            // between two, their length where the size does not say it, the gap and the byte of
            // formatting, ms of a head's settling, eighths of a second of the motor's start.
            Name (KNDS, Package ()
            {
                Package () { 0, 1, 39, 9, 1, 0xDF, 2, 0x25, 2, 9, 0x2A, 0xFF, 0x50, 0xF6, 15, 8 },
                Package () { 0, 2, 79, 15, 1, 0xDF, 2, 0x25, 2, 15, 0x1B, 0xFF, 0x54, 0xF6, 15, 8 },
                Package () { 0, 3, 79, 9, 1, 0xDF, 2, 0x25, 2, 9, 0x2A, 0xFF, 0x50, 0xF6, 15, 8 },
                Package () { 0, 4, 79, 18, 1, 0xCF, 2, 0x25, 2, 18, 0x1B, 0xFF, 0x6C, 0xF6, 15, 8 },
                Package () { 0, 5, 79, 36, 1, 0xAF, 2, 0x25, 2, 36, 0x1B, 0xFF, 0x54, 0xF6, 15, 8 }
            })

            Device (FLPA)
            {
                Name (_ADR, 0)
                Method (_FDI) { Return (DerefOf (KNDS [KIND - 1])) }
            }
        }
    }
}
