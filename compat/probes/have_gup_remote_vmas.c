// SPDX-License-Identifier: GPL-2.0-only
/* The remote page-pinning calls also give the mappings back. */
#include <linux/mm.h>

long probe(struct mm_struct *mm, struct page **pages, int *locked);
long probe(struct mm_struct *mm, struct page **pages, int *locked)
{
	struct vm_area_struct *vma;

	return pin_user_pages_remote(mm, 0, 1, 0, pages, &vma, locked);
}
