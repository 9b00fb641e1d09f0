/* SPDX-License-Identifier: GPL-2.0 */
/* The file object of /dev/kserial-pci; all it does is done in file.rs. */
#ifndef KSERIAL_PCI_FILE_H
#define KSERIAL_PCI_FILE_H

#include <linux/types.h>

struct file;

/* In Rust. */
void *kserial_pci_open(void);
void kserial_pci_release(void *named);
ssize_t kserial_pci_name(void *named, const char *address, size_t len);
ssize_t kserial_pci_show(void *named, char *text, size_t size);

/* In C. */
int kserial_pci_register(void);
void kserial_pci_unregister(void);
bool kserial_pci_is_ours(const struct file *file);
void *kserial_pci_named(const struct file *file);
struct file *kserial_pci_file(void *named);

#endif
