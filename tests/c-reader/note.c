/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The description of an ELF note (4). */
#include "internal.h"

int ks_note_read(const uint8_t *bytes, size_t len, struct ks_layout *layout, const struct ks_error *error)
{
	int code;

	if (len < 8)
		return ks_refuse(error, "note: only %zu bytes", len);
	if (bytes[0] != 1)
		return ks_refuse(error, "note: version %u", bytes[0]);
	if (bytes[1] == 0 || bytes[1] > 7)
		return ks_refuse(error, "note: roles %u", bytes[1]);
	if (bytes[2] > 3)
		return ks_refuse(error, "note: carrier %u", bytes[2]);
	if (ks_not_zero(bytes + 3, 5) != 5)
		return ks_refuse(error, "note: bytes 3 to 7 are not zero");
	code = ks_layout_read(layout, bytes + 8, len - 8, "note", error);
	if (code == KS_OK && ks_layout_size(layout) != len - 8) {
		ks_layout_free(layout);
		code = ks_refuse(error, "note: %zu bytes, more than its layout has", len);
	}
	return code;
}
