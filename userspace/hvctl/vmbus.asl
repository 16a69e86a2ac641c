// SPDX-License-Identifier: GPL-2.0-only
//
// The VMBus of a machine that another VMM builds, as a table beside its own. No
// interrupt: the bus has a vector of its own on each processor. No window for
// devices: disks need none, and only the machine's builder knows where room is.

DefinitionBlock ("vmbus.aml", "SSDT", 2, "HVROOT", "VMBUS   ", 1)
{
	Scope (\_SB)
	{
		Device (VMOD)
		{
			Name (_HID, "ACPI0004")
			Name (_UID, Zero)
			Method (_STA) { Return (0x0F) }

			Device (VMBS)
			{
				// A method, since the compiler wants names of 7 or 8 characters
				Method (_HID) { Return ("VMBus") }
				Name (_UID, Zero)
				Method (_STA) { Return (0x0F) }
			}
		}
	}
}
