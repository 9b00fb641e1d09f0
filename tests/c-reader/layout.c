/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Layouts: the cells and the rules of 1.4. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct reading {
	struct ks_layout *layout;
	const char *place;
	const struct ks_error *error;
};

static const uint8_t *cell_at(const struct ks_layout *layout, size_t i)
{
	return layout->bytes + (i + 1) * KS_CELL;
}

/* For errors: `<place>, cell <number> (<path>)`; cells count from 1, the head being 0. */
#define CELL "%s, cell %zu (%s): "

static int head(const struct reading *r, size_t len)
{
	struct ks_layout *l = r->layout;
	const uint8_t *b = l->bytes;
	const char *p = r->place;
	int n;

	if (len < KS_CELL)
		return ks_refuse(r->error, "%s, head cell: only %zu bytes", p, len);
	n = ks_text(b, 48);
	if (n < 1 || n > 47)
		return ks_refuse(r->error, "%s, head cell: record is not text of 1 to 47 characters", p);
	if (b[56] != 1)
		return ks_refuse(r->error, "%s, head cell: version %u", p, b[56]);
	l->row = ks_u32(b + 48);
	l->cells = ks_u16(b + 52);
	l->flags = ks_u16(b + 54);
	l->align = b[57];
	if (l->align == 0 || l->align > 64 || (l->align & (l->align - 1)) != 0)
		return ks_refuse(r->error, "%s, head cell: align %u", p, (unsigned)l->align);
	if (l->row < 1 || l->row > 65536 || l->row % l->align != 0)
		return ks_refuse(r->error, "%s, head cell: row of %" PRIu32 " bytes, align %u", p,
				 l->row, (unsigned)l->align);
	if (l->cells > 512)
		return ks_refuse(r->error, "%s, head cell: %zu cells", p, l->cells);
	if ((l->flags & ~(uint32_t)(RECORD_CRITICAL | RECORD_REQUIRED)) != 0)
		return ks_refuse(r->error, "%s, head cell: unknown flags 0x%x", p, (unsigned)l->flags);
	if (ks_not_zero(b + 58, 6) != 6)
		return ks_refuse(r->error, "%s, head cell: bytes 58 to 63 are not zero", p);
	if (len / KS_CELL - 1 < l->cells)
		return ks_refuse(r->error, "%s, head cell: %zu cells, but only %zu bytes", p,
				 l->cells, len);
	return KS_OK;
}

/* What of a cell is not understood (1.2), or NULL; its value goes to `value`. */
static const char *strange(const uint8_t *c, unsigned *value)
{
	*value = c[8];
	if (c[8] >= TAG_SKIPPED)
		return NULL;
	if (c[8] < TAG_MEMBER || c[8] > TAG_RETIRED)
		return "tag";
	if (c[8] != TAG_MEMBER)
		return NULL;
	*value = c[9];
	if (c[9] < KIND_UNSIGNED || c[9] > KIND_GROUP)
		return "kind";
	*value = (unsigned)(ks_u32(c + 20) & 0xffffu & ~(uint32_t)MEMBER_KNOWN);
	return *value != 0 ? "flags" : NULL;
}

static size_t first_strange(const struct ks_layout *layout)
{
	unsigned value;
	size_t i;

	for (i = 0; i < layout->cells; i++)
		if (strange(cell_at(layout, i), &value) != NULL)
			return i + 1;
	return 0;
}

static int path_cell(const struct reading *r, size_t i, const uint8_t *c)
{
	int k, ended = 0;

	if (ks_u16(c) == 0)
		return ks_refuse(r->error, "%s, cell %zu: the path's first ID is 0", r->place, i + 1);
	for (k = 1; k < 4; k++) {
		if (ks_u16(c + 2 * k) == 0)
			ended = 1;
		else if (ended)
			return ks_refuse(r->error, "%s, cell %zu: an ID follows an unused place of the path",
					 r->place, i + 1);
	}
	return KS_OK;
}

static int group_cell(const struct reading *r, size_t i, const struct ks_member *m, const char *path)
{
	if (m->bits != 0 || m->bit != 0 || m->count != 0 || m->flags != 0)
		return ks_refuse(r->error, CELL "a group's bits, bit, count and flags are not 0", r->place,
				 i + 1, path);
	if (ks_text(m->cell + 32, 8) != 0)
		return ks_refuse(r->error, CELL "a group has a unit", r->place, i + 1, path);
	return KS_OK;
}

static int value_cell(const struct reading *r, size_t i, const struct ks_member *m, const char *path)
{
	int array = (m->flags & MEMBER_ARRAY) != 0;

	if (m->bits < 1 || m->bits > 64)
		return ks_refuse(r->error, CELL "%u bits", r->place, i + 1, path, m->bits);
	if (m->count < 1 || (m->count != 1 && !array))
		return ks_refuse(r->error, CELL "count %" PRIu32 "%s", r->place, i + 1, path, m->count,
				 array ? "" : " without the array flag");
	if (array) {
		if (m->bit % 8 != 0)
			return ks_refuse(r->error, CELL "an array begins inside a byte", r->place, i + 1, path);
		if (m->bits != 8 && m->bits != 16 && m->bits != 32 && m->bits != 64)
			return ks_refuse(r->error, CELL "an array of %u bits an element", r->place, i + 1,
					 path, m->bits);
	} else if (m->bit % 8 + m->bits > 64) {
		return ks_refuse(r->error, CELL "%u bits from bit %u of a byte", r->place, i + 1, path,
				 m->bits, (unsigned)(m->bit % 8));
	}
	if ((m->kind == KIND_BYTES || m->kind == KIND_TEXT) && (m->bits != 8 || !array))
		return ks_refuse(r->error, CELL "bytes or text, but no array of 8 bits", r->place, i + 1, path);
	if (m->kind == KIND_TEXT && m->def != 0)
		return ks_refuse(r->error, CELL "a text's default is not 0", r->place, i + 1, path);
	if (m->kind == KIND_END && (array || (m->flags & MEMBER_DEFAULT) != 0))
		return ks_refuse(r->error, CELL "an end mark is an array or has a default", r->place, i + 1,
				 path);
	if ((m->flags & MEMBER_LEGACY) != 0 && (m->flags & MEMBER_DEFAULT) == 0)
		return ks_refuse(r->error, CELL "legacy without a default", r->place, i + 1, path);
	if ((m->flags & MEMBER_LEGACY) != 0 && (m->flags & MEMBER_KEY) != 0)
		return ks_refuse(r->error, CELL "a legacy key", r->place, i + 1, path);
	if ((uint64_t)m->bit + (uint64_t)m->count * m->bits > (uint64_t)r->layout->row * 8)
		return ks_refuse(r->error, CELL "ends outside the row", r->place, i + 1, path);
	return KS_OK;
}

static int member_cell(const struct reading *r, size_t i, const uint8_t *c)
{
	struct ks_member *m = &r->layout->member[r->layout->members++];
	char path[KS_PATH_TEXT];

	ks_path(c, path);
	memset(m, 0, sizeof *m);
	m->cell = c;
	m->kind = c[9];
	m->bits = c[10];
	m->bit = ks_u32(c + 12);
	m->count = ks_u32(c + 16);
	m->flags = ks_u32(c + 20) & MEMBER_KNOWN;
	m->def = ks_u64(c + 24);
	if (c[11] != 0)
		return ks_refuse(r->error, CELL "byte 11 is not zero", r->place, i + 1, path);
	if (m->def != 0 && (m->flags & MEMBER_DEFAULT) == 0)
		return ks_refuse(r->error, CELL "a default without its flag", r->place, i + 1, path);
	if (ks_text(c + 32, 8) < 0)
		return ks_refuse(r->error, CELL "unit is not text", r->place, i + 1, path);
	if (ks_text(c + 40, 24) < 1)
		return ks_refuse(r->error, CELL "name is not text of 1 to 24 characters", r->place, i + 1, path);
	return m->kind == KIND_GROUP ? group_cell(r, i, m, path) : value_cell(r, i, m, path);
}

/* What one cell says by itself. */
static int cell(const struct reading *r, size_t i)
{
	const uint8_t *c = cell_at(r->layout, i);
	char path[KS_PATH_TEXT];
	int code, n;

	if (c[8] >= TAG_SKIPPED)
		return KS_OK;
	code = path_cell(r, i, c);
	if (code != KS_OK)
		return code;
	ks_path(c, path);
	switch (c[8]) {
	case TAG_MEMBER:
		return member_cell(r, i, c);
	case TAG_INTERVAL:
		if (ks_not_zero(c + 9, 15) != 15)
			return ks_refuse(r->error, CELL "bytes 9 to 23 are not zero", r->place, i + 1, path);
		if (ks_text(c + 40, 24) < 0)
			return ks_refuse(r->error, CELL "name is not text", r->place, i + 1, path);
		return KS_OK;
	case TAG_CHILD:
		if (ks_not_zero(c + 9, 7) != 7)
			return ks_refuse(r->error, CELL "bytes 9 to 15 are not zero", r->place, i + 1, path);
		n = ks_text(c + 16, 48);
		if (n < 1 || n > 47)
			return ks_refuse(r->error, CELL "record is not text of 1 to 47 characters", r->place,
					 i + 1, path);
		return KS_OK;
	default:
		if (ks_not_zero(c + 9, 31) != 31)
			return ks_refuse(r->error, CELL "bytes 9 to 39 are not zero", r->place, i + 1, path);
		if (ks_text(c + 40, 24) < 0)
			return ks_refuse(r->error, CELL "name is not text", r->place, i + 1, path);
		return KS_OK;
	}
}

static struct ks_member *find(const struct ks_layout *layout, const uint8_t *path)
{
	size_t i;

	for (i = 0; i < layout->members; i++)
		if (memcmp(layout->member[i].cell, path, 8) == 0)
			return &layout->member[i];
	return NULL;
}

/* Rule 2 for one member. */
static int in_group(const struct reading *r, size_t i, const uint8_t *c, const char *path)
{
	const struct ks_member *m;
	uint8_t outer[8];
	int last;

	for (last = 3; last > 0 && ks_u16(c + 2 * last) == 0; last--)
		;
	if (last == 0)
		return KS_OK;
	memcpy(outer, c, 8);
	memset(outer + 2 * last, 0, (size_t)(8 - 2 * last));
	m = find(r->layout, outer);
	if (m == NULL || m->kind != KIND_GROUP)
		return ks_refuse(r->error, CELL "no group is the member of the path without its last ID", r->place,
				 i + 1, path);
	return KS_OK;
}

/* What rule 1 says of one retired cell. */
static int retired(const struct reading *r, size_t i, const uint8_t *c, const char *path)
{
	const struct ks_layout *l = r->layout;
	char member[KS_PATH_TEXT];
	size_t k;

	for (k = 0; k < l->members; k++)
		if (ks_path_begins(l->member[k].cell, c))
			return ks_refuse(r->error, CELL "retired, but there is the member %s", r->place, i + 1, path,
					 ks_path(l->member[k].cell, member));
	for (k = 0; k < i; k++)
		if (cell_at(l, k)[8] == TAG_RETIRED && memcmp(cell_at(l, k), c, 8) == 0)
			return ks_refuse(r->error, CELL "retired a second time", r->place, i + 1, path);
	return KS_OK;
}

/* Rules 1 and 2. */
static int paths(const struct reading *r)
{
	const struct ks_layout *l = r->layout;
	char path[KS_PATH_TEXT];
	int code = KS_OK;
	size_t i;

	for (i = 0; i < l->cells && code == KS_OK; i++) {
		const uint8_t *c = cell_at(l, i);

		if (c[8] == TAG_MEMBER) {
			ks_path(c, path);
			if (find(l, c)->cell != c)
				return ks_refuse(r->error, CELL "a second member of this path", r->place, i + 1, path);
			code = in_group(r, i, c, path);
		} else if (c[8] == TAG_RETIRED) {
			code = retired(r, i, c, ks_path(c, path));
		}
	}
	return code;
}

static int by_bit(const void *a, const void *b)
{
	const struct ks_member *x = *(const struct ks_member *const *)a;
	const struct ks_member *y = *(const struct ks_member *const *)b;

	return (x->bit > y->bit) - (x->bit < y->bit);
}

/* Rule 6: no two members share a bit. */
static int shared_bits(const struct reading *r)
{
	const struct ks_layout *l = r->layout;
	const struct ks_member *m, *before = NULL, **order;
	char path[KS_PATH_TEXT], other[KS_PATH_TEXT];
	size_t i, n = 0;
	int code = KS_OK;

	if (l->members == 0)
		return KS_OK;
	order = malloc(l->members * sizeof *order);
	if (order == NULL)
		return ks_no_memory(r->error);
	for (i = 0; i < l->members; i++)
		if (l->member[i].kind != KIND_GROUP)
			order[n++] = &l->member[i];
	qsort(order, n, sizeof *order, by_bit);
	for (i = 0; i < n && code == KS_OK; i++) {
		m = order[i];
		if (before != NULL && before->bit + before->count * before->bits > m->bit)
			code = ks_refuse(r->error, "%s, member %s: shares bits with member %s", r->place,
					 ks_path(m->cell, path), ks_path(before->cell, other));
		before = m;
	}
	free(order);
	return code;
}

static int by_low(const void *a, const void *b)
{
	const struct ks_range *x = a, *y = b;

	return (x->low > y->low) - (x->low < y->low);
}

/* Sorts ranges and merges those that overlap or touch. */
static size_t merge(struct ks_range *range, size_t n)
{
	size_t i, kept = 0;

	if (n == 0)
		return 0;
	qsort(range, n, sizeof *range, by_low);
	for (i = 1; i < n; i++) {
		if (range[kept].high == UINT64_MAX || range[i].low <= range[kept].high + 1) {
			if (range[i].high > range[kept].high)
				range[kept].high = range[i].high;
		} else {
			range[++kept] = range[i];
		}
	}
	return kept + 1;
}

/* Rule 8 for one interval of a member. */
static int interval(const struct reading *r, size_t i, const struct ks_member *m, struct ks_range *range)
{
	const uint8_t *c = cell_at(r->layout, i);
	struct ks_range all = ks_width(m);
	char path[KS_PATH_TEXT];

	ks_path(c, path);
	range->low = ks_order(m, ks_u64(c + 24));
	range->high = ks_order(m, ks_u64(c + 32));
	if (range->low > range->high)
		return ks_refuse(r->error, CELL "low is above high", r->place, i + 1, path);
	if (range->low < all.low || range->high > all.high)
		return ks_refuse(r->error, CELL "does not fit %u bits", r->place, i + 1, path, m->bits);
	if (ks_is_enum(m)) {
		if (range->low != range->high)
			return ks_refuse(r->error, CELL "an enum's interval of several values", r->place, i + 1,
					 path);
		if (ks_text(c + 40, 24) < 1)
			return ks_refuse(r->error, CELL "an enum's value without a name", r->place, i + 1, path);
	}
	return KS_OK;
}

/* Rule 9: no name of an enum stands for two values. */
static int names(const struct reading *r, const struct ks_member *m)
{
	const struct ks_layout *l = r->layout;
	char path[KS_PATH_TEXT];
	size_t i, k;

	for (i = 0; i < l->cells; i++) {
		const uint8_t *c = cell_at(l, i);

		if (c[8] != TAG_INTERVAL || memcmp(c, m->cell, 8) != 0)
			continue;
		for (k = 0; k < i; k++) {
			const uint8_t *d = cell_at(l, k);

			if (d[8] == TAG_INTERVAL && memcmp(d, c, 8) == 0 && memcmp(d + 40, c + 40, 24) == 0 &&
			    ks_u64(d + 24) != ks_u64(c + 24))
				return ks_refuse(r->error, CELL "its name stands for another value too", r->place, i + 1,
						 ks_path(c, path));
		}
	}
	return KS_OK;
}

/* Rules 7 to 9, and the sets of values of 1.5. */
static int values(const struct reading *r)
{
	struct ks_layout *l = r->layout;
	struct ks_range *next = l->range, *first;
	char path[KS_PATH_TEXT];
	size_t i, k, n;
	int code;

	for (i = 0; i < l->cells; i++) {
		const uint8_t *c = cell_at(l, i);
		const struct ks_member *m;

		if (c[8] != TAG_INTERVAL)
			continue;
		m = find(l, c);
		if (m == NULL || m->kind == KIND_GROUP || m->kind == KIND_BOOL || m->kind == KIND_BYTES ||
		    m->kind == KIND_TEXT || m->kind == KIND_END)
			return ks_refuse(r->error, CELL "an interval of no member that may have one", r->place,
					 i + 1, ks_path(c, path));
	}
	for (k = 0; k < l->members; k++) {
		struct ks_member *m = &l->member[k];

		if (m->kind == KIND_GROUP)
			continue;
		first = next;
		n = 0;
		for (i = 0; i < l->cells; i++) {
			const uint8_t *c = cell_at(l, i);

			if (c[8] != TAG_INTERVAL || memcmp(c, m->cell, 8) != 0)
				continue;
			code = interval(r, i, m, &first[n++]);
			if (code != KS_OK)
				return code;
		}
		if (ks_is_enum(m)) {
			code = names(r, m);
			if (code != KS_OK)
				return code;
		}
		if (m->kind == KIND_CLOSED && n == 0)
			return ks_refuse(r->error, "%s, member %s: a closed enum without an interval", r->place,
					 ks_path(m->cell, path));
		if (m->kind == KIND_BOOL) {
			first[0].low = 0;
			first[0].high = 1;
			n = 1;
		} else if (m->kind == KIND_OPEN || n == 0) {
			first[0] = ks_width(m);
			n = 1;
		}
		n = merge(first, n);
		next = first + n;
		m->range = first;
		m->ranges = n;
		if ((m->flags & MEMBER_DEFAULT) != 0 && !ks_has(m, m->def))
			return ks_refuse(r->error, "%s, member %s: the default is none of its values", r->place,
					 ks_path(m->cell, path));
	}
	return KS_OK;
}

/* Rule 10. */
static int children(const struct reading *r)
{
	struct ks_layout *l = r->layout;
	char path[KS_PATH_TEXT];
	struct ks_member *m;
	size_t i, k;

	for (i = 0; i < l->cells; i++) {
		const uint8_t *c = cell_at(l, i);

		if (c[8] != TAG_CHILD)
			continue;
		m = find(l, c);
		if (m == NULL || m->kind != KIND_END)
			return ks_refuse(r->error, CELL "a child of no end mark", r->place, i + 1,
					 ks_path(c, path));
		if (m->child != NULL)
			return ks_refuse(r->error, CELL "a second child of one end mark", r->place, i + 1,
					 ks_path(c, path));
		m->child = c;
		if (memcmp(c + 16, l->bytes, 48) == 0)
			return ks_refuse(r->error, CELL "the child is the record itself", r->place, i + 1,
					 ks_path(c, path));
		for (k = 0; k < i; k++)
			if (cell_at(l, k)[8] == TAG_CHILD && memcmp(cell_at(l, k) + 16, c + 16, 48) == 0)
				return ks_refuse(r->error, CELL "two end marks have the child %s", r->place, i + 1,
						 ks_path(c, path), (const char *)c + 16);
	}
	for (i = 0; i < l->members; i++)
		if (l->member[i].kind == KIND_END && l->member[i].child == NULL)
			return ks_refuse(r->error, "%s, member %s: an end mark without a child cell", r->place,
					 ks_path(l->member[i].cell, path));
	return KS_OK;
}

static int by_path(const void *a, const void *b)
{
	const struct ks_member *x = *(const struct ks_member *const *)a;
	const struct ks_member *y = *(const struct ks_member *const *)b;

	return ks_path_order(x->cell, y->cell);
}

static void keys(struct ks_layout *layout)
{
	size_t i;

	for (i = 0; i < layout->members; i++)
		if ((layout->member[i].flags & MEMBER_KEY) != 0)
			layout->key[layout->keys++] = &layout->member[i];
	qsort(layout->key, layout->keys, sizeof *layout->key, by_path);
}

/* All but the head cell of a layout that is understood. */
static int cells(const struct reading *r)
{
	struct ks_layout *layout = r->layout;
	size_t i, members = 0, ranges = 0;
	int code = KS_OK;

	for (i = 0; i < layout->cells; i++) {
		members += cell_at(layout, i)[8] == TAG_MEMBER;
		ranges += cell_at(layout, i)[8] == TAG_INTERVAL;
	}
	layout->member = calloc(members + 1, sizeof *layout->member);
	layout->range = calloc(members + ranges + 1, sizeof *layout->range);
	layout->key = calloc(members + 1, sizeof *layout->key);
	if (layout->member == NULL || layout->range == NULL || layout->key == NULL)
		code = ks_no_memory(r->error);
	for (i = 0; i < layout->cells && code == KS_OK; i++)
		code = cell(r, i);
	if (code == KS_OK)
		code = paths(r);
	if (code == KS_OK)
		code = shared_bits(r);
	if (code == KS_OK)
		code = values(r);
	if (code == KS_OK)
		code = children(r);
	if (code != KS_OK)
		ks_layout_free(layout);
	else
		keys(layout);
	return code;
}

int ks_layout_in_image(struct ks_layout *layout, const uint8_t *bytes, size_t len, const char *place,
		       const struct ks_error *error)
{
	struct reading r = { layout, place, error };
	int code;

	memset(layout, 0, sizeof *layout);
	layout->bytes = bytes;
	code = head(&r, len);
	if (code != KS_OK)
		return code;
	layout->strange = first_strange(layout);
	return layout->strange != 0 ? KS_OK : cells(&r);
}

int ks_layout_read(struct ks_layout *layout, const uint8_t *bytes, size_t len, const char *place,
		   const struct ks_error *error)
{
	int code = ks_layout_in_image(layout, bytes, len, place, error);
	const char *what;
	unsigned value;

	if (code != KS_OK || layout->strange == 0)
		return code;
	what = strange(cell_at(layout, layout->strange - 1), &value);
	return ks_refuse(error, "%s, cell %zu: not understood: unknown %s 0x%x", place, layout->strange, what,
			 value);
}

size_t ks_layout_size(const struct ks_layout *layout)
{
	return (layout->cells + 1) * KS_CELL;
}

void ks_layout_free(struct ks_layout *layout)
{
	free(layout->member);
	free(layout->range);
	free(layout->key);
	layout->member = NULL;
	layout->range = NULL;
	layout->key = NULL;
	layout->members = 0;
	layout->keys = 0;
}

const char *ks_record(const struct ks_layout *layout)
{
	return (const char *)layout->bytes; /* 47 characters at most, then NUL */
}

const struct ks_member *ks_find(const struct ks_layout *layout, const uint8_t *path)
{
	return find(layout, path);
}
