// SPDX-License-Identifier: GPL-3.0-or-later
//
// The pins of PCI's slots, the four links that they lead to, and the PIIX4's registers that route
// those to ISA interrupts; devices/chipset/pci_interrupts.h says the same.
Scope (\_SB)
{
    Scope (PCI0.SBRG)
    {
        OperationRegion (ROUT, PCI_Config, 0x60, 0x04)
    }
    Field (PCI0.SBRG.ROUT, ByteAcc, NoLock, Preserve)
    {
        RUTA, 8,
        RUTB, 8,
        RUTC, 8,
        RUTD, 8
    }

    // Of a link by its register: whether it leads anywhere, and what it uses.
    Method (LSTA, 1)
    {
        If (Arg0 & 0x80)
        {
            Return (0x09)
        }
        Return (0x0B)
    }
    Name (USED, ResourceTemplate ()
    {
        Interrupt (ResourceConsumer, Level, ActiveLow, Shared) { 0 }
    })
    Method (LCRS, 1, Serialized)
    {
        CreateDWordField (USED, 0x05, LINE)
        LINE = 0
        If (!(Arg0 & 0x80))
        {
            LINE = Arg0 & 0x0F
        }
        Return (USED)
    }

    Device (LNKA)
    {
        Name (_HID, EisaId ("PNP0C0F"))
        Name (_UID, 0)
        Name (_PRS, ResourceTemplate ()
        {
            Interrupt (ResourceConsumer, Level, ActiveLow, Shared) { 5, 10, 11 }
        })
        Method (_STA) { Return (LSTA (RUTA)) }
        Method (_CRS) { Return (LCRS (RUTA)) }
        Method (_DIS) { RUTA |= 0x80 }
        Method (_SRS, 1)
        {
            CreateDWordField (Arg0, 0x05, LINE)
            RUTA = LINE
        }
    }

    Device (LNKB)
    {
        Name (_HID, EisaId ("PNP0C0F"))
        Name (_UID, 1)
        Name (_PRS, ResourceTemplate ()
        {
            Interrupt (ResourceConsumer, Level, ActiveLow, Shared) { 5, 10, 11 }
        })
        Method (_STA) { Return (LSTA (RUTB)) }
        Method (_CRS) { Return (LCRS (RUTB)) }
        Method (_DIS) { RUTB |= 0x80 }
        Method (_SRS, 1)
        {
            CreateDWordField (Arg0, 0x05, LINE)
            RUTB = LINE
        }
    }

    Device (LNKC)
    {
        Name (_HID, EisaId ("PNP0C0F"))
        Name (_UID, 2)
        Name (_PRS, ResourceTemplate ()
        {
            Interrupt (ResourceConsumer, Level, ActiveLow, Shared) { 5, 10, 11 }
        })
        Method (_STA) { Return (LSTA (RUTC)) }
        Method (_CRS) { Return (LCRS (RUTC)) }
        Method (_DIS) { RUTC |= 0x80 }
        Method (_SRS, 1)
        {
            CreateDWordField (Arg0, 0x05, LINE)
            RUTC = LINE
        }
    }

    Device (LNKD)
    {
        Name (_HID, EisaId ("PNP0C0F"))
        Name (_UID, 3)
        Name (_PRS, ResourceTemplate ()
        {
            Interrupt (ResourceConsumer, Level, ActiveLow, Shared) { 5, 10, 11 }
        })
        Method (_STA) { Return (LSTA (RUTD)) }
        Method (_CRS) { Return (LCRS (RUTD)) }
        Method (_DIS) { RUTD |= 0x80 }
        Method (_SRS, 1)
        {
            CreateDWordField (Arg0, 0x05, LINE)
            RUTD = LINE
        }
    }

    // From pin to pin and from slot to slot the next link; the first slot's INTA# has LNKA.
    Method (PCI0._PRT)
    {
        Local0 = Package (128) {}
        For (Local1 = 0, Local1 < 128, Local1++)
        {
            Local3 = (Local1 >> 2) + (Local1 & 3) + 3 & 3
            Local2 = Package () { 0, 0, LNKD, 0 }
            If (Local3 == 0)
            {
                Local2 = Package () { 0, 0, LNKA, 0 }
            }
            If (Local3 == 1)
            {
                Local2 = Package () { 0, 0, LNKB, 0 }
            }
            If (Local3 == 2)
            {
                Local2 = Package () { 0, 0, LNKC, 0 }
            }
            // INTA# of the PIIX4 is its power management's, which has the SCI.
            If (Local1 == 0x1C)
            {
                Local2 = Package () { 0, 0, 0, 9 }
            }
            Local2[0] = ((Local1 >> 2) << 16) | 0xFFFF
            Local2[1] = Local1 & 3
            Local0[Local1] = Local2
        }
        Return (Local0)
    }
}
