/* SPDX-License-Identifier: GPL-2.0 */
/* What Intel's driver knows of a device's translation. */
#ifndef KSERIAL_IOMMU_VTD_H
#define KSERIAL_IOMMU_VTD_H

#include <linux/types.h>

struct pci_dev;

/* Where a unit begins to translate for a device. */
struct kserial_vtd {
	u64 unit;	/* physical address of the unit's registers */
	u64 root;	/* the register that leads to the root table, as hardware has it */
	u8 bus;		/* what the unit knows the device by */
	u8 devfn;
};

int kserial_vtd_of(struct pci_dev *device, struct kserial_vtd *out);

#endif
