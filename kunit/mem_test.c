// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions, faults and copies over a real address space with its notifiers. Only
 * the CPU is missing: the fake entry format stands for its tables.
 */
#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "fake_backend.h"
#include "../hvcore/guestmem.c"
#include "../hvcore/fault.c"

#define R	HVR_ACCESS_READ
#define RW	(HVR_ACCESS_READ | HVR_ACCESS_WRITE)
#define RX	(HVR_ACCESS_READ | HVR_ACCESS_EXEC)

#define FLAG_W	BIT(MSHV_SET_MEM_BIT_WRITABLE)
#define FLAG_X	BIT(MSHV_SET_MEM_BIT_EXECUTABLE)
#define FLAG_UNMAP BIT(MSHV_SET_MEM_BIT_UNMAP)

#define PAGES	64
#define BYTES	(PAGES * PAGE_SIZE)
#define GFN	0x100
#define GPA	((u64)GFN << PAGE_SHIFT)

struct mem_fixture {
	struct hvr_partition pt;
	struct fake_vp vp;
	unsigned long hva;
};

static int mem_test_init(struct kunit *test)
{
	struct mem_fixture *x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, x);
	KUNIT_ASSERT_EQ(test, hvr_mem_init(&x->pt), 0);
	x->vp.vp.pt = &x->pt;
	test->priv = x;
	return 0;
}

/* Runs in another thread than the test: the address space may be gone. */
static void mem_test_exit(struct kunit *test)
{
	struct mem_fixture *x = test->priv;

	hvr_mem_exit(&x->pt);
	hvr_guestmem_exit();
}

static unsigned long mmap_memory(struct kunit *test, unsigned long prot)
{
	unsigned long hva = kunit_vm_mmap(test, NULL, 0, BYTES, prot,
					  MAP_ANONYMOUS | MAP_PRIVATE, 0);

	KUNIT_ASSERT_NE(test, hva, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(hva));
	return hva;
}

static int set_region(struct mem_fixture *x, u64 gfn, unsigned long hva, u8 flags)
{
	struct mshv_user_mem_region args = {
		.size = BYTES, .guest_pfn = gfn, .userspace_addr = hva,
		.flags = flags,
	};

	return hvr_mem_set_region(&x->pt, &args);
}

/* A writable, executable region over fresh memory, at GFN. */
static struct mem_fixture *with_memory(struct kunit *test)
{
	struct mem_fixture *x = test->priv;

	x->hva = mmap_memory(test, PROT_READ | PROT_WRITE);
	KUNIT_ASSERT_EQ(test, set_region(x, GFN, x->hva, FLAG_W | FLAG_X), 0);
	return x;
}

static enum hvr_fault_result fault(struct mem_fixture *x, u64 gfn,
				   unsigned int access)
{
	enum hvr_fault_result res = HVR_FAULT_RETRY;
	unsigned int tries;

	for (tries = 0; res == HVR_FAULT_RETRY && tries < 100; tries++)
		res = hvr_mem_fault(&x->vp.vp, gfn << PAGE_SHIFT, access);
	return res;
}

static unsigned int rights(struct mem_fixture *x, u64 gfn)
{
	unsigned int level;
	u64 *entry = fake_leaf(&x->pt.mem.slat, gfn, &level);

	return entry ? fake_slat_format.access(*entry) : 0;
}

static u64 user_word(struct kunit *test, unsigned long hva)
{
	u64 val = 0;

	KUNIT_EXPECT_EQ(test, copy_from_user(&val, (void __user *)hva,
					     sizeof(val)), 0);
	return val;
}

static void set_user_word(struct kunit *test, unsigned long hva, u64 val)
{
	KUNIT_EXPECT_EQ(test, copy_to_user((void __user *)hva, &val,
					   sizeof(val)), 0);
}

/* ---- regions ---- */

static void map_and_unmap(struct kunit *test)
{
	struct mem_fixture *x = with_memory(test);

	KUNIT_EXPECT_EQ(test, hvr_mem_bytes(&x->pt), BYTES);
	KUNIT_EXPECT_EQ(test, set_region(x, GFN, x->hva, FLAG_W), -EEXIST);
	KUNIT_EXPECT_EQ(test, set_region(x, GFN + PAGES - 1, x->hva, 0), -EEXIST);
	/* The same memory at a second place is fine. */
	KUNIT_EXPECT_EQ(test, set_region(x, GFN + PAGES, x->hva, 0), 0);
	KUNIT_EXPECT_EQ(test, set_region(x, GFN, x->hva, FLAG_UNMAP), 0);
	/* Once more is fine, too; where nothing ever was is not. */
	KUNIT_EXPECT_EQ(test, set_region(x, GFN, x->hva, FLAG_UNMAP), 0);
	KUNIT_EXPECT_EQ(test, set_region(x, GFN + 4 * PAGES, x->hva, FLAG_UNMAP),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, hvr_mem_bytes(&x->pt), BYTES);
	/* No mapping at the first address. */
	vm_munmap(x->hva, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, set_region(x, GFN, x->hva, FLAG_W), -EINVAL);
}

/* ---- copies ---- */

static void read_and_write(struct kunit *test)
{
	struct mem_fixture *x = with_memory(test);
	u64 val = 0x1122334455667788ULL;

	/* Across a page boundary, seen by the VMM, read back. */
	KUNIT_EXPECT_EQ(test, hvr_guest_write(&x->pt, GPA + 0xffc, &val, 8), 0);
	KUNIT_EXPECT_EQ(test, user_word(test, x->hva + 0xffc), val);
	val = 0;
	KUNIT_EXPECT_EQ(test, hvr_guest_read(&x->pt, GPA + 0xffc, &val, 8), 0);
	KUNIT_EXPECT_EQ(test, val, 0x1122334455667788ULL);

	/* Half outside: refused, the buffer zeroed. */
	KUNIT_EXPECT_EQ(test, hvr_guest_read(&x->pt, GPA + BYTES - 4, &val, 8),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, val, 0);
	KUNIT_EXPECT_EQ(test, hvr_guest_read(&x->pt, GPA - 1, &val, 8), -EFAULT);
	KUNIT_EXPECT_EQ(test, hvr_guest_read(&x->pt, ~0ULL, &val, 8), -EFAULT);
	KUNIT_EXPECT_EQ(test, hvr_guest_write(&x->pt, GPA + BYTES - 4, &val, 8),
			-EFAULT);
}

static void copy_across_regions(struct kunit *test)
{
	struct mem_fixture *x = with_memory(test);
	unsigned long other = mmap_memory(test, PROT_READ | PROT_WRITE);
	u64 val = 0x0123456789abcdefULL;

	KUNIT_ASSERT_EQ(test, set_region(x, GFN + PAGES, other, FLAG_W), 0);
	KUNIT_EXPECT_EQ(test, hvr_guest_write(&x->pt, GPA + BYTES - 4, &val, 8), 0);
	KUNIT_EXPECT_EQ(test, (u32)(user_word(test, x->hva + BYTES - 8) >> 32),
			0x89abcdef);
	KUNIT_EXPECT_EQ(test, (u32)user_word(test, other), 0x01234567);
	val = 0;
	KUNIT_EXPECT_EQ(test, hvr_guest_read(&x->pt, GPA + BYTES - 4, &val, 8), 0);
	KUNIT_EXPECT_EQ(test, val, 0x0123456789abcdefULL);
}

static void read_only_region(struct kunit *test)
{
	struct mem_fixture *x = test->priv;
	struct hvr_hold hold;
	u64 val = 1;

	x->hva = mmap_memory(test, PROT_READ | PROT_WRITE);
	KUNIT_ASSERT_EQ(test, set_region(x, GFN, x->hva, FLAG_X), 0);
	KUNIT_EXPECT_EQ(test, hvr_guest_write(&x->pt, GPA, &val, 8), -EFAULT);
	KUNIT_EXPECT_EQ(test, hvr_guest_hold(&x->pt, GPA, HVR_HOLD_WRITE, &hold),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, fault(x, GFN, HVR_ACCESS_WRITE), HVR_FAULT_DENIED);
	KUNIT_EXPECT_EQ(test, fault(x, GFN, HVR_ACCESS_EXEC), HVR_FAULT_FIXED);
	KUNIT_EXPECT_EQ(test, rights(x, GFN), RX);
	KUNIT_EXPECT_EQ(test, hvr_guest_read(&x->pt, GPA, &val, 8), 0);
}

static void read_without_sleep(struct kunit *test)
{
	struct mem_fixture *x = with_memory(test);
	u64 val = 1;
	int err;

	preempt_disable();
	err = hvr_guest_read_atomic(&x->pt, GPA, &val, 8);
	preempt_enable();
	KUNIT_EXPECT_EQ(test, err, -EAGAIN);
	set_user_word(test, x->hva, 77);
	preempt_disable();
	err = hvr_guest_read_atomic(&x->pt, GPA, &val, 8);
	preempt_enable();
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_EQ(test, val, 77);
	KUNIT_EXPECT_EQ(test, hvr_guest_read_atomic(&x->pt, 0, &val, 8), -EFAULT);
}

static void marks(struct kunit *test)
{
	struct mem_fixture *x = with_memory(test);
	struct hvr_peek_mark mark;
	struct hvr_peek peek;
	u64 buf[2];

	set_user_word(test, x->hva + 0x1008, 5);
	set_user_word(test, x->hva + 0x2010, 6);
	set_user_word(test, x->hva + 0x2018, 7);
	hvr_guest_peek_begin(&peek, &x->pt);
	KUNIT_EXPECT_EQ(test, hvr_guest_mark_begin(&mark, &peek, 0), -EFAULT);
	KUNIT_EXPECT_EQ(test, hvr_guest_mark_begin(&mark, &peek, GPA + 0x3000),
			-EAGAIN);
	KUNIT_EXPECT_EQ(test, hvr_guest_mark_begin(&mark, &peek, GPA + 0x2000), 0);
	KUNIT_EXPECT_EQ(test, hvr_guest_mark_word(&mark, &peek, GPA + 0x1008, 4),
			-EAGAIN);
	KUNIT_EXPECT_EQ(test, hvr_guest_mark_word(&mark, &peek, GPA + 0x1008, 5), 0);
	hvr_guest_peek_end(&peek);

	KUNIT_EXPECT_TRUE(test, hvr_guest_mark_read(&x->pt, &mark, 0x10, buf));
	KUNIT_EXPECT_EQ(test, buf[0], 6);
	KUNIT_EXPECT_EQ(test, buf[1], 7);
	set_user_word(test, x->hva + 0x1008, 4);
	KUNIT_EXPECT_FALSE(test, hvr_guest_mark_read(&x->pt, &mark, 0x10, buf));
	set_user_word(test, x->hva + 0x1008, 5);
	KUNIT_EXPECT_TRUE(test, hvr_guest_mark_read(&x->pt, &mark, 0x10, buf));
	/* The same memory at the same place is another region. */
	KUNIT_EXPECT_EQ(test, set_region(x, GFN, x->hva, FLAG_UNMAP), 0);
	KUNIT_EXPECT_FALSE(test, hvr_guest_mark_read(&x->pt, &mark, 0x10, buf));
	KUNIT_EXPECT_EQ(test, set_region(x, GFN, x->hva, FLAG_W), 0);
	KUNIT_EXPECT_FALSE(test, hvr_guest_mark_read(&x->pt, &mark, 0x10, buf));
}

/* A thread without an address space, as the bus has. */
struct remote {
	struct work_struct work;
	struct mem_fixture *x;
	u64 val;
	int read_err, write_err, atomic_err, fault_res;
};

static void remote_fn(struct work_struct *work)
{
	struct remote *r = container_of(work, struct remote, work);
	u64 val;

	r->atomic_err = hvr_guest_read_atomic(&r->x->pt, GPA, &val, 8);
	r->read_err = hvr_guest_read(&r->x->pt, GPA + 0xffc, &r->val, 8);
	r->write_err = hvr_guest_write(&r->x->pt, GPA + 0x1ffc, &r->val, 8);
	r->fault_res = fault(r->x, GFN + 5, HVR_ACCESS_WRITE);
}

static void from_another_thread(struct kunit *test)
{
	struct mem_fixture *x = with_memory(test);
	struct remote *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, r);
	r->x = x;
	set_user_word(test, x->hva + 0xffc, 0x8877665544332211ULL);
	INIT_WORK(&r->work, remote_fn);
	schedule_work(&r->work);
	flush_work(&r->work);
	KUNIT_EXPECT_EQ(test, r->atomic_err, -EAGAIN);
	KUNIT_EXPECT_EQ(test, r->read_err, 0);
	KUNIT_EXPECT_EQ(test, r->val, 0x8877665544332211ULL);
	KUNIT_EXPECT_EQ(test, r->write_err, 0);
	KUNIT_EXPECT_EQ(test, user_word(test, x->hva + 0x1ffc), r->val);
	KUNIT_EXPECT_EQ(test, r->fault_res, HVR_FAULT_FIXED);
	KUNIT_EXPECT_TRUE(test, rights(x, GFN + 5) & HVR_ACCESS_WRITE);
}

/* ---- holds ---- */

static void hold_shares_the_page(struct kunit *test)
{
	struct mem_fixture *x = with_memory(test);
	struct hvr_hold hold;
	u64 *word;

	KUNIT_ASSERT_EQ(test, hvr_guest_hold(&x->pt, GPA + 0x3123,
					     HVR_HOLD_WRITE | HVR_HOLD_LONGTERM,
					     &hold), 0);
	word = page_address(hold.page);
	set_user_word(test, x->hva + 0x3000, 42);
	KUNIT_EXPECT_EQ(test, READ_ONCE(*word), 42);
	WRITE_ONCE(*word, 43);
	KUNIT_EXPECT_EQ(test, user_word(test, x->hva + 0x3000), 43);

	/* The page outlives region and mapping. */
	KUNIT_EXPECT_EQ(test, set_region(x, GFN, x->hva, FLAG_UNMAP), 0);
	vm_munmap(x->hva, BYTES);
	KUNIT_EXPECT_EQ(test, READ_ONCE(*word), 43);
	hvr_guest_release(&hold);
	KUNIT_EXPECT_NULL(test, hold.page);
}

static void hold_lists(struct kunit *test)
{
	struct mem_fixture *x = with_memory(test);
	const u64 gfns[] = { GFN + 3, GFN + 4, GFN + 5, GFN, GFN + 5, GFN + 63 };
	const u64 bad[] = { GFN + 3, GFN + 62, GFN + 63, GFN + 64 };
	struct page *pages[ARRAY_SIZE(gfns)];
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		set_user_word(test, x->hva + i * PAGE_SIZE, i + 100);
	KUNIT_ASSERT_EQ(test, hvr_guest_hold_pages(&x->pt, gfns,
						   ARRAY_SIZE(gfns), 0, pages), 0);
	for (i = 0; i < ARRAY_SIZE(gfns); i++)
		KUNIT_EXPECT_EQ(test, *(u64 *)page_address(pages[i]),
				gfns[i] - GFN + 100);
	hvr_guest_release_pages(pages, ARRAY_SIZE(gfns), 0);
	KUNIT_EXPECT_EQ(test, hvr_guest_hold_pages(&x->pt, bad, ARRAY_SIZE(bad),
						   HVR_HOLD_WRITE, pages),
			-EFAULT);
}

/* ---- faults ---- */

static void fault_rows(struct kunit *test)
{
	struct mem_fixture *x = with_memory(test);

	KUNIT_EXPECT_EQ(test, fault(x, GFN - 1, R), HVR_FAULT_UNMAPPED);
	KUNIT_EXPECT_EQ(test, fault(x, GFN + PAGES, R), HVR_FAULT_UNMAPPED);
	KUNIT_EXPECT_EQ(test, fault(x, GFN + 1, RW), HVR_FAULT_FIXED);
	KUNIT_EXPECT_EQ(test, rights(x, GFN + 1), RW | RX);
	/* Untouched memory: a read takes the zero page, the write replaces it. */
	KUNIT_EXPECT_EQ(test, fault(x, GFN + 2, R), HVR_FAULT_FIXED);
	KUNIT_EXPECT_EQ(test, rights(x, GFN + 2), RX);
	KUNIT_EXPECT_EQ(test, fault(x, GFN + 2, RW), HVR_FAULT_FIXED);
	KUNIT_EXPECT_EQ(test, rights(x, GFN + 2), RW | RX);
	/* Memory that was written: a read maps it writable at once. */
	set_user_word(test, x->hva + 3 * PAGE_SIZE, 1);
	KUNIT_EXPECT_EQ(test, fault(x, GFN + 3, R), HVR_FAULT_FIXED);
	KUNIT_EXPECT_EQ(test, rights(x, GFN + 3), RW | RX);
}

static void fault_maps_the_right_page(struct kunit *test)
{
	struct mem_fixture *x = with_memory(test);
	unsigned int level;
	u64 *entry;

	set_user_word(test, x->hva + 7 * PAGE_SIZE + 8, 0xabcd);
	KUNIT_ASSERT_EQ(test, fault(x, GFN + 7, RW), HVR_FAULT_FIXED);
	entry = fake_leaf(&x->pt.mem.slat, GFN + 7, &level);
	KUNIT_ASSERT_NOT_NULL(test, entry);
	KUNIT_ASSERT_EQ(test, level, 1);
	KUNIT_EXPECT_EQ(test, ((u64 *)__va(*entry & FAKE_ADDRESS))[1], 0xabcd);
}

static void fault_without_backing(struct kunit *test)
{
	struct mem_fixture *x = test->priv;

	/* The VMM's own mapping is read-only. */
	x->hva = mmap_memory(test, PROT_READ);
	KUNIT_ASSERT_EQ(test, set_region(x, GFN, x->hva, FLAG_W), 0);
	KUNIT_EXPECT_EQ(test, fault(x, GFN, R), HVR_FAULT_FIXED);
	KUNIT_EXPECT_EQ(test, rights(x, GFN), R);
	KUNIT_EXPECT_EQ(test, fault(x, GFN, RW), HVR_FAULT_DENIED);
	vm_munmap(x->hva, BYTES);
	KUNIT_EXPECT_EQ(test, fault(x, GFN, R), HVR_FAULT_DENIED);
}

static void notifier_drops_leaves(struct kunit *test)
{
	struct mem_fixture *x = with_memory(test);
	u64 gfn;

	KUNIT_ASSERT_EQ(test, set_region(x, GFN + PAGES, x->hva, FLAG_W), 0);
	for (gfn = GFN; gfn < GFN + 8; gfn++) {
		KUNIT_EXPECT_EQ(test, fault(x, gfn, RW), HVR_FAULT_FIXED);
		KUNIT_EXPECT_EQ(test, fault(x, gfn + PAGES, RW), HVR_FAULT_FIXED);
	}
	fake_kicks = 0;
	vm_munmap(x->hva + 2 * PAGE_SIZE, 3 * PAGE_SIZE);
	KUNIT_EXPECT_GE(test, fake_kicks, 2);
	for (gfn = GFN; gfn < GFN + 8; gfn++) {
		bool gone = gfn >= GFN + 2 && gfn < GFN + 5;

		KUNIT_EXPECT_EQ(test, rights(x, gfn) == 0, gone);
		KUNIT_EXPECT_EQ(test, rights(x, gfn + PAGES) == 0, gone);
	}
	KUNIT_EXPECT_EQ(test, fault(x, GFN + 3, R), HVR_FAULT_DENIED);
}

static void unmap_frees_tables(struct kunit *test)
{
	struct mem_fixture *x = with_memory(test);

	KUNIT_EXPECT_EQ(test, fault(x, GFN, RW), HVR_FAULT_FIXED);
	KUNIT_EXPECT_EQ(test, x->pt.mem.slat.pages, 4);
	KUNIT_EXPECT_EQ(test, set_region(x, GFN, x->hva, FLAG_UNMAP), 0);
	KUNIT_EXPECT_EQ(test, x->pt.mem.slat.pages, 1);
	KUNIT_EXPECT_EQ(test, fault(x, GFN, R), HVR_FAULT_UNMAPPED);
}

static void host_writes_are_dirty(struct kunit *test)
{
	struct mem_fixture *x = with_memory(test);
	unsigned long bitmap = mmap_memory(test, PROT_READ | PROT_WRITE);
	struct mshv_gpap_access_bitmap args = {
		.access_type = MSHV_GPAP_ACCESS_TYPE_DIRTY,
		.access_op = MSHV_GPAP_ACCESS_OP_CLEAR,
		.page_count = PAGES, .gpap_base = GFN, .bitmap_ptr = bitmap,
	};
	struct hvr_hold hold;
	u64 val = 0;

	KUNIT_ASSERT_EQ(test, hvr_mem_set_tracking(&x->pt, true), 0);
	hvr_guest_write(&x->pt, GPA + 0xffc, &val, 8);
	hvr_guest_read(&x->pt, GPA + 0x4000, &val, 8);
	KUNIT_ASSERT_EQ(test, hvr_guest_hold(&x->pt, GPA + 0x9000, HVR_HOLD_WRITE,
					     &hold), 0);
	hvr_guest_release(&hold);
	KUNIT_EXPECT_EQ(test, hvr_mem_access_bitmap(&x->pt, &args), 0);
	KUNIT_EXPECT_EQ(test, user_word(test, bitmap), BIT(0) | BIT(1) | BIT(9));
	KUNIT_EXPECT_EQ(test, hvr_mem_access_bitmap(&x->pt, &args), 0);
	KUNIT_EXPECT_EQ(test, user_word(test, bitmap), 0);
	args.bitmap_ptr = 1;
	KUNIT_EXPECT_EQ(test, hvr_mem_access_bitmap(&x->pt, &args), -EFAULT);
}

static struct kunit_case mem_cases[] = {
	KUNIT_CASE(map_and_unmap),
	KUNIT_CASE(read_and_write),
	KUNIT_CASE(copy_across_regions),
	KUNIT_CASE(read_only_region),
	KUNIT_CASE(read_without_sleep),
	KUNIT_CASE(marks),
	KUNIT_CASE(from_another_thread),
	KUNIT_CASE(hold_shares_the_page),
	KUNIT_CASE(hold_lists),
	KUNIT_CASE(fault_rows),
	KUNIT_CASE(fault_maps_the_right_page),
	KUNIT_CASE(fault_without_backing),
	KUNIT_CASE(notifier_drops_leaves),
	KUNIT_CASE(unmap_frees_tables),
	KUNIT_CASE(host_writes_are_dirty),
	{}
};

static struct kunit_suite mem_suite = {
	.name = "hvroot-mem",
	.init = mem_test_init,
	.exit = mem_test_exit,
	.test_cases = mem_cases,
};

kunit_test_suite(mem_suite);
