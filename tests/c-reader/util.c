/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <inttypes.h>
#include <stdarg.h>

#include "internal.h"

int ks_refuse(const struct ks_error *error, const char *format, ...)
{
	va_list list;

	if (error->text == NULL || error->size == 0)
		return KS_REFUSED;
	va_start(list, format);
	if (vsnprintf(error->text, error->size, format, list) < 0)
		error->text[0] = 0;
	va_end(list);
	return KS_REFUSED;
}

int ks_no_memory(const struct ks_error *error)
{
	(void)ks_refuse(error, "reader: out of memory");
	return KS_FAILED;
}

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

void ks_crc_table(uint32_t table[256])
{
	uint32_t i, c;
	int k;

	for (i = 0; i < 256; i++) {
		c = i;
		for (k = 0; k < 8; k++)
			c = (c & 1) != 0 ? c >> 1 ^ 0xedb88320u : c >> 1;
		table[i] = c;
	}
}

uint32_t ks_crc(const uint32_t table[256], const uint8_t *at, size_t len)
{
	uint32_t c = 0xffffffffu;
	size_t i;

	for (i = 0; i < len; i++)
		c = table[(c ^ at[i]) & 0xff] ^ c >> 8;
	return c ^ 0xffffffffu;
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
