/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kserial_read.h"

struct file {
	uint8_t *bytes;
	size_t len;
};

static int load(const char *name, struct file *file)
{
	FILE *in = fopen(name, "rb");
	size_t room = 65536, got;
	uint8_t *more;

	file->bytes = NULL;
	file->len = 0;
	if (in == NULL) {
		(void)fprintf(stderr, "%s: %s\n", name, strerror(errno));
		return 3;
	}
	for (;;) {
		more = room > file->len ? realloc(file->bytes, room) : NULL;
		if (more == NULL)
			break;
		file->bytes = more;
		got = fread(file->bytes + file->len, 1, room - file->len, in);
		file->len += got;
		if (file->len < room) {
			if (ferror(in))
				break;
			(void)fclose(in);
			return 0;
		}
		room *= 2;
	}
	(void)fprintf(stderr, "%s: cannot be read\n", name);
	(void)fclose(in);
	free(file->bytes);
	file->bytes = NULL;
	return 3;
}

static int usage(void)
{
	(void)fputs("usage: kserial_read IMAGE\n"
		    "       kserial_read --as LAYOUT IMAGE\n"
		    "       kserial_read --tables LAYOUTS IMAGE\n"
		    "       kserial_read --grade SOURCE_LAYOUT TARGET_LAYOUT\n"
		    "       kserial_read --layout LAYOUT\n"
		    "       kserial_read --note DESCRIPTION\n",
		    stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct file a = { NULL, 0 }, b = { NULL, 0 };
	enum kserial_grade grade = KSERIAL_INCOMPATIBLE;
	char error[512] = "";
	const char *mode = argc > 2 ? argv[1] : "";
	int code;

	if (argc == 2 && argv[1][0] != '-') {
		code = load(argv[1], &a);
		if (code == 0)
			code = kserial_read_image(a.bytes, a.len, stdout, error, sizeof error);
	} else if (argc == 4 && (strcmp(mode, "--as") == 0 || strcmp(mode, "--tables") == 0 ||
				 strcmp(mode, "--grade") == 0)) {
		code = load(argv[2], &a);
		if (code == 0)
			code = load(argv[3], &b);
		if (code == 0 && strcmp(mode, "--as") == 0) {
			code = kserial_read_as(a.bytes, a.len, b.bytes, b.len, stdout, error, sizeof error);
		} else if (code == 0 && strcmp(mode, "--tables") == 0) {
			code = kserial_read_tables(a.bytes, a.len, b.bytes, b.len, stdout, error, sizeof error);
		} else if (code == 0) {
			code = kserial_grade_layouts(a.bytes, a.len, b.bytes, b.len, &grade, error, sizeof error);
			if (code == 0)
				(void)puts(kserial_grade_name(grade));
		}
	} else if (argc == 3 && strcmp(mode, "--layout") == 0) {
		code = load(argv[2], &a);
		if (code == 0)
			code = kserial_check_layout(a.bytes, a.len, error, sizeof error);
	} else if (argc == 3 && strcmp(mode, "--note") == 0) {
		code = load(argv[2], &a);
		if (code == 0)
			code = kserial_check_note(a.bytes, a.len, error, sizeof error);
	} else {
		return usage();
	}
	if (code == 1)
		(void)fprintf(stderr, "refused: %s\n", error);
	else if (code != 0 && error[0] != 0)
		(void)fprintf(stderr, "failed: %s\n", error);
	free(a.bytes);
	free(b.bytes);
	return code;
}
