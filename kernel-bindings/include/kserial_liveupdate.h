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

/*
 * A handler's private_data is the image, from preserve to unpreserve: what is set there in a
 * freeze, Live Update forgets.
 */
struct kserial_outgoing;

/*
 * Preserves an image of `count` rows for the next kernel; to be called in a handler's preserve. May
 * sleep. -EINVAL for a note that is no layout or for values that it does not allow, -ENOMEM.
 */
int kserial_preserve(const struct kserial_note *note, const void *rows, size_t count,
		     struct kserial_outgoing **out);

/* What the next kernel finds it by: the handler's serialized_data, also after a freeze. */
u64 kserial_handle(const struct kserial_outgoing *image);

/*
 * Writes the rows again as they are now, where they lie, without allocating; to be called in a
 * handler's freeze, as often as there is one. As many rows as were preserved, by the same note, and
 * with the same keys and end marks. -EOPNOTSUPP if the next kernel would not take them, as far as
 * userspace has said what it declares; -EINVAL for notes of it that cannot be read, and for rows
 * that are not allowed. To return that calls the kexec off; the image is what it was.
 */
int kserial_freeze(struct kserial_outgoing *image, const struct kserial_note *note,
		   const void *rows, size_t count);

/* Unpreserves and frees it; to be called in a handler's unpreserve. */
void kserial_unpreserve(struct kserial_outgoing *image);

/*
 * Only the question of kserial_freeze(): for rows that do not change any more. -EOPNOTSUPP, -EINVAL
 * as there, -ENOMEM.
 */
int kserial_takes(const struct kserial_note *note, const void *rows, size_t count);

/*
 * Takes the image over and frees it, and says how many of at most `count` rows it held. -ENOENT if
 * nothing was handed over there, -EIO if it is damaged, -EOPNOTSUPP if this kernel must not take
 * it, -E2BIG for more rows than there is room for, -ENOMEM. A handle is used up by this, whatever
 * comes of it.
 */
ssize_t kserial_restore(u64 handle, const struct kserial_note *note, void *rows, size_t count);

/* Frees what nobody asked for, unread; to be called in the finish of what was not retrieved. */
void kserial_abandon(u64 handle);

#endif
