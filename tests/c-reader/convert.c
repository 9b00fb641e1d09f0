/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A reader's view of a writer's rows (3). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct conversion {
	const struct ks_table *table;
	const struct ks_layout *target;
	const struct ks_member **from; /* for each member of the target, or NULL */
	const struct ks_member **into; /* for each member of the source, or NULL */
	uint8_t *lost; /* for each member of the source */
};

/* What happens to one row: refusals, and what is lost. */
static int check(struct conversion *c, uint64_t number, const uint8_t *row, const struct ks_error *error)
{
	const struct ks_layout *l = &c->table->layout;
	char path[KS_PATH_TEXT], text[24];
	uint32_t e;
	uint64_t v;
	size_t i;

	for (i = 0; i < l->members; i++) {
		const struct ks_member *s = &l->member[i], *t = c->into[i];
		int differs = t == NULL && !ks_has_default(s);

		if (s->kind == KIND_GROUP || (s->flags & MEMBER_LEGACY) != 0)
			continue;
		for (e = 0; e < s->count; e++) {
			v = ks_get(s, row, e);
			if (t == NULL || e >= t->count)
				differs |= v != ks_default_or_zero(s);
			else if (!ks_has(t, v))
				return ks_refuse(error,
						 "%s, row %" PRIu64 ", member %s: %s is none of the target's values",
						 ks_record(l), number, ks_path(s->cell, path),
						 ks_number(s, v, text));
		}
		if (!differs)
			continue;
		if (ks_must_cross(s))
			return ks_refuse(error, "%s, row %" PRIu64 ", member %s: %s, and the target %s",
					 ks_record(l), number, ks_path(s->cell, path),
					 (s->flags & MEMBER_KEY) != 0 ? "a key" : "critical",
					 t == NULL ? "has no such member" : "has fewer elements");
		c->lost[i] = 1;
	}
	return KS_OK;
}

static void print_rows(const struct conversion *c, const struct ks_image *image, FILE *out)
{
	struct ks_cursor cursor;
	char path[KS_PATH_TEXT];
	const uint8_t *row;
	int some, later = 0;
	size_t i;

	ks_rows(&cursor, image, c->table);
	while ((row = ks_next(&cursor)) != NULL) {
		(void)fputs(later ? ",{" : "{", out);
		later = 1;
		some = 0;
		for (i = 0; i < c->target->members; i++) {
			const struct ks_member *t = &c->target->member[i];

			if (t->kind == KIND_GROUP)
				continue;
			(void)fprintf(out, "%s\"%s\":", some ? "," : "", ks_path(t->cell, path));
			some = 1;
			ks_json_value(t, c->from[i], row, ks_default_or_zero(t), out);
		}
		(void)fputc('}', out);
	}
}

static int convert(struct conversion *c, const struct ks_image *image, FILE *out,
		   const struct ks_error *error)
{
	const struct ks_layout *source = &c->table->layout;
	struct ks_cursor cursor;
	char path[KS_PATH_TEXT];
	const uint8_t *row;
	uint64_t number = 0;
	int code = KS_OK, some = 0;
	size_t i;

	for (i = 0; i < c->target->members; i++)
		c->from[i] = ks_in_source(source, &c->target->member[i]);
	for (i = 0; i < source->members; i++)
		c->into[i] = ks_find(c->target, source->member[i].cell);
	ks_rows(&cursor, image, c->table);
	while (code == KS_OK && (row = ks_next(&cursor)) != NULL)
		code = check(c, number++, row, error);
	if (code != KS_OK || out == NULL)
		return code;
	(void)fputs("{\"record\":", out);
	ks_json_text(c->target->bytes, 48, out);
	(void)fprintf(out, ",\"rows\":%" PRIu64 ",\"data\":[", c->table->rows);
	print_rows(c, image, out);
	(void)fputs("],\"losses\":[", out);
	for (i = 0; i < source->members; i++) {
		if (!c->lost[i])
			continue;
		(void)fprintf(out, "%s\"%s\"", some ? "," : "", ks_path(source->member[i].cell, path));
		some = 1;
	}
	(void)fputs("]}", out);
	return KS_OK;
}

const struct ks_table *ks_table_of(const struct ks_image *image, const uint8_t *record)
{
	size_t t;

	for (t = 0; t < image->tables; t++)
		if (memcmp(image->table[t].layout.bytes, record, 48) == 0)
			return &image->table[t];
	return NULL;
}

void ks_convert_none(const struct ks_layout *target, FILE *out)
{
	if (out == NULL)
		return;
	(void)fputs("{\"record\":", out);
	ks_json_text(target->bytes, 48, out);
	(void)fputs(",\"rows\":0,\"data\":[],\"losses\":[]}", out);
}

int ks_convert(const struct ks_layout *target, const struct ks_image *image, FILE *out,
	       const struct ks_error *error)
{
	struct conversion c = { NULL, target, NULL, NULL, NULL };
	enum kserial_grade grade;
	char why[160];
	struct ks_error reason = { why, sizeof why };
	int code;

	c.table = ks_table_of(image, target->bytes);
	if (c.table == NULL && (target->flags & RECORD_REQUIRED) != 0)
		return ks_refuse(error, "%s: required, and the image has no such table", ks_record(target));
	if (c.table == NULL || c.table->rows == 0) { /* 3.5 */
		ks_convert_none(target, out);
		return KS_OK;
	}
	if (c.table->layout.strange != 0)
		return ks_refuse(error, "%s: the image's layout is not understood (cell %zu)", ks_record(target),
				 c.table->layout.strange);
	code = ks_grade(&c.table->layout, target, &grade, &reason);
	if (code != KS_OK)
		return ks_no_memory(error);
	if (grade == KSERIAL_INCOMPATIBLE)
		return ks_refuse(error, "%s: incompatible: %s", ks_record(target), why);
	c.from = calloc(target->members + 1, sizeof *c.from);
	c.into = calloc(c.table->layout.members + 1, sizeof *c.into);
	c.lost = calloc(c.table->layout.members + 1, 1);
	if (c.from == NULL || c.into == NULL || c.lost == NULL)
		code = ks_no_memory(error);
	else
		code = convert(&c, image, out, error);
	free(c.from);
	free(c.into);
	free(c.lost);
	return code;
}
