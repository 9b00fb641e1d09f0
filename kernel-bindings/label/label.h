/* SPDX-License-Identifier: GPL-2.0 */
/* Labels: what a file of the misc device has, for whoever hands it over; file.c is the object itself. */
#ifndef KSERIAL_LABEL_H
#define KSERIAL_LABEL_H

#include <linux/types.h>

struct file;

#ifndef LABEL_NAME
#define LABEL_NAME "kserial-label"
#endif
#define LABEL_ROOM 40

/*
 * The second shape differs from the first in every way that a record may change: a member inserted,
 * one removed, one widened, the order changed, and one added that an older kernel must not miss.
 */
struct label {
#if CONFIG_KSERIAL_GENERATION == 1
	u32 writes;
	u32 unused;
	char text[LABEL_ROOM];
#else
	char text[LABEL_ROOM];
	u64 writes;
	u32 length;
	u32 pinned;
#ifdef LABEL_OWNED
	u64 owner;
#endif
#endif
};

int label_device_register(void);
void label_device_unregister(void);

/* Whether a file is one of these. */
bool label_is_ours(const struct file *file);

/* What the file has now. */
void label_of(const struct file *file, struct label *label);

/* A file that has this, or an error pointer. */
struct file *label_file(const struct label *label);

#endif
