// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events between struct hvr_event and the CPU's event fields. Pure.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "pure.h"
#include "vmcs.h"

/* #DF #TS #NP #SS #GP #PF #AC: the CPU insists on an error code, and on none for
 * the others.
 */
#define WITH_ERROR_CODE	(BIT(8) | BIT(10) | BIT(11) | BIT(12) | BIT(13) | \
			 BIT(14) | BIT(17))

static u32 event_type(const struct hvr_event *ev)
{
	switch (ev->type) {
	case HVR_EVENT_EXTINT:
		return VMX_EV_TYPE_EXTINT;
	case HVR_EVENT_NMI:
		return VMX_EV_TYPE_NMI;
	case HVR_EVENT_SOFTINT:
		return VMX_EV_TYPE_SOFTINT;
	case HVR_EVENT_SOFTEXC:
		return ev->vector == 1 ? VMX_EV_TYPE_ICEBP :
					 VMX_EV_TYPE_SOFTEXC;
	default:
		return VMX_EV_TYPE_EXC;
	}
}

u32 vmx_event_field(const struct hvr_event *ev, bool protected)
{
	u32 type = event_type(ev);
	u32 field = VMX_EV_VALID | ev->vector | type << VMX_EV_TYPE_SHIFT;

	if (type == VMX_EV_TYPE_EXC && protected && ev->vector < 32 &&
	    (WITH_ERROR_CODE & BIT(ev->vector)))
		field |= VMX_EV_HAS_ERROR;
	return field;
}

/* INT n, INT3, INTO and ICEBP are not given back: their instruction has not
 * completed and runs again.
 */
bool vmx_field_event(u32 field, u32 error, struct hvr_event *ev)
{
	if (!(field & VMX_EV_VALID))
		return false;
	memset(ev, 0, sizeof(*ev));
	ev->vector = field & VMX_EV_VECTOR;
	switch ((field & VMX_EV_TYPE_MASK) >> VMX_EV_TYPE_SHIFT) {
	case VMX_EV_TYPE_EXTINT:
		ev->type = HVR_EVENT_EXTINT;
		return true;
	case VMX_EV_TYPE_NMI:
		ev->type = HVR_EVENT_NMI;
		return true;
	case VMX_EV_TYPE_EXC:
		ev->type = HVR_EVENT_EXCEPTION;
		ev->has_error = field & VMX_EV_HAS_ERROR;
		ev->error = ev->has_error ? error : 0;
		return true;
	default:
		ev->type = HVR_EVENT_NONE;
		return false;
	}
}
