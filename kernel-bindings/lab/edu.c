// SPDX-License-Identifier: GPL-2.0
/*
 * The lab's driver of QEMU's educational device: one that leaves DMA to the kernel, and does not let
 * its device master the bus by itself.
 */

#include <linux/module.h>
#include <linux/pci.h>

static int edu_probe(struct pci_dev *device, const struct pci_device_id *id)
{
	return pcim_enable_device(device);
}

static const struct pci_device_id edu_devices[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) },
	{}
};
MODULE_DEVICE_TABLE(pci, edu_devices);

static struct pci_driver edu_driver = {
	.name = "lab-edu",
	.id_table = edu_devices,
	.probe = edu_probe,
};
module_pci_driver(edu_driver);

MODULE_AUTHOR("The KSerial developers");
MODULE_DESCRIPTION("A driver of QEMU's educational device, for the lab");
MODULE_LICENSE("GPL");
