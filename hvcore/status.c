// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one translation between the guest's status family and errno.
 */
#include <linux/errno.h>
#include <linux/types.h>
#include <hvroot/status.h>

int hvr_status_to_errno(hvr_status_t status)
{
	switch ((__force u16)status) {
	case 0x0000:
		return 0;
	case 0x0002:	/* invalid hypercall code */
	case 0x0003:	/* invalid hypercall input */
	case 0x0005:	/* invalid parameter */
	case 0x0009:	/* unknown property */
	case 0x000a:	/* property value out of range */
	case 0x000d:	/* invalid partition id */
	case 0x000e:	/* invalid VP index */
	case 0x0011:	/* invalid port */
	case 0x0012:	/* invalid connection */
	case 0x0041:	/* invalid logical processor */
	case 0x0050:	/* invalid register value */
		return -EINVAL;
	case 0x0006:	/* access denied */
	case 0x0008:	/* operation denied */
		return -EACCES;
	case 0x000b:	/* insufficient memory, and its variants */
	case 0x0073:
	case 0x0075:
	case 0x0083:
		return -ENOMEM;
	case 0x0020:	/* feature not supported */
		return -EOPNOTSUPP;
	default:
		return -EIO;
	}
}

hvr_status_t hvr_errno_to_status(int err)
{
	switch (err) {
	case 0:
		return HVS_SUCCESS;
	case -EINVAL:
	case -E2BIG:
	case -EFAULT:
		return HVS_INVALID_PARAMETER;
	case -EPERM:
	case -EACCES:
		return HVS_ACCESS_DENIED;
	case -ENOMEM:
		return HVS_INSUFFICIENT_MEMORY;
	case -ENOENT:
		return HVS_NOT_FOUND;
	case -EAGAIN:
	case -ENOBUFS:
		return HVS_INSUFFICIENT_BUFFERS;
	case -ENOSPC:
		return HVS_NO_RESOURCES;
	case -ENODEV:
		return HVS_INVALID_VP_STATE;
	case -EOPNOTSUPP:
		return HVS_FEATURE_NOT_SUPPORTED;
	case -ETIMEDOUT:
		return HVS_TIMEOUT;
	default:
		return HVS_OPERATION_FAILED;
	}
}
