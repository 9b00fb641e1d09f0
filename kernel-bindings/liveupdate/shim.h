/* SPDX-License-Identifier: GPL-2.0 */
/* What is a macro or an inline function in C, for the abstractions beside it. */
#ifndef KSERIAL_LIVEUPDATE_SHIM_H
#define KSERIAL_LIVEUPDATE_SHIM_H

#include <linux/types.h>

struct folio;
struct liveupdate_flb;

phys_addr_t kserial_virt_to_phys(const void *memory);
void *kserial_folio_bytes(struct folio *folio, size_t *len);
void kserial_folio_put(struct folio *folio);
bool kserial_is_handed_over(phys_addr_t at);
bool kserial_begins_with(phys_addr_t at, u64 word);
u64 kserial_held_pages(void);
size_t kserial_folio_len(size_t len);
u32 kserial_crc32(const void *bytes, size_t len);
u32 kserial_image_number(void);
u8 kserial_max_order(void);
bool kserial_is_encrypted(void);
const char *kserial_release(void);
struct folio *kserial_page_hold(u64 address, void **start);
void kserial_may_register(void);
void kserial_flb_may_get(struct liveupdate_flb *flb);

/* In Rust. */
void kserial_liveupdate_init(void);
void kserial_lineage_begin(void);
ssize_t kserial_status_show(char *out, size_t size);
ssize_t kserial_next_write(loff_t at, const char *from, size_t len);

#endif
