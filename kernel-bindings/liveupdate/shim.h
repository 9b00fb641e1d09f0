/* SPDX-License-Identifier: GPL-2.0 */
/* What is a macro or an inline function in C, for the abstractions beside it. */
#ifndef KSERIAL_LIVEUPDATE_SHIM_H
#define KSERIAL_LIVEUPDATE_SHIM_H

#include <linux/types.h>

struct folio;

phys_addr_t kserial_virt_to_phys(const void *memory);
void *kserial_folio_bytes(struct folio *folio, size_t *len);
void kserial_folio_put(struct folio *folio);

#endif
