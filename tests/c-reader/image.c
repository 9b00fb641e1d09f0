/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Images: the head, where rows lie, sums and gaps (2.1 to 2.3). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define BLOCK 8192u
#define LARGEST (2u * 1024 * 1024)

static const uint8_t magic[8] = { 'K', 'S', 'e', 'r', 'i', 'a', 'l', 0 };

static uint64_t up(uint64_t offset)
{
	return (offset + 63) / 64 * 64;
}

/* Offsets are below `len`, which fits size_t, wherever this is called. */
static int zero(const struct ks_image *image, uint64_t from, uint64_t to, const char *what,
		const struct ks_error *error)
{
	size_t len = (size_t)(to - from);
	size_t at = ks_not_zero(image->bytes + (size_t)from, len);

	if (at != len)
		return ks_refuse(error, "offset %" PRIu64 ": %s is not zero", from + at, what);
	return KS_OK;
}

static int fixed_part(struct ks_image *image, const struct ks_error *error)
{
	const uint8_t *b = image->bytes;

	if (image->len < 64)
		return ks_refuse(error, "head: the image has only %zu bytes", image->len);
	if (memcmp(b, magic, sizeof magic) != 0)
		return ks_refuse(error, "head: not a KSerial image");
	if (ks_u16(b + 8) != 1)
		return ks_refuse(error, "head: version %u", (unsigned)ks_u16(b + 8));
	if (b[24] != 1)
		return ks_refuse(error, "head: byte order %u", b[24]);
	if (b[27] > 1)
		return ks_refuse(error, "head: encrypted is %u", b[27]);
	if (ks_u32(b + 16) < 1)
		return ks_refuse(error, "head: no segments");
	if (ks_u32(b + 20) > 256)
		return ks_refuse(error, "head: %" PRIu32 " tables", ks_u32(b + 20));
	return zero(image, 32, 48, "the head's fixed part", error);
}

static int head_sum(const struct ks_image *image, const uint32_t crc[256], uint32_t length,
		    const struct ks_error *error)
{
	if (length < 64 || image->len < 64 || length > image->len - 64)
		return ks_refuse(error, "head: length %" PRIu32 " in an image of %zu bytes", length,
				 image->len);
	if (ks_crc(crc, image->bytes, length) != ks_u32(image->bytes + length))
		return ks_refuse(error, "head: wrong sum");
	return zero(image, (uint64_t)length + 4, (uint64_t)length + 64, "what follows the head's sum",
		    error);
}

static int segment_lengths(const struct ks_image *image, uint32_t length, const struct ks_error *error)
{
	uint64_t total = 0;
	uint32_t i, one;

	for (i = 0; i < image->segments; i++) {
		one = ks_u32(image->bytes + 64 + (size_t)i * 4);
		if (one < 64 || one > LARGEST || one % 64 != 0)
			return ks_refuse(error, "segment %" PRIu32 ": length %" PRIu32, i, one);
		if (i == 0 && one < (uint64_t)length + 64)
			return ks_refuse(error, "segment 0: length %" PRIu32 ", too short for the head", one);
		total += one;
	}
	if (total != image->len)
		return ks_refuse(error, "file: %zu bytes, but the segments have %" PRIu64, image->len, total);
	return KS_OK;
}

static int directory(struct ks_image *image, uint64_t entries, uint64_t layouts, uint32_t length,
		     const struct ks_error *error)
{
	uint32_t tables = ks_u32(image->bytes + 20);
	uint64_t at = layouts;
	char place[96];
	size_t i;
	uint32_t t;
	int code;

	image->table = calloc((size_t)tables + 1, sizeof *image->table);
	if (image->table == NULL)
		return ks_no_memory(error);
	for (t = 0; t < tables; t++) {
		const uint8_t *e = image->bytes + (size_t)entries + (size_t)t * 16;
		struct ks_table *table = &image->table[t];

		table->flags = ks_u32(e);
		table->rows = ks_u64(e + 8);
		if ((table->flags & 0xffffu & ~(uint32_t)(TABLE_LATE | TABLE_SORTED)) != 0)
			return ks_refuse(error, "table %" PRIu32 ": unknown flags 0x%" PRIx32, t, table->flags);
		if (ks_u32(e + 4) != 0)
			return ks_refuse(error, "table %" PRIu32 ": bytes 4 to 7 of the entry are not zero", t);
		(void)snprintf(place, sizeof place, "table %" PRIu32, t);
		code = ks_layout_in_image(&table->layout, image->bytes + (size_t)at, (size_t)(length - at),
					  place, error);
		if (code != KS_OK)
			return code;
		image->tables = t + 1;
		if ((table->flags & TABLE_SORTED) != 0 && table->layout.keys == 0 &&
		    table->layout.strange == 0)
			return ks_refuse(error, "table %" PRIu32 " (%s): sorted, but its layout has no key", t,
					 ks_record(&table->layout));
		at += ks_layout_size(&table->layout);
		for (i = 0; i < t; i++)
			if (memcmp(image->table[i].layout.bytes, table->layout.bytes, 48) == 0)
				return ks_refuse(error, "table %" PRIu32 " (%s): table %zu has the same record", t,
						 ks_record(&table->layout), i);
	}
	if (at != length)
		return ks_refuse(error, "head: length %" PRIu32 ", but the layouts end at %" PRIu64, length, at);
	return KS_OK;
}

static int block_sums(const struct ks_image *image, uint32_t t, const uint32_t crc[256],
		      const uint8_t *rows, size_t n, size_t per_block, uint64_t *block,
		      const struct ks_error *error)
{
	const struct ks_table *table = &image->table[t];
	size_t row = table->layout.row, left = n, some;
	const uint8_t *sum = rows + n * row;
	uint32_t number = ks_u32(image->bytes + 28), want;

	while (left > 0) {
		some = left < per_block ? left : per_block;
		want = ks_crc(crc, rows, some * row) ^ number ^ (uint32_t)(t * 0x9E3779B1u) ^
		       (uint32_t)((uint32_t)*block * 0x85EBCA77u);
		if (ks_u32(sum) != want)
			return ks_refuse(error, "table %" PRIu32 " (%s), block %" PRIu64 ": wrong sum", t,
					 ks_record(&table->layout), *block);
		rows += some * row;
		sum += 4;
		left -= some;
		++*block;
	}
	return KS_OK;
}

/* Where the cursor of 2.2 is. */
struct place {
	uint64_t base; /* of the segment, from the image's start */
	uint64_t segment_len;
	uint64_t at; /* in the segment */
	uint32_t segment;
	size_t extents;
};

static int place_table(struct ks_image *image, uint32_t t, struct place *p, const uint32_t crc[256],
		       const struct ks_error *error)
{
	struct ks_table *table = &image->table[t];
	uint64_t row = table->layout.row, left = table->rows, block = 0;
	uint64_t b = BLOCK / row > 0 ? BLOCK / row : 1;
	uint64_t full = b * row + 4, space, n, rest, next;
	const uint8_t *rows;
	int code;

	table->first_extent = p->extents;
	while (left > 0) {
		space = p->segment_len - p->at;
		rest = space % full;
		n = space / full * b + (rest > 4 ? rest - 4 : 0) / row;
		if (n > left)
			n = left;
		if (n > 0) {
			rows = image->bytes + (size_t)(p->base + p->at);
			code = block_sums(image, t, crc, rows, (size_t)n, (size_t)b, &block, error);
			if (code != KS_OK)
				return code;
			image->extent[p->extents].rows = rows;
			image->extent[p->extents].count = (size_t)n;
			p->extents++;
			table->extents++;
			p->at += n * row + (n + b - 1) / b * 4;
			left -= n;
		}
		next = left > 0 ? p->segment_len : up(p->at);
		code = zero(image, p->base + p->at, p->base + next, "a gap", error);
		if (code != KS_OK)
			return code;
		p->at = next;
		if (left == 0)
			break;
		if (++p->segment == image->segments)
			return ks_refuse(error,
					 "table %" PRIu32 " (%s): the segments end with %" PRIu64 " rows missing",
					 t, ks_record(&table->layout), left);
		p->base += p->segment_len;
		p->segment_len = ks_u32(image->bytes + 64 + (size_t)p->segment * 4);
		p->at = 0;
	}
	return KS_OK;
}

static int place_tables(struct ks_image *image, uint32_t length, const uint32_t crc[256],
			const struct ks_error *error)
{
	struct place p = { 0, ks_u32(image->bytes + 64), (uint64_t)length + 64, 0, 0 };
	uint32_t t;
	int code;

	/* Each extent ends a table or a segment. */
	image->extent = malloc((image->tables + image->segments) * sizeof *image->extent);
	if (image->extent == NULL)
		return ks_no_memory(error);
	for (t = 0; t < image->tables; t++) {
		code = place_table(image, t, &p, crc, error);
		if (code != KS_OK)
			return code;
	}
	return zero(image, p.base + p.at, image->len, "what follows the last row", error);
}

static int read_image(struct ks_image *image, const struct ks_error *error)
{
	uint64_t entries, layouts;
	uint32_t crc[256], length;
	int code;

	ks_crc_table(crc);
	code = fixed_part(image, error);
	if (code != KS_OK)
		return code;
	length = ks_u32(image->bytes + 12);
	image->segments = ks_u32(image->bytes + 16);
	code = head_sum(image, crc, length, error);
	if (code != KS_OK)
		return code;
	entries = up(64 + (uint64_t)image->segments * 4);
	layouts = up(entries + (uint64_t)ks_u32(image->bytes + 20) * 16);
	if (layouts > length)
		return ks_refuse(error, "head: length %" PRIu32 ", but the layouts begin at %" PRIu64, length,
				 layouts);
	code = segment_lengths(image, length, error);
	if (code == KS_OK)
		code = zero(image, 64 + (uint64_t)image->segments * 4, entries, "what follows the lengths",
			    error);
	if (code == KS_OK)
		code = zero(image, entries + (uint64_t)ks_u32(image->bytes + 20) * 16, layouts,
			    "what follows the entries", error);
	if (code == KS_OK)
		code = directory(image, entries, layouts, length, error);
	if (code == KS_OK)
		code = place_tables(image, length, crc, error);
	if (code == KS_OK)
		code = ks_rows_check(image, error);
	return code;
}

int ks_image_read(struct ks_image *image, const uint8_t *bytes, size_t len, const struct ks_error *error)
{
	int code;

	memset(image, 0, sizeof *image);
	image->bytes = bytes;
	image->len = len;
	code = read_image(image, error);
	if (code != KS_OK)
		ks_image_free(image);
	return code;
}

void ks_image_free(struct ks_image *image)
{
	size_t t;

	for (t = 0; t < image->tables; t++)
		ks_layout_free(&image->table[t].layout);
	free(image->table);
	free(image->extent);
	memset(image, 0, sizeof *image);
}

void ks_rows(struct ks_cursor *cursor, const struct ks_image *image, const struct ks_table *table)
{
	cursor->extent = image->extent + table->first_extent;
	cursor->extents = table->extents;
	cursor->row = 0;
	cursor->size = table->layout.row;
}

const uint8_t *ks_next(struct ks_cursor *cursor)
{
	if (cursor->extents > 0 && cursor->row == cursor->extent->count) {
		cursor->extent++;
		cursor->extents--;
		cursor->row = 0;
	}
	if (cursor->extents == 0)
		return NULL;
	return cursor->extent->rows + cursor->row++ * cursor->size;
}
