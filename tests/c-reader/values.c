/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Elements of rows and the sets of values that members may take (1.3, 1.5). */
#include <inttypes.h>

#include "internal.h"

#define SIGN ((uint64_t)1 << 63)

/* Values in an order that unsigned comparison follows, whatever the sign. */
uint64_t ks_order(const struct ks_member *member, uint64_t value)
{
	return member->kind == KIND_SIGNED ? value ^ SIGN : value;
}

/* Everything that the member's width holds. */
struct ks_range ks_width(const struct ks_member *member)
{
	struct ks_range all = { 0, UINT64_MAX };
	uint64_t half;

	if (member->kind == KIND_SIGNED) {
		half = (uint64_t)1 << (member->bits - 1);
		all.low = SIGN - half;
		all.high = SIGN + (half - 1);
	} else if (member->bits < 64) {
		all.high = ((uint64_t)1 << member->bits) - 1;
	}
	return all;
}

uint64_t ks_get(const struct ks_member *member, const uint8_t *row, uint32_t element)
{
	/* The layout's rules keep this inside a row of at most 2^19 bits. */
	uint32_t bit = member->bit + element * member->bits;
	unsigned shift = bit % 8;
	unsigned bytes = (shift + member->bits + 7) / 8; /* at most 8: rule 4 */
	uint64_t value = 0;
	unsigned i;

	row += bit / 8;
	for (i = 0; i < bytes; i++)
		value |= (uint64_t)row[i] << (8 * i);
	value >>= shift;
	if (member->bits < 64)
		value &= ((uint64_t)1 << member->bits) - 1;
	if (member->kind == KIND_SIGNED && (value >> (member->bits - 1) & 1) != 0 &&
	    member->bits < 64)
		value |= ~(((uint64_t)1 << member->bits) - 1);
	return value;
}

int ks_among(const struct ks_range *range, size_t ranges, uint64_t ordered)
{
	size_t low = 0, high = ranges, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (ordered < range[middle].low)
			high = middle;
		else if (ordered > range[middle].high)
			low = middle + 1;
		else
			return 1;
	}
	return 0;
}

int ks_has(const struct ks_member *member, uint64_t value)
{
	return ks_among(member->range, member->ranges, ks_order(member, value));
}

int ks_overlap(const struct ks_member *a, const struct ks_member *b)
{
	size_t i = 0, k = 0;

	while (i < a->ranges && k < b->ranges) {
		if (a->range[i].high < b->range[k].low)
			i++;
		else if (b->range[k].high < a->range[i].low)
			k++;
		else
			return 1;
	}
	return 0;
}

/* Ranges that touch have been merged, so one of `all` must hold each of `some`. */
int ks_includes(const struct ks_member *all, const struct ks_member *some)
{
	size_t i, k = 0;

	for (i = 0; i < some->ranges; i++) {
		while (k < all->ranges && all->range[k].high < some->range[i].low)
			k++;
		if (k == all->ranges || some->range[i].low < all->range[k].low ||
		    some->range[i].high > all->range[k].high)
			return 0;
	}
	return 1;
}

/* Whether no value but this one is possible. */
int ks_only(const struct ks_member *member, uint64_t value)
{
	uint64_t at = ks_order(member, value);

	return member->ranges == 0 ||
	       (member->ranges == 1 && member->range[0].low == at && member->range[0].high == at);
}

int ks_is_enum(const struct ks_member *member)
{
	return member->kind == KIND_OPEN || member->kind == KIND_CLOSED;
}

int ks_has_default(const struct ks_member *member)
{
	return member->kind == KIND_END || (member->flags & MEMBER_DEFAULT) != 0;
}

const char *ks_number(const struct ks_member *member, uint64_t value, char text[24])
{
	if (member->kind == KIND_SIGNED && (value & SIGN) != 0)
		(void)snprintf(text, 24, "-%" PRIu64, ~value + 1);
	else
		(void)snprintf(text, 24, "%" PRIu64, value);
	return text;
}
