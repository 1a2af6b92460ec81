// SPDX-License-Identifier: GPL-3.0-or-later
//
// Keyboard and mouse at the 8042, for machines that have them.
DefinitionBlock ("", "SSDT", 2, "VIREO ", "VIREOPS2", 1)
{
    Scope (\_SB)
    {
        Device (KBD)
        {
            Name (_HID, EisaId ("PNP0303"))
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x0060, 0x0060, 0x00, 0x01)
                IO (Decode16, 0x0064, 0x0064, 0x00, 0x01)
                IRQNoFlags () { 1 }
            })
        }

        // The mouse has the keyboard's ports.
        Device (MOU)
        {
            Name (_HID, EisaId ("PNP0F13"))
            Name (_CRS, ResourceTemplate ()
            {
                IRQNoFlags () { 12 }
            })
        }
    }
}
