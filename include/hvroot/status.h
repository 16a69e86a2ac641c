/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest-side status family and its only translation to errno.
 *
 * Two error families never mix: a negative errno answers the host, an
 * hvr_status_t answers a guest or a hypercall passed through by a VMM.
 */
#ifndef HVROOT_STATUS_H
#define HVROOT_STATUS_H

#include <linux/types.h>

/**
 * typedef hvr_status_t - HV_STATUS code of the TLFS ("Hypercall status codes").
 *
 * A type of its own, so that sparse reports an errno that strays into it.
 */
typedef u16 __bitwise hvr_status_t;

#define HVR_STATUS(code)		((__force hvr_status_t)(code))

#define HVS_SUCCESS			HVR_STATUS(0x0000)
#define HVS_INVALID_HYPERCALL_CODE	HVR_STATUS(0x0002)
#define HVS_INVALID_HYPERCALL_INPUT	HVR_STATUS(0x0003)
#define HVS_INVALID_ALIGNMENT		HVR_STATUS(0x0004)
#define HVS_INVALID_PARAMETER		HVR_STATUS(0x0005)
#define HVS_ACCESS_DENIED		HVR_STATUS(0x0006)
#define HVS_INVALID_PARTITION_STATE	HVR_STATUS(0x0007)
#define HVS_OPERATION_DENIED		HVR_STATUS(0x0008)
#define HVS_UNKNOWN_PROPERTY		HVR_STATUS(0x0009)
#define HVS_PROPERTY_VALUE_OUT_OF_RANGE	HVR_STATUS(0x000a)
#define HVS_INSUFFICIENT_MEMORY		HVR_STATUS(0x000b)
#define HVS_INVALID_PARTITION_ID	HVR_STATUS(0x000d)
#define HVS_INVALID_VP_INDEX		HVR_STATUS(0x000e)
#define HVS_NOT_FOUND			HVR_STATUS(0x0010)
#define HVS_INVALID_PORT_ID		HVR_STATUS(0x0011)
#define HVS_INVALID_CONNECTION_ID	HVR_STATUS(0x0012)
#define HVS_INSUFFICIENT_BUFFERS	HVR_STATUS(0x0013)
#define HVS_NOT_ACKNOWLEDGED		HVR_STATUS(0x0014)
#define HVS_INVALID_VP_STATE		HVR_STATUS(0x0015)
#define HVS_NO_RESOURCES		HVR_STATUS(0x001d)
#define HVS_FEATURE_NOT_SUPPORTED	HVR_STATUS(0x0020)
#define HVS_INVALID_REGISTER_VALUE	HVR_STATUS(0x0050)
#define HVS_OPERATION_FAILED		HVR_STATUS(0x0071)
#define HVS_TIMEOUT			HVR_STATUS(0x0078)

/* Translate a guest status to the errno that the mshv ABI fixes for it. */
int hvr_status_to_errno(hvr_status_t status);

/* Translate an errno of our own code to the status that a guest may see. */
hvr_status_t hvr_errno_to_status(int err);

#endif /* HVROOT_STATUS_H */
