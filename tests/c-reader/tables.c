/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a reader of several records makes of an image (3.5). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static int known(const struct ks_layout *target, size_t targets, const struct ks_table *table)
{
	size_t i;

	for (i = 0; i < targets; i++)
		if (memcmp(target[i].bytes, table->layout.bytes, 48) == 0)
			return 1;
	return 0;
}

/* Everything that refuses the image as a whole. */
static int whole(const struct ks_layout *target, size_t targets, const struct ks_image *image,
		 const struct ks_error *error)
{
	const struct ks_table *table;
	size_t i;

	for (i = 0; i < targets; i++)
		if ((target[i].flags & RECORD_REQUIRED) != 0 && ks_table_of(image, target[i].bytes) == NULL)
			return ks_refuse(error, "%s: required, and the image has no such table",
					 ks_record(&target[i]));
	for (i = 0; i < image->tables; i++) {
		table = &image->table[i];
		if ((table->layout.flags & RECORD_CRITICAL) != 0 && table->rows > 0 &&
		    !known(target, targets, table))
			return ks_refuse(error, "table %zu (%s): critical, and the reader does not know it", i,
					 ks_record(&table->layout));
	}
	return KS_OK;
}

int ks_convert_all(const struct ks_layout *target, size_t targets, const struct ks_image *image, FILE *out,
		   const struct ks_error *error)
{
	char why[256];
	struct ks_error reason = { why, sizeof why };
	size_t i;
	int code = whole(target, targets, image, error), some = 0;

	if (code != KS_OK || out == NULL)
		return code;
	(void)fputs("{\"tables\":[", out);
	for (i = 0; i < targets; i++) {
		if (i > 0)
			(void)fputc(',', out);
		code = ks_convert(&target[i], image, NULL, &reason);
		if (code == KS_OK)
			code = ks_convert(&target[i], image, out, &reason);
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
		if (image->table[i].rows == 0 || known(target, targets, &image->table[i]))
			continue;
		if (some)
			(void)fputc(',', out);
		some = 1;
		ks_json_text(image->table[i].layout.bytes, 48, out);
	}
	(void)fputs("]}\n", out);
	return KS_OK;
}
