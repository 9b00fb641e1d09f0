// SPDX-License-Identifier: GPL-2.0
/* What the page cache and shmem need of C; what is done with it is decided in Rust. */

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kexec_handover.h>
#include <linux/memcontrol.h>
#include <linux/memfd.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/vmalloc.h>
#include <uapi/linux/memfd.h>

#include "../../../../mm/internal.h"
#include "shim.h"

/* The name that memfd_create() was given, or NULL for what is no memfd. */
const char *kserial_memfd_name(const struct file *file)
{
	const char *name = file->f_path.dentry->d_name.name;

	if (!shmem_file((struct file *)file) || file_inode(file)->i_nlink)
		return NULL;
	return strncmp(name, "memfd:", 6) ? NULL : name + 6;
}

/* Opened again by its link in /proc, a memfd has another file, and the same folios. */
unsigned long kserial_memfd_id(const struct file *file)
{
	return (unsigned long)file_inode(file);
}

static void let_go(struct kserial_memfd *memfd, long preserved)
{
	for (long i = 0; i < preserved; i++)
		kho_unpreserve_folio(memfd->folios[i]);
	if (memfd->count)
		unpin_folios(memfd->folios, memfd->count);
	kvfree(memfd->folios);
	memfd->folios = NULL;
	memfd->count = 0;
}

/* Nobody may find a folio clean, and drop it, or without contents, after the update. */
static void settle(struct folio *folio)
{
	folio_lock(folio);
	folio_mark_dirty(folio);
	if (!folio_test_uptodate(folio)) {
		folio_zero_range(folio, 0, folio_size(folio));
		flush_dcache_folio(folio);
		folio_mark_uptodate(folio);
	}
	folio_unlock(folio);
}

static int pin_and_preserve(struct file *file, struct kserial_memfd *memfd)
{
	unsigned long pages = DIV_ROUND_UP(memfd->size, PAGE_SIZE);
	pgoff_t offset;
	long got;

	if (!memfd->size)
		return 0;
	if (pages > UINT_MAX)
		return -EFBIG;
	memfd->folios = kvcalloc(pages, sizeof(*memfd->folios), GFP_KERNEL);
	if (!memfd->folios)
		return -ENOMEM;
	got = memfd_pin_folios(file, 0, memfd->size - 1, memfd->folios, pages, &offset);
	if (got < 0) {
		let_go(memfd, 0);
		return got;
	}
	memfd->count = got;
	for (long i = 0; i < got; i++) {
		int err = kho_preserve_folio(memfd->folios[i]);

		if (err) {
			let_go(memfd, i);
			return err;
		}
		settle(memfd->folios[i]);
	}
	return 0;
}

int kserial_memfd_preserve(struct file *file, struct kserial_memfd *memfd)
{
	struct inode *inode = file_inode(file);
	int err;

	memset(memfd, 0, sizeof(*memfd));
	inode_lock(inode);
	shmem_freeze(inode, true);
	memfd->inode = inode;
	memfd->size = i_size_read(inode);
	err = pin_and_preserve(file, memfd);
	if (err)
		shmem_freeze(inode, false);
	inode_unlock(inode);
	return err;
}

/* The file must still be there. */
void kserial_memfd_unpreserve(struct kserial_memfd *memfd)
{
	inode_lock(memfd->inode);
	shmem_freeze(memfd->inode, false);
	let_go(memfd, memfd->count);
	inode_unlock(memfd->inode);
}

void kserial_memfd_folio(const struct kserial_memfd *memfd, long n, struct kserial_folio *out)
{
	const struct folio *folio = memfd->folios[n];

	out->pfn = folio_pfn(folio);
	out->index = folio->index;
	out->order = folio_order(folio);
}

u64 kserial_memfd_position(const struct file *file)
{
	return file->f_pos;
}

int kserial_memfd_seals(struct file *file)
{
	return memfd_get_seals(file);
}

u32 kserial_memfd_mode(const struct file *file)
{
	return file_inode(file)->i_mode & 0777;
}

/* A memfd of that name and size without contents. */
struct file *kserial_memfd_make(const char *name, u32 mode, u32 seals, u64 size, u64 position)
{
	char full[NAME_MAX + 1];
	struct inode *inode;
	struct file *file;
	int err;

	snprintf(full, sizeof(full), "memfd:%s", name);
	file = memfd_alloc_file(full, MFD_ALLOW_SEALING);
	if (IS_ERR(file))
		return file;
	inode = file_inode(file);
	/* Before the seals: sealing execution of a file that has it also seals writing. */
	inode->i_mode = (inode->i_mode & ~0777) | (mode & 0777);
	err = memfd_add_seals(file, seals);
	if (err) {
		fput(file);
		return ERR_PTR(err);
	}
	i_size_write(inode, size);
	vfs_setpos(file, position, MAX_LFS_FILESIZE);
	return file;
}

/* Takes the folio over, whatever comes of it. */
int kserial_memfd_add(struct file *file, struct folio *folio, u64 index)
{
	struct inode *inode = file_inode(file);
	struct address_space *mapping = inode->i_mapping;
	gfp_t gfp = mapping_gfp_mask(mapping);
	long pages = folio_nr_pages(folio);
	int err;

	__folio_set_locked(folio);
	__folio_set_swapbacked(folio);
	err = mem_cgroup_charge(folio, NULL, gfp);
	if (!err)
		err = shmem_add_to_page_cache(folio, mapping, index, NULL, gfp);
	if (err)
		goto out;
	folio_mark_uptodate(folio);
	folio_mark_dirty(folio);
	err = shmem_inode_acct_blocks(inode, pages);
	if (err) {
		filemap_remove_folio(folio);
		goto out;
	}
	shmem_recalc_inode(inode, pages, 0);
	folio_add_lru(folio);
out:
	folio_unlock(folio);
	folio_put(folio);
	return err;
}
