// SPDX-License-Identifier: GPL-2.0
/*
 * The file object of a misc device whose files name a device; all it does is done in file.rs. Each
 * module includes this with KSERIAL_NAMED as the misc device's name.
 */

#include <linux/anon_inodes.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "file.h"

static int named_open(struct inode *inode, struct file *file)
{
	void *named = kserial_named_open();

	if (!named)
		return -ENOMEM;
	file->private_data = named;
	return 0;
}

static int named_release(struct inode *inode, struct file *file)
{
	kserial_named_release(file->private_data);
	return 0;
}

static ssize_t named_write(struct file *file, const char __user *from, size_t len, loff_t *at)
{
	char address[32];

	if (len > sizeof(address))
		return -EINVAL;
	if (copy_from_user(address, from, len))
		return -EFAULT;
	return kserial_named_name(file->private_data, address, len);
}

static ssize_t named_read(struct file *file, char __user *to, size_t len, loff_t *at)
{
	char *text = kzalloc(PAGE_SIZE, GFP_KERNEL);
	ssize_t got;

	if (!text)
		return -ENOMEM;
	got = kserial_named_show(file->private_data, text, PAGE_SIZE);
	if (got > 0)
		got = simple_read_from_buffer(to, len, at, text, got);
	kfree(text);
	return got;
}

static const struct file_operations named_operations = {
	.owner = THIS_MODULE,
	.open = named_open,
	.release = named_release,
	.read = named_read,
	.write = named_write,
	.llseek = default_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = KSERIAL_NAMED,
	.fops = &named_operations,
};

int kserial_named_register(void)
{
	return misc_register(&device);
}

void kserial_named_unregister(void)
{
	misc_deregister(&device);
}

bool kserial_named_is_ours(const struct file *file)
{
	return file->f_op == &named_operations && file->private_data;
}

void *kserial_named_named(const struct file *file)
{
	return file->private_data;
}

/* A file as opening the device gives, for a device that was named before the kexec. */
struct file *kserial_named_file(void *named)
{
	return anon_inode_getfile("[" KSERIAL_NAMED "]", &named_operations, named, O_RDWR);
}
