/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The functions that other programs call. */
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
		ks_image_free(&image);
	}
	ks_layout_free(&target);
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

const char *kserial_grade_name(enum kserial_grade grade)
{
	static const char *const names[] = { "identical", "compatible", "conditional", "incompatible" };

	return names[grade];
}
