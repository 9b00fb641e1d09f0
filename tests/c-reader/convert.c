/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* From a writer's rows to a reader's (3). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static int by_bytes(const void *a, const void *b)
{
	return memcmp(*(const uint8_t *const *)a, *(const uint8_t *const *)b, KS_CELL);
}

/* Head cells equal, and the same cells in any order. */
int ks_same_layout(const struct ks_layout *a, const struct ks_layout *b, int *same)
{
	const uint8_t **cell;
	size_t i, n = a->cells;

	*same = memcmp(a->bytes, b->bytes, KS_CELL) == 0;
	if (!*same || n == 0)
		return KS_OK;
	cell = malloc(2 * n * sizeof *cell);
	if (cell == NULL)
		return KS_FAILED;
	for (i = 0; i < n; i++) {
		cell[i] = a->bytes + (i + 1) * KS_CELL;
		cell[n + i] = b->bytes + (i + 1) * KS_CELL;
	}
	qsort(cell, n, sizeof *cell, by_bytes);
	qsort(cell + n, n, sizeof *cell, by_bytes);
	for (i = 0; i < n; i++)
		if (memcmp(cell[i], cell[n + i], KS_CELL) != 0)
			*same = 0;
	free(cell);
	return KS_OK;
}

/* A source's legacy member counts as absent. */
static const struct ks_member *in_source(const struct ks_layout *source, const struct ks_member *m)
{
	const struct ks_member *found = ks_find(source, m->cell);

	return found != NULL && (found->flags & MEMBER_LEGACY) == 0 ? found : NULL;
}

static uint64_t default_or_zero(const struct ks_member *m)
{
	return (m->flags & MEMBER_DEFAULT) != 0 ? m->def : 0;
}

static int names_differ(const struct ks_layout *source, const struct ks_layout *target, const uint8_t *path)
{
	size_t i, k;

	for (i = 1; i <= source->cells; i++) {
		const uint8_t *s = source->bytes + i * KS_CELL;

		if (s[8] != TAG_INTERVAL || memcmp(s, path, 8) != 0)
			continue;
		for (k = 1; k <= target->cells; k++) {
			const uint8_t *t = target->bytes + k * KS_CELL;

			if (t[8] == TAG_INTERVAL && memcmp(t, path, 8) == 0 &&
			    memcmp(s + 40, t + 40, 24) == 0 && ks_u64(s + 24) != ks_u64(t + 24))
				return 1;
		}
	}
	return 0;
}

/* 3.1 */
static enum kserial_grade both(const struct ks_layout *source, const struct ks_layout *target,
			       const struct ks_member *s, const struct ks_member *t, const char **why)
{
	enum kserial_grade grade = KSERIAL_COMPATIBLE;

	*why = "the kinds differ";
	if (s->kind != t->kind && !(ks_is_enum(s) && ks_is_enum(t)))
		return KSERIAL_INCOMPATIBLE;
	if (s->kind == KIND_GROUP)
		return KSERIAL_COMPATIBLE;
	*why = "one is an array and the other is not";
	if (((s->flags ^ t->flags) & MEMBER_ARRAY) != 0)
		return KSERIAL_INCOMPATIBLE;
	*why = "the units differ";
	if (memcmp(s->cell + 32, t->cell + 32, 8) != 0)
		return KSERIAL_INCOMPATIBLE;
	*why = "the child records differ";
	if (s->kind == KIND_END && memcmp(s->child + 16, t->child + 16, 48) != 0)
		return KSERIAL_INCOMPATIBLE;
	*why = "one name stands for different values";
	if (ks_is_enum(s) && names_differ(source, target, s->cell))
		return KSERIAL_INCOMPATIBLE;
	*why = "more elements in the target, no default, and 0 is none of its values";
	if (t->count > s->count && (t->flags & MEMBER_DEFAULT) == 0 && !ks_has(t, 0))
		return KSERIAL_INCOMPATIBLE;
	*why = "no value in common";
	if (!ks_overlap(s, t))
		return KSERIAL_INCOMPATIBLE;
	if (s->count > t->count) {
		*why = "a critical tail that is never the default";
		if ((s->flags & MEMBER_CRITICAL) != 0 && !ks_has(s, default_or_zero(s)))
			return KSERIAL_INCOMPATIBLE;
		*why = "fewer elements in the target";
		if (!ks_only(s, default_or_zero(s)))
			grade = KSERIAL_CONDITIONAL;
	}
	if (!ks_includes(t, s)) {
		*why = "the source has values that the target has not";
		grade = KSERIAL_CONDITIONAL;
	}
	return grade;
}

/* 3.3 */
static enum kserial_grade source_only(const struct ks_member *s, const char **why)
{
	*why = "critical, without a default, and absent from the target";
	if ((s->flags & MEMBER_DEFAULT) == 0)
		return (s->flags & MEMBER_CRITICAL) != 0 ? KSERIAL_INCOMPATIBLE : KSERIAL_CONDITIONAL;
	*why = "absent from the target";
	return ks_only(s, s->def) ? KSERIAL_COMPATIBLE : KSERIAL_CONDITIONAL;
}

static void note(const struct ks_error *error, enum kserial_grade *grade, enum kserial_grade found,
		 const struct ks_member *m, const char *why)
{
	char path[KS_PATH_TEXT];

	if (found <= *grade)
		return;
	*grade = found;
	if (found > KSERIAL_COMPATIBLE)
		(void)ks_refuse(error, "member %s: %s", ks_path(m->cell, path), why);
}

int ks_grade(const struct ks_layout *source, const struct ks_layout *target, enum kserial_grade *grade,
	     const struct ks_error *error)
{
	const struct ks_member *m, *s;
	const char *why = "";
	size_t i;
	int same;

	if (error->size > 0)
		error->text[0] = 0;
	*grade = KSERIAL_COMPATIBLE;
	if (ks_same_layout(source, target, &same) != KS_OK)
		return ks_no_memory(error);
	if (memcmp(source->bytes, target->bytes, 48) != 0) {
		*grade = KSERIAL_INCOMPATIBLE;
		(void)ks_refuse(error, "head cell: different records");
		return KS_OK;
	}
	for (i = 0; i < target->members; i++) {
		m = &target->member[i];
		s = in_source(source, m);
		if (s != NULL)
			note(error, grade, both(source, target, s, m, &why), m, why);
		else if (m->kind != KIND_GROUP && (m->flags & MEMBER_DEFAULT) == 0)
			note(error, grade, KSERIAL_INCOMPATIBLE, m, "absent from the source and without a default");
	}
	for (i = 0; i < source->members; i++) {
		m = &source->member[i];
		if (m->kind == KIND_GROUP || (m->flags & MEMBER_LEGACY) != 0 ||
		    ks_find(target, m->cell) != NULL)
			continue;
		note(error, grade, source_only(m, &why), m, why);
	}
	/* Equal layouts with a legacy member that has no default do not read each other. */
	if (same && *grade == KSERIAL_COMPATIBLE)
		*grade = KSERIAL_IDENTICAL;
	return KS_OK;
}

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
		int differs = t == NULL && (s->flags & MEMBER_DEFAULT) == 0;

		if (s->kind == KIND_GROUP || (s->flags & MEMBER_LEGACY) != 0)
			continue;
		for (e = 0; e < s->count; e++) {
			v = ks_get(s, row, e);
			if (t == NULL || e >= t->count)
				differs |= v != default_or_zero(s);
			else if (!ks_has(t, v))
				return ks_refuse(error,
						 "%s, row %" PRIu64 ", member %s: %s is none of the target's values",
						 ks_record(l), number, ks_path(s->cell, path),
						 ks_number(s, v, text));
		}
		if (!differs)
			continue;
		if ((s->flags & MEMBER_CRITICAL) != 0)
			return ks_refuse(error, "%s, row %" PRIu64 ", member %s: critical, and the target %s",
					 ks_record(l), number, ks_path(s->cell, path),
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
			ks_json_value(t, c->from[i], row, default_or_zero(t), out);
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
		c->from[i] = in_source(source, &c->target->member[i]);
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
	(void)fputs("]}\n", out);
	return KS_OK;
}

int ks_convert(const struct ks_layout *target, const struct ks_image *image, FILE *out,
	       const struct ks_error *error)
{
	struct conversion c = { NULL, target, NULL, NULL, NULL };
	enum kserial_grade grade;
	char why[160];
	struct ks_error reason = { why, sizeof why };
	size_t t;
	int code;

	for (t = 0; t < image->tables; t++)
		if (memcmp(image->table[t].layout.bytes, target->bytes, 48) == 0)
			c.table = &image->table[t];
	if (c.table == NULL) { /* 3.5 */
		if ((target->flags & RECORD_REQUIRED) != 0)
			return ks_refuse(error, "%s: required, and the image has no such table",
					 ks_record(target));
		if (out != NULL) {
			(void)fputs("{\"record\":", out);
			ks_json_text(target->bytes, 48, out);
			(void)fputs(",\"rows\":0,\"data\":[],\"losses\":[]}\n", out);
		}
		return KS_OK;
	}
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
