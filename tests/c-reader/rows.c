/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the rows of an image must be: values, end marks, order (2.4 to 2.6). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define ROW "table %zu (%s), row %" PRIu64

/* The bits of a row that members other than legacy ones hold. */
static void held_bits(const struct ks_layout *layout, uint8_t *held)
{
	size_t i;

	for (i = 0; i < layout->members; i++) {
		const struct ks_member *m = &layout->member[i];
		uint32_t bit, end = m->bit + m->count * m->bits;

		if (m->kind == KIND_GROUP || (m->flags & MEMBER_LEGACY) != 0)
			continue;
		for (bit = m->bit; bit < end; bit++)
			held[bit / 8] = (uint8_t)(held[bit / 8] | 1u << bit % 8);
	}
}

static int check_row(const struct ks_table *table, size_t t, uint64_t number, const uint8_t *row,
		     const uint8_t *held, const struct ks_error *error)
{
	const struct ks_layout *l = &table->layout;
	char path[KS_PATH_TEXT], value[24];
	uint32_t i, e;
	size_t k;
	uint64_t v;

	for (i = 0; i < l->row; i++)
		if ((row[i] & ~held[i]) != 0)
			return ks_refuse(error, ROW ": byte %" PRIu32 " has bits that no member holds", t,
					 ks_record(l), number, i);
	for (k = 0; k < l->members; k++) {
		const struct ks_member *m = &l->member[k];

		if (m->kind == KIND_GROUP || (m->flags & MEMBER_LEGACY) != 0)
			continue;
		for (e = 0; e < m->count; e++) {
			v = ks_get(m, row, e);
			if (!ks_has(m, v))
				return ks_refuse(error, ROW ", member %s: %s is none of its values", t,
						 ks_record(l), number, ks_path(m->cell, path),
						 ks_number(m, v, value));
		}
	}
	return KS_OK;
}

static int check_values(const struct ks_image *image, size_t t, const struct ks_error *error)
{
	const struct ks_table *table = &image->table[t];
	struct ks_cursor cursor;
	const uint8_t *row;
	uint8_t *held;
	uint64_t number = 0;
	int code = KS_OK;

	if (table->rows == 0 || table->layout.strange != 0)
		return KS_OK;
	held = calloc(table->layout.row, 1);
	if (held == NULL)
		return ks_no_memory(error);
	held_bits(&table->layout, held);
	ks_rows(&cursor, image, table);
	while (code == KS_OK && (row = ks_next(&cursor)) != NULL)
		code = check_row(table, t, number++, row, held, error);
	free(held);
	return code;
}

struct mark {
	const struct ks_member *member;
	size_t table;
	size_t number; /* keeps equal records in order */
};

static int by_child(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;
	int order = memcmp(x->member->child + 16, y->member->child + 16, 48);

	return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

/* The marks of one member: they never fall, and the last one counts every child row. */
static int check_mark(struct ks_image *image, const struct mark *mark, const struct ks_error *error)
{
	const struct ks_table *table = &image->table[mark->table];
	const char *record = ks_record(&table->layout);
	const uint8_t *child = mark->member->child + 16, *row;
	char path[KS_PATH_TEXT];
	struct ks_cursor cursor;
	uint64_t before = 0, now, number = 0, children = 0;
	size_t t;

	for (t = 0; t < image->tables; t++) {
		if (memcmp(image->table[t].layout.bytes, child, 48) != 0)
			continue;
		children = image->table[t].rows;
		image->table[t].parent = table;
		image->table[t].mark = mark->member;
	}
	ks_path(mark->member->cell, path);
	ks_rows(&cursor, image, table);
	while ((row = ks_next(&cursor)) != NULL) {
		now = ks_get(mark->member, row, 0);
		if (now < before)
			return ks_refuse(error, ROW ", member %s: end mark %" PRIu64 " after %" PRIu64,
					 mark->table, record, number, path, now, before);
		before = now;
		number++;
	}
	if (before != children)
		return ks_refuse(error,
				 "table %zu (%s), member %s: the last end mark is %" PRIu64
				 ", but %s has %" PRIu64 " rows",
				 mark->table, record, path, before, (const char *)child, children);
	return KS_OK;
}

static int check_marks(struct ks_image *image, const struct ks_error *error)
{
	struct mark *mark;
	size_t t, k, n = 0, marks = 0;
	char path[KS_PATH_TEXT];
	int code = KS_OK;

	for (t = 0; t < image->tables; t++)
		for (k = 0; k < image->table[t].layout.members; k++)
			marks += image->table[t].layout.member[k].kind == KIND_END;
	if (marks == 0)
		return KS_OK;
	mark = malloc(marks * sizeof *mark);
	if (mark == NULL)
		return ks_no_memory(error);
	for (t = 0; t < image->tables; t++)
		for (k = 0; k < image->table[t].layout.members; k++) {
			const struct ks_member *m = &image->table[t].layout.member[k];

			if (m->kind != KIND_END)
				continue;
			mark[n].member = m;
			mark[n].table = t;
			mark[n].number = n;
			n++;
		}
	qsort(mark, n, sizeof *mark, by_child);
	for (k = 1; k < n && code == KS_OK; k++)
		if (memcmp(mark[k - 1].member->child + 16, mark[k].member->child + 16, 48) == 0)
			code = ks_refuse(error, "table %zu (%s), member %s: %s is counted by table %zu already",
					 mark[k].table, ks_record(&image->table[mark[k].table].layout),
					 ks_path(mark[k].member->cell, path),
					 (const char *)mark[k].member->child + 16, mark[k - 1].table);
	for (k = 0; k < n && code == KS_OK; k++)
		code = check_mark(image, &mark[k], error);
	free(mark);
	return code;
}

static int compare(const struct ks_layout *layout, const uint8_t *a, const uint8_t *b)
{
	uint64_t x, y;
	uint32_t e;
	size_t k;

	for (k = 0; k < layout->keys; k++) {
		const struct ks_member *m = layout->key[k];

		if ((m->flags & MEMBER_LEGACY) != 0)
			continue;
		for (e = 0; e < m->count; e++) {
			x = ks_order(m, ks_get(m, a, e));
			y = ks_order(m, ks_get(m, b, e));
			if (x != y)
				return x < y ? -1 : 1;
		}
	}
	return 0;
}

/* Of parents that are seen: a layout that is not understood has no end marks here. */
static int check_generations(const struct ks_image *image, size_t t, const struct ks_error *error)
{
	const struct ks_table *table = &image->table[t], *up = table->parent;
	unsigned n = 0;

	for (; up != NULL; up = up->parent)
		if (++n > KS_GENERATIONS)
			return ks_refuse(error, "table %zu (%s): more than %u generations of parents", t,
					 ks_record(&table->layout), KS_GENERATIONS);
	return KS_OK;
}

static int check_order(const struct ks_image *image, size_t t, const struct ks_error *error)
{
	const struct ks_table *table = &image->table[t];
	struct ks_cursor cursor, parents;
	const uint8_t *row, *before = NULL, *parent;
	uint64_t number = 0, end = UINT64_MAX;

	if ((table->flags & TABLE_SORTED) == 0)
		return KS_OK;
	if (table->mark != NULL) {
		ks_rows(&parents, image, table->parent);
		end = 0;
	}
	ks_rows(&cursor, image, table);
	while ((row = ks_next(&cursor)) != NULL) {
		while (number == end) { /* the next parent's children begin */
			before = NULL;
			parent = ks_next(&parents);
			if (parent == NULL)
				break; /* not reached: the last mark counts every row */
			end = ks_get(table->mark, parent, 0);
		}
		if (before != NULL && compare(&table->layout, before, row) >= 0)
			return ks_refuse(error, ROW ": not above the row before it in a sorted table", t,
					 ks_record(&table->layout), number);
		before = row;
		number++;
	}
	return KS_OK;
}

int ks_rows_check(struct ks_image *image, const struct ks_error *error)
{
	size_t t;
	int code = KS_OK, understood = 1;

	for (t = 0; t < image->tables && code == KS_OK; t++)
		code = check_values(image, t, error);
	if (code == KS_OK)
		code = check_marks(image, error);
	for (t = 0; t < image->tables && code == KS_OK; t++)
		code = check_generations(image, t, error);
	/* What is not understood may be what parts the rows of any table (2.6). */
	for (t = 0; t < image->tables; t++)
		understood &= image->table[t].layout.strange == 0;
	for (t = 0; t < image->tables && code == KS_OK && understood; t++)
		code = check_order(image, t, error);
	return code;
}
