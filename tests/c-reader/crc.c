/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* CRC-32 (2). */
#include "internal.h"

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
