/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Numbers, zeros, texts and paths as bytes hold them. */
#include "internal.h"

uint16_t ks_u16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

uint32_t ks_u32(const uint8_t *at)
{
	return (uint32_t)ks_u16(at) | (uint32_t)ks_u16(at + 2) << 16;
}

uint64_t ks_u64(const uint8_t *at)
{
	return (uint64_t)ks_u32(at) | (uint64_t)ks_u32(at + 4) << 32;
}

size_t ks_not_zero(const uint8_t *at, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (at[i] != 0)
			break;
	return i;
}

int ks_text(const uint8_t *at, int size)
{
	int n = 0, i;

	while (n < size && at[n] >= 0x21 && at[n] <= 0x7e)
		n++;
	for (i = n; i < size; i++)
		if (at[i] != 0)
			return -1;
	return n;
}

const char *ks_path(const uint8_t *cell, char text[KS_PATH_TEXT])
{
	int used, i;

	used = snprintf(text, KS_PATH_TEXT, "%u", (unsigned)ks_u16(cell));
	for (i = 1; i < 4 && ks_u16(cell + 2 * i) != 0; i++)
		used += snprintf(text + used, (size_t)(KS_PATH_TEXT - used), ".%u",
				 (unsigned)ks_u16(cell + 2 * i));
	return text;
}

int ks_path_order(const uint8_t *a, const uint8_t *b)
{
	int i;

	for (i = 0; i < 8; i += 2)
		if (ks_u16(a + i) != ks_u16(b + i))
			return ks_u16(a + i) < ks_u16(b + i) ? -1 : 1;
	return 0;
}

int ks_path_begins(const uint8_t *a, const uint8_t *b)
{
	int i;

	for (i = 0; i < 8 && ks_u16(b + i) != 0; i += 2)
		if (ks_u16(a + i) != ks_u16(b + i))
			return 0;
	return 1;
}
