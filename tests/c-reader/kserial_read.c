/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The functions that other programs call. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static struct ks_error prepare(char *error, size_t error_len)
{
	struct ks_error e = { error, error == NULL ? 0 : error_len };

	if (e.size > 0)
		error[0] = 0;
	return e;
}

static int written(FILE *out, const struct ks_error *error)
{
	if (out == NULL || (fflush(out) == 0 && !ferror(out)))
		return KS_OK;
	(void)ks_refuse(error, "output: cannot be written");
	return KS_FAILED;
}

static int whole_layout(struct ks_layout *layout, const uint8_t *bytes, size_t len, const char *place,
			const struct ks_error *error)
{
	int code = ks_layout_read(layout, bytes, len, place, error);

	if (code == KS_OK && ks_layout_size(layout) != len) {
		ks_layout_free(layout);
		code = ks_refuse(error, "%s: %zu bytes, more than its cells have", place, len);
	}
	return code;
}

int kserial_read_image(const uint8_t *bytes, size_t len, FILE *out, char *error, size_t error_len)
{
	struct ks_error e = prepare(error, error_len);
	struct ks_image image;
	int code = ks_image_read(&image, bytes, len, &e);

	if (code != KS_OK)
		return code;
	if (out != NULL)
		ks_json_image(&image, out);
	ks_image_free(&image);
	return written(out, &e);
}

int kserial_read_as(const uint8_t *layout, size_t layout_len, const uint8_t *bytes, size_t len, FILE *out,
		    char *error, size_t error_len)
{
	struct ks_error e = prepare(error, error_len);
	struct ks_layout target;
	struct ks_image image;
	int code = whole_layout(&target, layout, layout_len, "layout", &e);

	if (code != KS_OK)
		return code;
	code = ks_image_read(&image, bytes, len, &e);
	if (code == KS_OK) {
		code = ks_convert(&target, &image, out, &e);
		if (code == KS_OK && out != NULL)
			(void)fputc('\n', out);
		ks_image_free(&image);
	}
	ks_layout_free(&target);
	return code == KS_OK ? written(out, &e) : code;
}

static void free_layouts(struct ks_layout *layout, size_t n)
{
	while (n > 0)
		ks_layout_free(&layout[--n]);
	free(layout);
}

/* Layouts one after another, of different records. */
static int read_layouts(struct ks_layout **layouts, size_t *count, const uint8_t *bytes, size_t len,
			const struct ks_error *error)
{
	struct ks_layout *all = calloc(len / KS_CELL + 1, sizeof *all);
	char place[48];
	size_t n = 0, k;
	int code = KS_OK;

	if (all == NULL)
		return ks_no_memory(error);
	while (len > 0 && code == KS_OK) {
		(void)snprintf(place, sizeof place, "layout %zu", n);
		code = ks_layout_read(&all[n], bytes, len, place, error);
		if (code != KS_OK)
			break;
		for (k = 0; k < n; k++)
			if (memcmp(all[k].bytes, all[n].bytes, 48) == 0)
				code = ks_refuse(error, "%s: layout %zu has the same record", place, k);
		bytes += ks_layout_size(&all[n]);
		len -= ks_layout_size(&all[n]);
		n++;
	}
	if (code != KS_OK) {
		free_layouts(all, n);
		return code;
	}
	*layouts = all;
	*count = n;
	return KS_OK;
}

int kserial_read_tables(const uint8_t *layouts, size_t layouts_len, const uint8_t *bytes, size_t len,
			FILE *out, char *error, size_t error_len)
{
	struct ks_error e = prepare(error, error_len);
	struct ks_layout *target = NULL;
	struct ks_image image;
	size_t targets = 0;
	int code = read_layouts(&target, &targets, layouts, layouts_len, &e);

	if (code != KS_OK)
		return code;
	code = ks_image_read(&image, bytes, len, &e);
	if (code == KS_OK) {
		code = ks_convert_all(target, targets, &image, out, &e);
		ks_image_free(&image);
	}
	free_layouts(target, targets);
	return code == KS_OK ? written(out, &e) : code;
}

int kserial_grade_layouts(const uint8_t *source, size_t source_len, const uint8_t *target,
			  size_t target_len, enum kserial_grade *grade, char *error, size_t error_len)
{
	struct ks_error e = prepare(error, error_len);
	struct ks_layout s, t;
	int code = whole_layout(&s, source, source_len, "source layout", &e);

	if (code != KS_OK)
		return code;
	code = whole_layout(&t, target, target_len, "target layout", &e);
	if (code == KS_OK) {
		code = ks_grade(&s, &t, grade, &e);
		ks_layout_free(&t);
	}
	ks_layout_free(&s);
	return code;
}

int kserial_check_layout(const uint8_t *bytes, size_t len, char *error, size_t error_len)
{
	struct ks_error e = prepare(error, error_len);
	struct ks_layout layout;
	int code = whole_layout(&layout, bytes, len, "layout", &e);

	if (code == KS_OK)
		ks_layout_free(&layout);
	return code;
}

int kserial_check_note(const uint8_t *bytes, size_t len, char *error, size_t error_len)
{
	struct ks_error e = prepare(error, error_len);
	struct ks_layout layout;
	int code = ks_note_read(bytes, len, &layout, &e);

	if (code == KS_OK)
		ks_layout_free(&layout);
	return code;
}

const char *kserial_grade_name(enum kserial_grade grade)
{
	static const char *const names[] = { "identical", "compatible", "conditional", "incompatible" };

	return names[grade];
}

int kserial_print(enum kserial_what what, const uint8_t *first, size_t first_len, const uint8_t *second,
		  size_t second_len, char **text, size_t *text_len, char *error, size_t error_len)
{
	struct ks_error e = prepare(error, error_len);
	FILE *out = tmpfile();
	long size;
	int code = KS_FAILED;

	*text = NULL;
	*text_len = 0;
	if (out == NULL) {
		(void)ks_refuse(&e, "output: no temporary file");
		return KS_FAILED;
	}
	if (what == KSERIAL_IMAGE)
		code = kserial_read_image(first, first_len, out, error, error_len);
	else if (what == KSERIAL_AS)
		code = kserial_read_as(first, first_len, second, second_len, out, error, error_len);
	else if (what == KSERIAL_TABLES)
		code = kserial_read_tables(first, first_len, second, second_len, out, error, error_len);
	if (code == KS_OK) {
		size = ftell(out);
		rewind(out);
		*text = size < 0 ? NULL : malloc((size_t)size + 1);
		if (*text == NULL || fread(*text, 1, (size_t)size, out) != (size_t)size) {
			kserial_free(*text);
			*text = NULL;
			code = ks_no_memory(&e);
		} else {
			(*text)[size] = 0;
			*text_len = (size_t)size;
		}
	}
	(void)fclose(out);
	return code;
}

void kserial_free(char *text)
{
	free(text);
}
