// SPDX-License-Identifier: GPL-2.0
/* What is a macro or an inline function in C, for the abstractions beside it. */

#include <linux/cc_platform.h>
#include <linux/crc32.h>
#include <linux/export.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/list_private.h>
#include <linux/lockdep.h>
#include <linux/memblock.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/utsname.h>

#include "../../luo_internal.h"
#include "shim.h"

phys_addr_t kserial_virt_to_phys(const void *memory)
{
	return virt_to_phys((void *)memory);
}

/* The folio's bytes in the direct mapping, and how many they are. */
void *kserial_folio_bytes(struct folio *folio, size_t *len)
{
	*len = folio_size(folio);
	return folio_address(folio);
}

/*
 * The boot marks the first page of everything that was handed over, with its order; restoring clears
 * the mark. Kexec Handover keeps the mark to itself, and warns when it is asked for what has none.
 */
#define HANDED_OVER 0x4b484f50ul

static bool is_handed_over(const struct page *page)
{
	return page && page->private >> 32 == HANDED_OVER;
}

bool kserial_is_handed_over(phys_addr_t at)
{
	return PAGE_ALIGNED(at) && is_handed_over(pfn_to_online_page(PHYS_PFN(at)));
}

/* Of memory that was handed over: looked at, and left to whoever restores it. */
bool kserial_begins_with(phys_addr_t at, u64 word)
{
	return READ_ONCE(*(const u64 *)phys_to_virt(at)) == word;
}

/* Pages that were handed over and that nobody has restored. */
u64 kserial_held_pages(void)
{
	unsigned long step;
	u64 held = 0;

	for (unsigned long pfn = 0; pfn < max_pfn; pfn += step) {
		const struct page *page = pfn_to_online_page(pfn);

		step = 1;
		if (is_handed_over(page)) {
			step = 1ul << min_t(unsigned long, page->private & U32_MAX, MAX_PAGE_ORDER);
			held += step;
		}
		if (!(pfn & 0xffff))
			cond_resched();
	}
	return held;
}

void kserial_folio_put(struct folio *folio)
{
	folio_put(folio);
}

/* The length of the folio that kho_alloc_preserve() takes for so many bytes. */
size_t kserial_folio_len(size_t len)
{
	return PAGE_SIZE << get_order(len);
}

u32 kserial_crc32(const void *bytes, size_t len)
{
	return crc32_le(~0, bytes, len) ^ ~0;
}

/* Two images with one number could pass for each other, segment by segment. */
u32 kserial_image_number(void)
{
	return get_random_u32();
}

/* A page cache without huge pages oopses on the first read of one. */
u8 kserial_max_order(void)
{
	return IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE) ? MAX_PAGE_ORDER : 0;
}

bool kserial_is_encrypted(void)
{
	return cc_platform_has(CC_ATTR_MEM_ENCRYPT);
}

const char *kserial_release(void)
{
	return init_utsname()->release;
}

/* The orchestrator's callbacks hold this one. */
void kserial_may_register(void)
{
	might_sleep();
	lockdep_assert_not_held(&luo_register_rwlock);
}

/* The callbacks of an FLB hold one of its locks; they are made when it is first used. */
void kserial_flb_may_get(struct liveupdate_flb *flb)
{
	struct luo_flb_private *private = &ACCESS_PRIVATE(flb, private);

	might_sleep();
	if (!smp_load_acquire(&private->initialized))
		return;
	lockdep_assert_not_held(&private->outgoing.lock);
	lockdep_assert_not_held(&private->incoming.lock);
}

/* A reference to the page at an address, if it is in use and a folio of its own. */
struct folio *kserial_page_hold(u64 address, void **start)
{
	struct page *page = pfn_to_online_page(PHYS_PFN(address));
	struct folio *folio;

	if (!page || !PAGE_ALIGNED(address))
		return NULL;
	folio = page_folio(page);
	if (!folio_try_get(folio))
		return NULL;
	/* Only now it stays what it is. */
	if (page_folio(page) != folio || folio_test_large(folio) || !folio_address(folio)) {
		folio_put(folio);
		return NULL;
	}
	*start = folio_address(folio);
	return folio;
}
