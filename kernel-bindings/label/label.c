// SPDX-License-Identifier: GPL-2.0
/*
 * Labels across a live update: a user of KSerial in C.
 *
 * Userspace opens /dev/kserial-label, writes a text into the file and preserves it. The next kernel's
 * file has the text as it is at the freeze, whatever shape that kernel's struct had.
 */

#include <linux/err.h>
#include <linux/liveupdate.h>
#include <linux/module.h>

#include "kserial_liveupdate.h"
#include "label.h"

#if CONFIG_KSERIAL_GENERATION == 1
KSERIAL_RECORD(label_note, struct label, LABEL_NAME, 0, KSERIAL_WRITES | KSERIAL_READS,
	       KSERIAL_FILE,
	KSERIAL_MEMBER(1, struct label, writes, KSERIAL_DEFAULT(0)),
	KSERIAL_MEMBER(2, struct label, unused, KSERIAL_DEFAULT(0)),
	KSERIAL_TEXT(3, struct label, text));
#else
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

static bool label_can_preserve(struct liveupdate_file_handler *handler, struct file *file)
{
	return label_is_ours(file);
}

static int label_preserve(struct liveupdate_file_op_args *args)
{
	struct kserial_outgoing *image;
	struct label label;
	int err;

	label_of(args->file, &label);
	err = kserial_preserve(&label_note.note, &label, 1, &image);
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
	struct label label;

	label_of(args->file, &label);
	return kserial_freeze(args->private_data, &label_note.note, &label, 1);
}

static int label_retrieve(struct liveupdate_file_op_args *args)
{
	struct label label = {};
	struct file *file;
	ssize_t rows;

	rows = kserial_restore(args->serialized_data, &label_note.note, &label, 1);
	if (rows != 1)
		return rows < 0 ? rows : -EINVAL;
	file = label_file(&label);
	if (IS_ERR(file))
		return PTR_ERR(file);
	args->file = file;
	return 0;
}

static void label_finish(struct liveupdate_file_op_args *args)
{
	/* Nobody asked for it: what is held for it goes. */
	if (!args->retrieve_status)
		kserial_abandon(args->serialized_data);
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

static int __init label_init(void)
{
	int err = liveupdate_register_file_handler(&label_handler);

	if (err)
		return err;
	err = label_device_register();
	if (err)
		liveupdate_unregister_file_handler(&label_handler);
	return err;
}
module_init(label_init);

static void __exit label_exit(void)
{
	label_device_unregister();
	liveupdate_unregister_file_handler(&label_handler);
}
module_exit(label_exit);

MODULE_AUTHOR("The KSerial developers");
MODULE_DESCRIPTION("Labels across a live update: a user of KSerial in C");
MODULE_LICENSE("GPL");
