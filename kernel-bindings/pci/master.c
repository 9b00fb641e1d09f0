// SPDX-License-Identifier: GPL-2.0
/*
 * Bus mastering: taken from a device that nobody drives, and given back.
 *
 * A device may reach memory when somebody owns its translation: the driver that is bound to it, whose
 * domain the core attaches before it probes, or the process that has claimed it from a driver which
 * leaves DMA to others (vfio-pci). Until a process has attached a domain of its own, what it claimed
 * is blocked; so owning is enough.
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
	struct iommu_group *group;
	bool owned;

	if (!device->dev.driver)
		return false;
	group = iommu_group_get(&device->dev);
	/* Without translation there is no domain, and nothing to wait for but the driver. */
	if (!group)
		return true;
	owned = iommu_group_dma_owner_claimed(group);
	iommu_group_put(group);
	return owned;
}

/*
 * A process may give the device up while this happens. Its driver then switches mastering off before
 * the domain goes: so who lost it in between is found by looking again.
 */
static bool give(struct pci_dev *device)
{
	if (!is_owned(device))
		return false;
	pci_set_master(device);
	if (is_owned(device))
		return true;
	pci_clear_master(device);
	return false;
}

/* Gives it back, if somebody owns the device's translation. */
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
