/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The canonical JSON: no spaces, one line, keys in this order. Numbers of the
 * format's fixed structures are JSON numbers; values of members are strings.
 */
#include <inttypes.h>

#include "internal.h"

static const char *const kinds[] = { "",     "unsigned", "signed",   "bool", "bytes", "text",
				     "open", "closed",	 "physical", "end",  "group" };

void ks_json_text(const uint8_t *at, size_t size, FILE *out)
{
	size_t i;

	(void)fputc('"', out);
	for (i = 0; i < size && at[i] != 0; i++) {
		if (at[i] == '"' || at[i] == '\\')
			(void)fputc('\\', out);
		(void)fputc(at[i], out);
	}
	(void)fputc('"', out);
}

static void one(const struct ks_member *m, uint64_t value, FILE *out)
{
	char text[24];

	if (m->kind == KIND_BOOL)
		(void)fputs(value != 0 ? "true" : "false", out);
	else
		(void)fprintf(out, "\"%s\"", ks_number(m, value, text));
}

void ks_json_value(const struct ks_member *m, const struct ks_member *from, const uint8_t *row,
		   uint64_t rest, FILE *out)
{
	int hex = m->kind == KIND_BYTES || m->kind == KIND_TEXT;
	int array = (m->flags & MEMBER_ARRAY) != 0;
	uint64_t value;
	uint32_t e;

	if (hex)
		(void)fputc('"', out);
	else if (array)
		(void)fputc('[', out);
	for (e = 0; e < m->count; e++) {
		value = from != NULL && e < from->count ? ks_get(from, row, e) : rest;
		if (hex) {
			(void)fprintf(out, "%02x", (unsigned)(value & 0xff));
		} else {
			if (e > 0)
				(void)fputc(',', out);
			one(m, value, out);
		}
	}
	if (hex)
		(void)fputc('"', out);
	else if (array)
		(void)fputc(']', out);
}

static void intervals(const struct ks_layout *l, const struct ks_member *m, FILE *out)
{
	char text[24];
	size_t i;
	int some = 0;

	for (i = 1; i <= l->cells; i++) {
		const uint8_t *c = l->bytes + i * KS_CELL;

		if (c[8] != TAG_INTERVAL || ks_u64(c) != ks_u64(m->cell))
			continue;
		(void)fputs(some ? "," : ",\"intervals\":[", out);
		some = 1;
		(void)fprintf(out, "{\"low\":\"%s\"", ks_number(m, ks_u64(c + 24), text));
		(void)fprintf(out, ",\"high\":\"%s\",\"name\":", ks_number(m, ks_u64(c + 32), text));
		ks_json_text(c + 40, 24, out);
		(void)fputc('}', out);
	}
	if (some)
		(void)fputc(']', out);
}

static void member(const struct ks_layout *l, const struct ks_member *m, FILE *out)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} flags[] = { { MEMBER_CRITICAL, "critical" },
		      { MEMBER_KEY, "key" },
		      { MEMBER_LEGACY, "legacy" },
		      { MEMBER_SENSITIVE, "sensitive" },
		      { MEMBER_ARRAY, "array" } };
	char text[KS_PATH_TEXT > 24 ? KS_PATH_TEXT : 24];
	size_t i;
	int some = 0;

	(void)fprintf(out, "{\"path\":\"%s\",\"name\":", ks_path(m->cell, text));
	ks_json_text(m->cell + 40, 24, out);
	(void)fprintf(out, ",\"kind\":\"%s\",\"bit\":%" PRIu32 ",\"bits\":%u,\"count\":%" PRIu32 ",\"flags\":[",
		      kinds[m->kind], m->bit, m->bits, m->count);
	for (i = 0; i < sizeof flags / sizeof flags[0]; i++) {
		if ((m->flags & flags[i].flag) == 0)
			continue;
		(void)fprintf(out, "%s\"%s\"", some ? "," : "", flags[i].name);
		some = 1;
	}
	(void)fputs("],\"unit\":", out);
	ks_json_text(m->cell + 32, 8, out);
	if ((m->flags & MEMBER_DEFAULT) != 0)
		(void)fprintf(out, ",\"default\":\"%s\"", ks_number(m, m->def, text));
	intervals(l, m, out);
	if (m->child != NULL) {
		(void)fputs(",\"child\":", out);
		ks_json_text(m->child + 16, 48, out);
	}
	(void)fputc('}', out);
}

static const char *boolean(uint32_t value)
{
	return value != 0 ? "true" : "false";
}

static void rows(const struct ks_image *image, const struct ks_table *table, FILE *out)
{
	struct ks_cursor cursor;
	const uint8_t *row;
	char path[KS_PATH_TEXT];
	int some = 0, later = 0;
	size_t k;

	ks_rows(&cursor, image, table);
	while ((row = ks_next(&cursor)) != NULL) {
		(void)fputs(later ? ",{" : "{", out);
		later = 1;
		some = 0;
		for (k = 0; k < table->layout.members; k++) {
			const struct ks_member *m = &table->layout.member[k];

			/* A legacy member's bits are zero and no value of it. */
			if (m->kind == KIND_GROUP || (m->flags & MEMBER_LEGACY) != 0)
				continue;
			(void)fprintf(out, "%s\"%s\":", some ? "," : "", ks_path(m->cell, path));
			some = 1;
			ks_json_value(m, m, row, 0, out);
		}
		(void)fputc('}', out);
	}
}

void ks_json_image(const struct ks_image *image, FILE *out)
{
	const uint8_t *b = image->bytes;
	char path[KS_PATH_TEXT];
	size_t t, i;
	int some;

	(void)fprintf(out,
		      "{\"machine\":{\"architecture\":%u,\"page_shift\":%u,\"max_order\":%u,"
		      "\"encrypted\":%s},\"number\":%" PRIu32 ",\"tables\":[",
		      (unsigned)ks_u16(b + 10), b[25], b[26], boolean(b[27]), ks_u32(b + 28));
	for (t = 0; t < image->tables; t++) {
		const struct ks_table *table = &image->table[t];
		const struct ks_layout *l = &table->layout;

		(void)fputs(t > 0 ? ",{\"record\":" : "{\"record\":", out);
		ks_json_text(l->bytes, 48, out);
		(void)fprintf(out,
			      ",\"rows\":%" PRIu64 ",\"late\":%s,\"sorted\":%s,\"critical\":%s,"
			      "\"required\":%s,\"row\":%" PRIu32 ",\"align\":%" PRIu32,
			      table->rows, boolean(table->flags & TABLE_LATE),
			      boolean(table->flags & TABLE_SORTED), boolean(l->flags & RECORD_CRITICAL),
			      boolean(l->flags & RECORD_REQUIRED), l->row, l->align);
		if (l->strange != 0) {
			(void)fputs(",\"understood\":false}", out);
			continue;
		}
		(void)fputs(",\"members\":[", out);
		for (i = 0; i < l->members; i++) {
			if (i > 0)
				(void)fputc(',', out);
			member(l, &l->member[i], out);
		}
		(void)fputs("],\"retired\":[", out);
		some = 0;
		for (i = 1; i <= l->cells; i++) {
			const uint8_t *c = l->bytes + i * KS_CELL;

			if (c[8] != TAG_RETIRED)
				continue;
			(void)fprintf(out, "%s{\"path\":\"%s\",\"name\":", some ? "," : "", ks_path(c, path));
			some = 1;
			ks_json_text(c + 40, 24, out);
			(void)fputc('}', out);
		}
		(void)fputs("],\"data\":[", out);
		rows(image, table, out);
		(void)fputs("]}", out);
	}
	(void)fputs("]}\n", out);
}
