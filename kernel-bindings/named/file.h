/* SPDX-License-Identifier: GPL-2.0 */
/* The file object of a misc device whose files name a device; all it does is done in file.rs. */
#ifndef KSERIAL_NAMED_FILE_H
#define KSERIAL_NAMED_FILE_H

#include <linux/types.h>

struct file;

/* In Rust. */
void *kserial_named_open(void);
void kserial_named_release(void *named);
ssize_t kserial_named_name(void *named, const char *address, size_t len);
ssize_t kserial_named_show(void *named, char *text, size_t size);

/* In C. */
int kserial_named_register(void);
void kserial_named_unregister(void);
bool kserial_named_is_ours(const struct file *file);
void *kserial_named_named(const struct file *file);
struct file *kserial_named_file(void *named);

#endif
