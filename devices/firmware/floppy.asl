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
        }
    }
}
