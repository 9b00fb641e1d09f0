/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Feeds changed samples to every entry point: no crash, no undefined
 * behaviour, whatever the verdict. A reader that takes next to nothing, or
 * next to everything, has failed as well. usage: stress ROUNDS IMAGE...
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static uint64_t state = 0x9E3779B97F4A7C15u;

static uint32_t draw(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % below;
}

static uint8_t *load(const char *name, size_t *len)
{
	FILE *in = fopen(name, "rb");
	uint8_t *bytes = malloc(1 << 20);

	if (in == NULL || bytes == NULL)
		exit(2);
	*len = fread(bytes, 1, 1 << 20, in);
	(void)fclose(in);
	return bytes;
}

static void resum(uint8_t *bytes, size_t len)
{
	uint32_t crc[256], length, sum;

	if (len < 64)
		return;
	length = ks_u32(bytes + 12);
	if (length > len - 4)
		return;
	ks_crc_table(crc);
	sum = ks_crc(crc, bytes, length);
	bytes[length] = (uint8_t)sum;
	bytes[length + 1] = (uint8_t)(sum >> 8);
	bytes[length + 2] = (uint8_t)(sum >> 16);
	bytes[length + 3] = (uint8_t)(sum >> 24);
}

static void change(uint8_t *bytes, size_t len)
{
	static const uint8_t liked[] = { 0, 1, 2, 3, 4, 7, 8, 9, 10, 32, 63, 64, 65, 127, 128, 255 };
	uint32_t n = 1 + draw(3), at;

	while (n-- > 0) {
		at = draw((uint32_t)len);
		switch (draw(4)) {
		case 0:
			bytes[at] = (uint8_t)(bytes[at] ^ 1u << draw(8));
			break;
		case 1:
			bytes[at] = liked[draw(sizeof liked)];
			break;
		case 2:
			bytes[at / 4 * 4] = liked[draw(sizeof liked)];
			break;
		default:
			memmove(bytes + at, bytes + draw(at + 1),
				draw((uint32_t)(len - at < 64 ? len - at : 64) + 1));
			break;
		}
	}
}

int main(int argc, char **argv)
{
	unsigned long rounds, fed = 0, accepted = 0, refused = 0;
	enum kserial_grade grade;
	char error[160];
	uint8_t *bytes, *copy;
	size_t len, some, from;
	FILE *out = tmpfile();
	int i, code;

	if (argc < 3 || out == NULL)
		return 2;
	rounds = strtoul(argv[1], NULL, 10);
	for (i = 2; i < argc; i++) {
		unsigned long k;

		bytes = load(argv[i], &len);
		if (len == 0)
			continue;
		for (k = 0; k < rounds; k++) {
			some = draw(20) == 0 ? draw((uint32_t)len) + 1 : len;
			copy = malloc(some); /* exactly, so that a byte too far is seen */
			if (copy == NULL)
				return 2;
			memcpy(copy, bytes, some);
			change(copy, some);
			if (draw(16) != 0)
				resum(copy, some);
			code = kserial_read_image(copy, some, out, error, sizeof error);
			if (code == 1 && strlen(error) < 3)
				return 1;
			fed++;
			accepted += code == 0;
			refused += code == 1;
			rewind(out);
			/* A layout lies behind the directory of every sample. */
			from = 64 * (size_t)draw(8);
			if (from + 64 <= some) {
				size_t cells = (size_t)ks_u16(copy + from + 52) + 1;

				if (cells <= (some - from) / 64) {
					(void)kserial_read_as(copy + from, cells * 64, bytes, len, out, error,
							      sizeof error);
					(void)kserial_read_tables(copy + from, cells * 64, bytes, len, out, error,
								  sizeof error);
					/* The cells may not be those of the sample: that is a verdict too. */
					if (from + cells * 64 <= len) {
						(void)kserial_read_as(bytes + from, cells * 64, copy, some, out,
								      error, sizeof error);
						(void)kserial_read_tables(bytes + from, cells * 64, copy, some, out,
									  error, sizeof error);
					}
					if (from >= 64)
						(void)kserial_check_note(copy + from - 8, cells * 64 + 8, error,
									 sizeof error);
					(void)kserial_grade_layouts(bytes + from, cells * 64, copy + from,
								    cells * 64, &grade, error, sizeof error);
					rewind(out);
				}
			}
			free(copy);
		}
		free(bytes);
	}
	(void)printf("%lu accepted, %lu refused\n", accepted, refused);
	/* 9 of 100 changes do no harm: half as many must pass. The others must not. */
	if (accepted <= fed / 20 || refused <= fed / 4 * 3) {
		(void)fprintf(stderr, "more than 1 of 20 should be accepted, and more than 3 of 4 refused\n");
		return 1;
	}
	return 0;
}
