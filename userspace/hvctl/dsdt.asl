// SPDX-License-Identifier: GPL-2.0-only
//
// The fixed part of the machine. acpi.c finds the high window by its values and
// replaces them when guest memory reaches above it.

DefinitionBlock ("dsdt.aml", "DSDT", 2, "HVROOT", "HVCTL   ", 1)
{
	Scope (\_SB)
	{
		Device (VMOD)
		{
			Name (_HID, "ACPI0004")
			Name (_UID, Zero)
			Method (_STA) { Return (0x0F) }
			Name (_CRS, ResourceTemplate ()
			{
				DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed,
					NonCacheable, ReadWrite,
					0, 0xF8000000, 0xFEBFFFFF, 0, 0x06C00000)
				QWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed,
					NonCacheable, ReadWrite,
					0, 0xFE0000000, 0xFFFFFFFFF, 0, 0x20000000)
			})

			Device (VMBS)
			{
				// A method, since the compiler wants names of 7 or 8 characters
				Method (_HID) { Return ("VMBus") }
				Name (_UID, Zero)
				Method (_STA) { Return (0x0F) }
			}
		}

		Device (COM1)
		{
			Name (_HID, EisaId ("PNP0501"))
			Name (_UID, One)
			Name (_DDN, "COM1")
			Method (_STA) { Return (0x0F) }
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, 0x03F8, 0x03F8, 1, 8)
				Interrupt (ResourceConsumer, Edge, ActiveHigh, Exclusive) { 4 }
			})
		}
	}

	Name (\_S5, Package () { 5, 0, 0, 0 })
}
