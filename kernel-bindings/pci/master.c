// SPDX-License-Identifier: GPL-2.0
/*
 * Bus mastering: taken from a device that nobody drives, and given back.
 *
 * A device that was not reset may still go on with what the old kernel told it to do. So it reaches
 * memory again when somebody owns its translation: the driver that is bound to it, whose domain the
 * core attaches before it probes, or the process that has claimed it from a driver which leaves DMA
 * to others (vfio-pci). Until a process has attached a domain of its own, what it claimed is
 * blocked; so owning is enough. Where nothing translates, nothing is given back: a driver that has
 * made its device ready switches mastering on by itself.
 */

#include <linux/device.h>
#include <linux/device/bus.h>
#include <linux/iommu.h>
#include <linux/notifier.h>
#include <linux/pci.h>

#include "master.h"

/* With the device's lock held, so that a driver stays bound. */
static bool is_owned(struct pci_dev *device)
{
	struct iommu_domain *domain;
	struct iommu_group *group;
	bool owned;

	if (!device->driver)
		return false;
	group = iommu_group_get(&device->dev);
	if (!group)
		return false;
	owned = iommu_group_dma_owner_claimed(group);
	/* The kernel's own domain stays while a driver is bound; it may let all through. */
	if (owned && !device->driver->driver_managed_dma) {
		domain = iommu_get_domain_for_dev(&device->dev);
		owned = domain && domain->type != IOMMU_DOMAIN_IDENTITY;
	}
	iommu_group_put(group);
	return owned;
}

/* With the device's lock held: whether a driver of the kernel's has switched it on, knowing why. */
static bool is_on(struct pci_dev *device)
{
	return device->driver && !device->driver->driver_managed_dma && device->is_busmaster;
}

/*
 * A process may give the device up while this happens. Its driver then switches mastering off
 * before the domain goes: so who lost it in between is found by looking again.
 */
static bool give(struct pci_dev *device)
{
	if (is_on(device))
		return true;
	if (!is_owned(device))
		return false;
	pci_set_master(device);
	if (is_owned(device))
		return true;
	pci_clear_master(device);
	return false;
}

/* Gives it back, if somebody owns the device's translation; says whether the device has it. */
bool kserial_master_give(struct pci_dev *device)
{
	bool given;

	device_lock(&device->dev);
	given = give(device);
	device_unlock(&device->dev);
	return given;
}

/* Takes it from a device that has no driver; says whether it has none. */
bool kserial_master_withhold(struct pci_dev *device)
{
	bool alone;

	device_lock(&device->dev);
	alone = !device->dev.driver;
	if (alone)
		pci_clear_master(device);
	device_unlock(&device->dev);
	return alone;
}

static int bound(struct notifier_block *block, unsigned long event, void *data)
{
	struct pci_dev *device = to_pci_dev(data);
	u32 segment = pci_domain_nr(device->bus);
	u8 bus = device->bus->number, devfn = device->devfn;

	/* The device's lock is held. */
	if (event == BUS_NOTIFY_BOUND_DRIVER && kserial_master_is_withheld(segment, bus, devfn) &&
	    give(device))
		kserial_master_given(segment, bus, devfn);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = { .notifier_call = bound };

int kserial_master_register(void)
{
	return bus_register_notifier(&pci_bus_type, &notifier);
}

void kserial_master_unregister(void)
{
	bus_unregister_notifier(&pci_bus_type, &notifier);
}
