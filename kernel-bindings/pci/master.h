/* SPDX-License-Identifier: GPL-2.0 */
/* Bus mastering: taken from a device that nobody drives, and given back. */
#ifndef KSERIAL_PCI_MASTER_H
#define KSERIAL_PCI_MASTER_H

#include <linux/types.h>

struct pci_dev;

int kserial_master_register(void);
void kserial_master_unregister(void);
bool kserial_master_withhold(struct pci_dev *device);
bool kserial_master_give(struct pci_dev *device);

/* In Rust: a driver is bound to the device, whose lock is held; whether it shall be given back. */
bool kserial_master_is_withheld(u32 segment, u8 bus, u8 devfn);
void kserial_master_given(u32 segment, u8 bus, u8 devfn);

#endif
