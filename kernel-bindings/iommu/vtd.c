// SPDX-License-Identifier: GPL-2.0
/* What Intel's driver knows of a device's translation; tables are walked in Rust. */

#include <linux/pci.h>

#include "iommu.h"
#include "vtd.h"

int kserial_vtd_of(struct pci_dev *device, struct kserial_vtd *out)
{
	struct device_domain_info *info;
	int err = -ENODEV;

	/* A device that is being removed leaves its unit. */
	pci_lock_rescan_remove();
	if (!intel_iommu_enabled || !device->dev.iommu)
		goto out;
	info = dev_iommu_priv_get(&device->dev);
	if (!info || &info->iommu->iommu != device->dev.iommu->iommu_dev)
		goto out;
	out->unit = info->iommu->reg_phys;
	out->root = readq(info->iommu->reg + DMAR_RTADDR_REG);
	out->bus = info->bus;
	out->devfn = info->devfn;
	err = 0;
out:
	pci_unlock_rescan_remove();
	return err;
}
