/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a reader of several records makes of an image (3.5). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct reader {
	const struct ks_layout *target;
	size_t targets;
	const struct ks_image *image;
};

static int asks(const struct reader *r, const struct ks_table *table)
{
	size_t i;

	for (i = 0; i < r->targets; i++)
		if (memcmp(r->target[i].bytes, table->layout.bytes, 48) == 0)
			return 1;
	return 0;
}

static int counts(const struct ks_layout *layout, const uint8_t *record)
{
	size_t k;

	for (k = 0; k < layout->members; k++)
		if (layout->member[k].child != NULL && memcmp(layout->member[k].child + 16, record, 48) == 0)
			return 1;
	return 0;
}

/* Whether the reader looks for this record's rows below parents, and no layout of the image has these. */
static int out_of_sight(const struct reader *r, const uint8_t *record)
{
	size_t i;
	int reader = 0;

	for (i = 0; i < r->image->tables; i++)
		if (counts(&r->image->table[i].layout, record))
			return 0;
	for (i = 0; i < r->targets; i++)
		reader |= counts(&r->target[i], record);
	return reader;
}

static int unknown(const struct reader *r, const struct ks_table *table)
{
	return table->rows > 0 && (!asks(r, table) || table->layout.strange != 0 ||
				   out_of_sight(r, table->layout.bytes));
}

/* Everything but refused tables that refuses the image as a whole. */
static int whole(const struct reader *r, const struct ks_error *error)
{
	const struct ks_table *table;
	size_t i;

	for (i = 0; i < r->targets; i++)
		if ((r->target[i].flags & RECORD_REQUIRED) != 0 &&
		    ks_table_of(r->image, r->target[i].bytes) == NULL)
			return ks_refuse(error, "%s: required, and the image has no such table",
					 ks_record(&r->target[i]));
	for (i = 0; i < r->image->tables; i++) {
		table = &r->image->table[i];
		if ((table->layout.flags & RECORD_CRITICAL) != 0 && unknown(r, table))
			return ks_refuse(error, "table %zu (%s): critical, and the reader does not know it", i,
					 ks_record(&table->layout));
	}
	return KS_OK;
}

/* One table, to `out` unless that is NULL. */
static int one(const struct reader *r, size_t i, FILE *out, const struct ks_error *error)
{
	if (!out_of_sight(r, r->target[i].bytes))
		return ks_convert(&r->target[i], r->image, out, error);
	ks_convert_none(&r->target[i], out);
	return KS_OK;
}

/* A refused table of a critical record refuses the image too. */
static int critical(const struct reader *r, const struct ks_error *error)
{
	char why[256];
	struct ks_error reason = { why, sizeof why };
	const struct ks_table *table;
	size_t i;
	int code;

	for (i = 0; i < r->targets; i++) {
		table = ks_table_of(r->image, r->target[i].bytes);
		if (table == NULL || (table->layout.flags & RECORD_CRITICAL) == 0)
			continue;
		code = one(r, i, NULL, &reason);
		if (code == KS_REFUSED)
			return ks_refuse(error, "%s (the record is critical)", why);
		if (code != KS_OK)
			return ks_no_memory(error);
	}
	return KS_OK;
}

int ks_convert_all(const struct ks_layout *target, size_t targets, const struct ks_image *image, FILE *out,
		   const struct ks_error *error)
{
	struct reader r = { target, targets, image };
	char why[256];
	struct ks_error reason = { why, sizeof why };
	size_t i;
	int code = whole(&r, error), some = 0;

	if (code == KS_OK)
		code = critical(&r, error);
	if (code != KS_OK || out == NULL)
		return code;
	(void)fputs("{\"tables\":[", out);
	for (i = 0; i < targets; i++) {
		if (i > 0)
			(void)fputc(',', out);
		code = one(&r, i, NULL, &reason);
		if (code == KS_OK)
			code = one(&r, i, out, &reason);
		if (code == KS_FAILED)
			return ks_no_memory(error);
		if (code == KS_OK)
			continue;
		(void)fputs("{\"record\":", out);
		ks_json_text(target[i].bytes, 48, out);
		(void)fputs(",\"refused\":", out);
		ks_json_text((const uint8_t *)why, sizeof why, out);
		(void)fputc('}', out);
	}
	(void)fputs("],\"losses\":[", out);
	for (i = 0; i < image->tables; i++) {
		if (!unknown(&r, &image->table[i]))
			continue;
		if (some)
			(void)fputc(',', out);
		some = 1;
		ks_json_text(image->table[i].layout.bytes, 48, out);
	}
	(void)fputs("]}\n", out);
	return KS_OK;
}
