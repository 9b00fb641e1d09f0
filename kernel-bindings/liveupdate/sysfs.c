// SPDX-License-Identifier: GPL-2.0
/* The folder /sys/kernel/kserial; what is in its files is in status.rs and next.rs. */

#include <linux/init.h>
#include <linux/kexec_handover.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>

#include "shim.h"

static ssize_t status_show(struct kobject *kobj, struct kobj_attribute *attr, char *out)
{
	return kserial_status_show(out, PAGE_SIZE);
}

static ssize_t next_write(struct file *file, struct kobject *kobj,
			  const struct bin_attribute *attr, char *from, loff_t at, size_t len)
{
	return kserial_next_write(at, from, len);
}

static struct kobj_attribute status = __ATTR_RO_MODE(status, 0400);
static const struct bin_attribute next = {
	.attr = { .name = "next", .mode = 0200 },
	.write = next_write,
};

static int __init kserial_init(void)
{
	struct kobject *folder;
	int err;

	kserial_liveupdate_init();
	folder = kobject_create_and_add("kserial", kernel_kobj);
	if (!folder)
		return -ENOMEM;
	err = sysfs_create_file(folder, &status.attr);
	if (!err)
		err = sysfs_create_bin_file(folder, &next);
	if (err)
		kobject_put(folder);
	return err;
}
subsys_initcall(kserial_init);

/* Kexec Handover is there by then. */
static int __init lineage_init(void)
{
	if (kho_is_enabled())
		kserial_lineage_begin();
	return 0;
}
late_initcall(lineage_init);
