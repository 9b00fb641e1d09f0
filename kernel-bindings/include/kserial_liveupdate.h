/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rows of C structs across a live update.
 *
 * The note is what KSERIAL_RECORD() of kserial.h made of the struct, given as `&var.note`. Rows are
 * written in that layout, or in the next kernel's, where userspace has said what that declares and it
 * may have them. Whatever kernel wrote them, they are read in the layout of the note that the reader
 * gives, or not at all.
 */
#ifndef KSERIAL_LIVEUPDATE_H
#define KSERIAL_LIVEUPDATE_H

#include <linux/types.h>

#include "kserial.h"

struct kserial_outgoing;

/*
 * Preserves an image of `count` rows for the next kernel; to be called in a handler's preserve. May
 * sleep. -EINVAL for a note that is no layout or for values that it does not allow, -ENOMEM.
 */
int kserial_preserve(const struct kserial_note *note, const void *rows, size_t count,
		     struct kserial_outgoing **out);

/* What the next kernel finds it by: the handler's serialized_data. */
u64 kserial_handle(const struct kserial_outgoing *image);

/* Unpreserves and frees it; to be called in a handler's unpreserve. */
void kserial_unpreserve(struct kserial_outgoing *image);

/*
 * Whether the next kernel takes the rows, as far as userspace has said what it declares; to be called
 * in a handler's freeze, where -EOPNOTSUPP calls the kexec off.
 */
int kserial_takes(const struct kserial_note *note, const void *rows, size_t count);

/*
 * Takes the image over and frees it, and says how many of at most `count` rows it held. -ENOENT if
 * nothing was handed over there, -EIO if it is damaged, -EOPNOTSUPP if this kernel must not take it,
 * -E2BIG for more rows than there is room for. A handle is used up by this, whatever comes of it.
 */
ssize_t kserial_restore(u64 handle, const struct kserial_note *note, void *rows, size_t count);

#endif
