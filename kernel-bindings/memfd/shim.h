/* SPDX-License-Identifier: GPL-2.0 */
/* What the page cache and shmem need of C; what is done with it is decided in Rust. */
#ifndef KSERIAL_MEMFD_SHIM_H
#define KSERIAL_MEMFD_SHIM_H

#include <linux/types.h>

struct file;
struct folio;
struct inode;

/* A memfd whose folios are pinned and preserved, and whose size is frozen. */
struct kserial_memfd {
	struct inode *inode;
	struct folio **folios;
	long count;
	u64 size;
};

/* A folio of a preserved memfd. */
struct kserial_folio {
	u64 pfn;
	u64 index;
	u8 order;
};

const char *kserial_memfd_name(const struct file *file);
unsigned long kserial_memfd_id(const struct file *file);
int kserial_memfd_preserve(struct file *file, struct kserial_memfd *memfd);
void kserial_memfd_unpreserve(struct kserial_memfd *memfd);
void kserial_memfd_folio(const struct kserial_memfd *memfd, long n, struct kserial_folio *out);
u64 kserial_memfd_position(const struct file *file);
int kserial_memfd_seals(struct file *file);
u32 kserial_memfd_mode(const struct file *file);

struct file *kserial_memfd_make(const char *name, u32 mode, u32 seals, u64 size, u64 position);
int kserial_memfd_add(struct file *file, struct folio *folio, u64 index);

#endif
