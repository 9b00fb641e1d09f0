// SPDX-License-Identifier: GPL-2.0
/* What is a macro or an inline function in C, for the abstractions beside it. */

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
