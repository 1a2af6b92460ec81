// SPDX-License-Identifier: GPL-3.0-or-later
//
// The machine's devices that no bus enumerates. Processors are described in a table of their own,
// which is written for each machine.
DefinitionBlock ("", "DSDT", 2, "VIREO ", "VIREODSD", 1)
{
    // SLP_TYP of soft off, as devices/chipset decodes it.
    Name (\_S5, Package () { 0, 0, 0, 0 })

    Scope (\_SB)
    {
        // Ports and memory of the chipset that no other device here claims.
        Device (MBRD)
        {
            Name (_HID, EisaId ("PNP0C02"))
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x0092, 0x0092, 0x00, 0x01)
                IO (Decode16, 0x00B2, 0x00B2, 0x00, 0x02)
                IO (Decode16, 0x0600, 0x0600, 0x00, 0x40)
                IO (Decode16, 0x0700, 0x0700, 0x00, 0x10)
                Memory32Fixed (ReadWrite, 0xFEC00000, 0x00001000)
                Memory32Fixed (ReadWrite, 0xFEE00000, 0x00001000)
            })
        }

        Device (PIC)
        {
            Name (_HID, EisaId ("PNP0000"))
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x0020, 0x0020, 0x00, 0x02)
                IO (Decode16, 0x00A0, 0x00A0, 0x00, 0x02)
                IO (Decode16, 0x04D0, 0x04D0, 0x00, 0x02)
                IRQNoFlags () { 2 }
            })
        }

        Device (TIMR)
        {
            Name (_HID, EisaId ("PNP0100"))
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x0040, 0x0040, 0x00, 0x04)
                IRQNoFlags () { 0 }
            })
        }

        Device (SPKR)
        {
            Name (_HID, EisaId ("PNP0800"))
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x0061, 0x0061, 0x00, 0x01)
            })
        }

        Device (RTC)
        {
            Name (_HID, EisaId ("PNP0B00"))
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x0070, 0x0070, 0x00, 0x02)
                IRQNoFlags () { 8 }
            })
        }

        // Bus 0, behind the 82443BX.
        Device (PCI0)
        {
            Name (_HID, EisaId ("PNP0A03"))
            Name (_UID, 0)
            Name (_CRS, ResourceTemplate ()
            {
                WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode,
                    0x0000, 0x0000, 0x00FF, 0x0000, 0x0100)
                IO (Decode16, 0x0CF8, 0x0CF8, 0x00, 0x08)
                WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
                    0x0000, 0x0000, 0x0CF7, 0x0000, 0x0CF8)
                WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
                    0x0000, 0x0D00, 0xFFFF, 0x0000, 0xF300)
                // A VGA's memory.
                DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, Cacheable,
                    ReadWrite, 0x00000000, 0x000A0000, 0x000BFFFF, 0x00000000, 0x00020000)
                // Room for what devices show in memory, those of VMBus too: the screen's
                // framebuffer. What is above is the chipset's.
                DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable,
                    ReadWrite, 0x00000000, 0xF8000000, 0xFEBFFFFF, 0x00000000, 0x06C00000)
            })

            // The 82371AB.
            Device (SBRG)
            {
                Name (_ADR, 0x00070000)

                Device (VMBS)
                {
                    // Hyper-V's own name, by which guests know it; too short for the compiler's
                    // rule.
                    Method (_HID) { Return (Concatenate ("VM", "Bus")) }
                    Name (_UID, 0)
                    Name (_DDN, "VMBUS")
                    Name (_STA, 0x0F)
                    // Linux looks for the room above only if the device has resources of its own,
                    // be it none.
                    Name (_CRS, ResourceTemplate () {})
                }
            }
        }

        Device (COM1)
        {
            Name (_HID, EisaId ("PNP0501"))
            Name (_UID, 1)
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x03F8, 0x03F8, 0x00, 0x08)
                IRQNoFlags () { 4 }
            })
        }

        Device (COM2)
        {
            Name (_HID, EisaId ("PNP0501"))
            Name (_UID, 2)
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x02F8, 0x02F8, 0x00, 0x08)
                IRQNoFlags () { 3 }
            })
        }

        Device (COM3)
        {
            Name (_HID, EisaId ("PNP0501"))
            Name (_UID, 3)
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x03E8, 0x03E8, 0x00, 0x08)
                IRQNoFlags () { 4 }
            })
        }

        Device (COM4)
        {
            Name (_HID, EisaId ("PNP0501"))
            Name (_UID, 4)
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x02E8, 0x02E8, 0x00, 0x08)
                IRQNoFlags () { 3 }
            })
        }
    }

    Include ("pci_interrupts.asl")
}
