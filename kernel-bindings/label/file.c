// SPDX-License-Identifier: GPL-2.0
/* The files of /dev/kserial-label: userspace writes a text into one, and reads it. */

#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "label.h"

struct labelled {
	struct mutex lock;
	struct label label;
};

static ssize_t label_read(struct file *file, char __user *to, size_t len, loff_t *at)
{
	char text[LABEL_ROOM + 1] = {};
	struct label label;

	label_of(file, &label);
	memcpy(text, label.text, LABEL_ROOM);
	return simple_read_from_buffer(to, len, at, text, strlen(text));
}

static ssize_t label_write(struct file *file, const char __user *from, size_t len, loff_t *at)
{
	struct labelled *labelled = file->private_data;
	char text[LABEL_ROOM] = {};

	if (len > LABEL_ROOM)
		return -E2BIG;
	if (copy_from_user(text, from, len))
		return -EFAULT;
	mutex_lock(&labelled->lock);
	memcpy(labelled->label.text, text, LABEL_ROOM);
	labelled->label.writes++;
#if CONFIG_KSERIAL_GENERATION != 1
	labelled->label.length = len;
	labelled->label.pinned = text[0] == '!';
#endif
	mutex_unlock(&labelled->lock);
	return len;
}

static struct labelled *labelled_new(void)
{
	struct labelled *labelled = kzalloc(sizeof(*labelled), GFP_KERNEL);

	if (labelled)
		mutex_init(&labelled->lock);
	return labelled;
}

static int label_open(struct inode *inode, struct file *file)
{
	file->private_data = labelled_new();
	return file->private_data ? 0 : -ENOMEM;
}

static int label_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static const struct file_operations label_operations = {
	.owner = THIS_MODULE,
	.open = label_open,
	.release = label_release,
	.read = label_read,
	.write = label_write,
	.llseek = default_llseek,
};

static struct miscdevice label_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = LABEL_NAME,
	.fops = &label_operations,
	.mode = 0600,
};

int label_device_register(void)
{
	return misc_register(&label_device);
}

void label_device_unregister(void)
{
	misc_deregister(&label_device);
}

bool label_is_ours(const struct file *file)
{
	return file->f_op == &label_operations;
}

void label_of(const struct file *file, struct label *label)
{
	struct labelled *labelled = file->private_data;

	mutex_lock(&labelled->lock);
	*label = labelled->label;
	mutex_unlock(&labelled->lock);
}

struct file *label_file(const struct label *label)
{
	struct labelled *labelled = labelled_new();
	struct file *file;

	if (!labelled)
		return ERR_PTR(-ENOMEM);
	labelled->label = *label;
	file = anon_inode_getfile(LABEL_NAME, &label_operations, labelled, O_RDWR);
	if (IS_ERR(file))
		kfree(labelled);
	return file;
}
