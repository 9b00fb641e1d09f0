/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef KSERIAL_INTERNAL_H
#define KSERIAL_INTERNAL_H

#include "kserial_read.h"

#define KS_CELL 64u
#define KS_PATH_TEXT 24 /* "65535.65535.65535.65535" and NUL */

enum { KS_OK = 0, KS_REFUSED = 1, KS_FAILED = 3 };

enum { TAG_MEMBER = 1, TAG_INTERVAL, TAG_CHILD, TAG_RETIRED, TAG_SKIPPED = 128 };

enum ks_kind {
	KIND_UNSIGNED = 1,
	KIND_SIGNED,
	KIND_BOOL,
	KIND_BYTES,
	KIND_TEXT,
	KIND_OPEN,
	KIND_CLOSED,
	KIND_PHYSICAL,
	KIND_END,
	KIND_GROUP
};

enum {
	MEMBER_DEFAULT = 1,
	MEMBER_CRITICAL = 2,
	MEMBER_KEY = 4,
	MEMBER_LEGACY = 8,
	MEMBER_SENSITIVE = 16,
	MEMBER_ARRAY = 32,
	MEMBER_KNOWN = 63
};

enum { RECORD_CRITICAL = 1, RECORD_REQUIRED = 2 };
enum { TABLE_LATE = 1, TABLE_SORTED = 2 };

struct ks_error {
	char *text;
	size_t size;
};

/* Values from low to high, both as ks_order() gives them. */
struct ks_range {
	uint64_t low;
	uint64_t high;
};

struct ks_member {
	const uint8_t *cell;
	const uint8_t *child; /* the child cell of an end mark, or NULL */
	uint8_t kind;
	uint8_t bits;
	uint32_t bit;
	uint32_t count;
	uint32_t flags; /* the known ones */
	uint64_t def;
	const struct ks_range *range; /* disjoint, ascending */
	size_t ranges;
};

/* If `strange` is not 0, only the head cell was read: there are no members, keys or ranges. */
struct ks_layout {
	const uint8_t *bytes; /* the head cell */
	size_t strange; /* the first cell that is not understood, counted from 1, or 0 */
	size_t cells;
	uint32_t row;
	uint32_t flags;
	uint32_t align;
	size_t members;
	struct ks_member *member; /* in the order of the cells */
	size_t keys;
	const struct ks_member **key; /* in the order of the paths */
	struct ks_range *range;
};

/* A table has at most so many generations of parents. */
#define KS_GENERATIONS 16u

struct ks_extent {
	const uint8_t *rows;
	size_t count;
};

struct ks_table {
	struct ks_layout layout;
	uint32_t flags;
	uint64_t rows;
	size_t first_extent;
	size_t extents;
	/* the end mark that counts this table's rows */
	const struct ks_table *parent;
	const struct ks_member *mark;
};

struct ks_image {
	const uint8_t *bytes;
	size_t len;
	uint32_t segments;
	size_t tables;
	struct ks_table *table;
	struct ks_extent *extent;
};

struct ks_cursor {
	const struct ks_extent *extent;
	size_t extents;
	size_t row;
	size_t size;
};

/* refuse.c */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
int ks_refuse(const struct ks_error *error, const char *format, ...);
int ks_no_memory(const struct ks_error *error);

/* bytes.c */
uint16_t ks_u16(const uint8_t *at);
uint32_t ks_u32(const uint8_t *at);
uint64_t ks_u64(const uint8_t *at);
/* The first byte that is not zero, or len. */
size_t ks_not_zero(const uint8_t *at, size_t len);
/* The characters of a text(size), or -1. */
int ks_text(const uint8_t *at, int size);
const char *ks_path(const uint8_t *cell, char text[KS_PATH_TEXT]);
/* Less than, equal to or greater than 0 as path a is below, equal to or above b. */
int ks_path_order(const uint8_t *a, const uint8_t *b);
/* Whether path a is b or begins with it. */
int ks_path_begins(const uint8_t *a, const uint8_t *b);

/* crc.c */
void ks_crc_table(uint32_t table[256]);
uint32_t ks_crc(const uint32_t table[256], const uint8_t *at, size_t len);

/* values.c */
uint64_t ks_order(const struct ks_member *member, uint64_t value);
struct ks_range ks_width(const struct ks_member *member);
uint64_t ks_get(const struct ks_member *member, const uint8_t *row, uint32_t element);
int ks_among(const struct ks_range *range, size_t ranges, uint64_t ordered);
int ks_has(const struct ks_member *member, uint64_t value);
int ks_overlap(const struct ks_member *a, const struct ks_member *b);
int ks_includes(const struct ks_member *all, const struct ks_member *some);
int ks_only(const struct ks_member *member, uint64_t value);
int ks_is_enum(const struct ks_member *member);
/* Whether the member has a default: end marks have one without saying so. */
int ks_has_default(const struct ks_member *member);
/* The decimal form of a value. */
const char *ks_number(const struct ks_member *member, uint64_t value, char text[24]);

/* layout.c */
/* A lone layout, a reader's or a note's: refused if it is not understood. */
int ks_layout_read(struct ks_layout *layout, const uint8_t *bytes, size_t len,
		   const char *place, const struct ks_error *error);
/* A layout of an image: one that is not understood is none the less read, see `strange`. */
int ks_layout_in_image(struct ks_layout *layout, const uint8_t *bytes, size_t len,
		       const char *place, const struct ks_error *error);
size_t ks_layout_size(const struct ks_layout *layout);
void ks_layout_free(struct ks_layout *layout);
const char *ks_record(const struct ks_layout *layout);
const struct ks_member *ks_find(const struct ks_layout *layout, const uint8_t *path);

/* image.c */
int ks_image_read(struct ks_image *image, const uint8_t *bytes, size_t len,
		  const struct ks_error *error);
void ks_image_free(struct ks_image *image);
void ks_rows(struct ks_cursor *cursor, const struct ks_image *image,
	     const struct ks_table *table);
/* The next row, or NULL after the last. */
const uint8_t *ks_next(struct ks_cursor *cursor);

/* rows.c */
int ks_rows_check(struct ks_image *image, const struct ks_error *error);

/* grade.c */
/* A source's legacy member counts as absent. */
const struct ks_member *ks_in_source(const struct ks_layout *source, const struct ks_member *m);
uint64_t ks_default_or_zero(const struct ks_member *m);
/* Whether rows that lose what this member of the source holds are refused (3.1, 3.3). */
int ks_must_cross(const struct ks_member *m);
int ks_grade(const struct ks_layout *source, const struct ks_layout *target,
	     enum kserial_grade *grade, const struct ks_error *error);

/* convert.c */
const struct ks_table *ks_table_of(const struct ks_image *image, const uint8_t *record);
/* Each prints one object, without an end of line; this one for a table that reads as empty. */
void ks_convert_none(const struct ks_layout *target, FILE *out);
int ks_convert(const struct ks_layout *target, const struct ks_image *image, FILE *out,
	       const struct ks_error *error);

/* tables.c */
int ks_convert_all(const struct ks_layout *target, size_t targets, const struct ks_image *image,
		   FILE *out, const struct ks_error *error);

/* note.c */
int ks_note_read(const uint8_t *bytes, size_t len, struct ks_layout *layout,
		 const struct ks_error *error);

/* json.c */
void ks_json_image(const struct ks_image *image, FILE *out);
void ks_json_text(const uint8_t *at, size_t size, FILE *out);
/*
 * One member's value: element i is that of `from` in `row` while `from` has
 * it, and `rest` afterwards.
 */
void ks_json_value(const struct ks_member *member, const struct ks_member *from,
		   const uint8_t *row, uint64_t rest, FILE *out);

#endif
