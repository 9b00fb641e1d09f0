// SPDX-License-Identifier: GPL-2.0
/* What is a macro or an inline function in C, for the abstractions beside it. */

#include <linux/cc_platform.h>
#include <linux/crc32.h>
#include <linux/export.h>
#include <linux/io.h>
#include <linux/mm.h>

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

/* A page cache without huge pages oopses on the first read of one. */
u8 kserial_max_order(void)
{
	return IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE) ? MAX_PAGE_ORDER : 0;
}

bool kserial_is_encrypted(void)
{
	return cc_platform_has(CC_ATTR_MEM_ENCRYPT);
}
