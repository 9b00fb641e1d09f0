/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What may happen to rows on the way from a writer to a reader (3, 3.6). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static int by_bytes(const void *a, const void *b)
{
	return memcmp(*(const uint8_t *const *)a, *(const uint8_t *const *)b, KS_CELL);
}

/* Head cells equal, and the same cells in any order. */
static int same_layout(const struct ks_layout *a, const struct ks_layout *b, int *same)
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

const struct ks_member *ks_in_source(const struct ks_layout *source, const struct ks_member *m)
{
	const struct ks_member *found = ks_find(source, m->cell);

	return found != NULL && (found->flags & MEMBER_LEGACY) == 0 ? found : NULL;
}

uint64_t ks_default_or_zero(const struct ks_member *m)
{
	return (m->flags & MEMBER_DEFAULT) != 0 ? m->def : 0;
}

int ks_must_cross(const struct ks_member *m)
{
	return (m->flags & (MEMBER_CRITICAL | MEMBER_KEY)) != 0;
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
	if (t->count > s->count && !ks_has_default(t) && !ks_has(t, 0))
		return KSERIAL_INCOMPATIBLE;
	*why = "no value in common";
	if (!ks_overlap(s, t))
		return KSERIAL_INCOMPATIBLE;
	if (s->count > t->count) {
		*why = "a tail, critical or of a key, that is never the default";
		if (ks_must_cross(s) && !ks_has(s, ks_default_or_zero(s)))
			return KSERIAL_INCOMPATIBLE;
		*why = "fewer elements in the target";
		if (!ks_only(s, ks_default_or_zero(s)))
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
	*why = "without a default, and absent from the target";
	if (!ks_has_default(s))
		return ks_must_cross(s) ? KSERIAL_INCOMPATIBLE : KSERIAL_CONDITIONAL;
	*why = "absent from the target";
	return ks_only(s, ks_default_or_zero(s)) ? KSERIAL_COMPATIBLE : KSERIAL_CONDITIONAL;
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
	enum kserial_grade found;
	const char *why = "";
	size_t i;
	int same;

	if (error->size > 0)
		error->text[0] = 0;
	*grade = KSERIAL_COMPATIBLE;
	if (same_layout(source, target, &same) != KS_OK)
		return ks_no_memory(error);
	if (memcmp(source->bytes, target->bytes, 48) != 0) {
		*grade = KSERIAL_INCOMPATIBLE;
		(void)ks_refuse(error, "head cell: different records");
		return KS_OK;
	}
	for (i = 0; i < target->members; i++) {
		m = &target->member[i];
		s = ks_in_source(source, m);
		if (s != NULL) {
			found = both(source, target, s, m, &why);
			note(error, grade, found, m, why);
		} else if (m->kind != KIND_GROUP && !ks_has_default(m)) {
			note(error, grade, KSERIAL_INCOMPATIBLE, m, "absent from the source and without a default");
		}
	}
	for (i = 0; i < source->members; i++) {
		m = &source->member[i];
		if (m->kind == KIND_GROUP || (m->flags & MEMBER_LEGACY) != 0 ||
		    ks_find(target, m->cell) != NULL)
			continue;
		found = source_only(m, &why);
		note(error, grade, found, m, why);
	}
	if (same && *grade == KSERIAL_COMPATIBLE)
		*grade = KSERIAL_IDENTICAL;
	return KS_OK;
}
