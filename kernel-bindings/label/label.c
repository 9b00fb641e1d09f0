// SPDX-License-Identifier: GPL-2.0
/*
 * Labels across a live update: a user of KSerial in C.
 *
 * Userspace opens /dev/kserial-label, writes a text into the file and preserves it. The next kernel's
 * file has the text as it is at the freeze, whatever shape that kernel's struct had.
 */

#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/liveupdate.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "kserial_liveupdate.h"

#ifndef LABEL_NAME
#define LABEL_NAME "kserial-label"
#endif
#define LABEL_ROOM 40

/*
 * The second shape differs from the first in every way that a record may change: a member inserted,
 * one removed, one widened, the order changed, and one added that an older kernel must not miss.
 */
#if CONFIG_KSERIAL_GENERATION == 1
struct label {
	u32 writes;
	u32 unused;
	char text[LABEL_ROOM];
};

KSERIAL_RECORD(label_note, struct label, LABEL_NAME, 0, KSERIAL_WRITES | KSERIAL_READS,
	       KSERIAL_FILE,
	KSERIAL_MEMBER(1, struct label, writes, KSERIAL_DEFAULT(0)),
	KSERIAL_MEMBER(2, struct label, unused, KSERIAL_DEFAULT(0)),
	KSERIAL_TEXT(3, struct label, text));
#else
struct label {
	char text[LABEL_ROOM];
	u64 writes;
	u32 length;
	u32 pinned;
#ifdef LABEL_OWNED
	u64 owner;
#endif
};

#ifdef LABEL_OWNED
/* Without a default: a label that nobody owns cannot be read. */
#define LABEL_OWNER KSERIAL_MEMBER(6, struct label, owner),
#else
#define LABEL_OWNER
#endif

KSERIAL_RECORD(label_note, struct label, LABEL_NAME, 0, KSERIAL_WRITES | KSERIAL_READS,
	       KSERIAL_FILE,
	KSERIAL_TEXT(3, struct label, text),
	KSERIAL_MEMBER(1, struct label, writes, KSERIAL_DEFAULT(0)),
	KSERIAL_MEMBER(4, struct label, length, .unit = "bytes", KSERIAL_DEFAULT(0)),
	/* A text that begins with an exclamation mark: who cannot pin it must not take it. */
	KSERIAL_MEMBER(5, struct label, pinned, .critical = 1, KSERIAL_DEFAULT(0)),
	LABEL_OWNER
	KSERIAL_RETIRED(2, "unused"));
#endif

/* What a file of this device has. */
struct labelled {
	struct mutex lock;
	struct label label;
};

static ssize_t label_read(struct file *file, char __user *to, size_t len, loff_t *at)
{
	struct labelled *labelled = file->private_data;
	char text[LABEL_ROOM + 1] = {};

	mutex_lock(&labelled->lock);
	memcpy(text, labelled->label.text, LABEL_ROOM);
	mutex_unlock(&labelled->lock);
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

static bool label_can_preserve(struct liveupdate_file_handler *handler, struct file *file)
{
	return file->f_op == &label_operations;
}

static int label_preserve(struct liveupdate_file_op_args *args)
{
	struct labelled *labelled = args->file->private_data;
	struct kserial_outgoing *image;
	int err;

	mutex_lock(&labelled->lock);
	err = kserial_preserve(&label_note.note, &labelled->label, 1, &image);
	mutex_unlock(&labelled->lock);
	if (err)
		return err;
	args->serialized_data = kserial_handle(image);
	args->private_data = image;
	return 0;
}

static void label_unpreserve(struct liveupdate_file_op_args *args)
{
	kserial_unpreserve(args->private_data);
}

/* What is handed over is the text as it is now; an error calls the kexec off, and harms nobody. */
static int label_freeze(struct liveupdate_file_op_args *args)
{
	struct labelled *labelled = args->file->private_data;
	struct kserial_outgoing *old = args->private_data;
	int err;

	mutex_lock(&labelled->lock);
	err = kserial_takes(&label_note.note, &labelled->label, 1);
	mutex_unlock(&labelled->lock);
	if (!err)
		err = label_preserve(args);
	if (!err)
		kserial_unpreserve(old);
	return err;
}

static int label_retrieve(struct liveupdate_file_op_args *args)
{
	struct labelled *labelled = labelled_new();
	struct file *file;
	ssize_t rows;

	if (!labelled)
		return -ENOMEM;
	rows = kserial_restore(args->serialized_data, &label_note.note, &labelled->label, 1);
	if (rows != 1) {
		kfree(labelled);
		return rows < 0 ? rows : -EINVAL;
	}
	file = anon_inode_getfile(LABEL_NAME, &label_operations, labelled, O_RDWR);
	if (IS_ERR(file)) {
		kfree(labelled);
		return PTR_ERR(file);
	}
	args->file = file;
	return 0;
}

static void label_finish(struct liveupdate_file_op_args *args)
{
	struct label label;

	/* Nobody asked for it: what is held for it goes. */
	if (!args->retrieve_status)
		kserial_restore(args->serialized_data, &label_note.note, &label, 1);
}

static const struct liveupdate_file_ops label_live_operations = {
	.owner = THIS_MODULE,
	.can_preserve = label_can_preserve,
	.preserve = label_preserve,
	.unpreserve = label_unpreserve,
	.freeze = label_freeze,
	.retrieve = label_retrieve,
	.finish = label_finish,
};

static struct liveupdate_file_handler label_handler = {
	.ops = &label_live_operations,
	.compatible = LABEL_NAME,
};

static struct miscdevice label_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = LABEL_NAME,
	.fops = &label_operations,
	.mode = 0600,
};

static int __init label_init(void)
{
	int err = liveupdate_register_file_handler(&label_handler);

	if (err)
		return err;
	err = misc_register(&label_device);
	if (err)
		liveupdate_unregister_file_handler(&label_handler);
	return err;
}
module_init(label_init);

static void __exit label_exit(void)
{
	misc_deregister(&label_device);
	liveupdate_unregister_file_handler(&label_handler);
}
module_exit(label_exit);

MODULE_AUTHOR("The KSerial developers");
MODULE_DESCRIPTION("Labels across a live update: a user of KSerial in C");
MODULE_LICENSE("GPL");
