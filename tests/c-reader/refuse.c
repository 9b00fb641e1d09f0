/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The line that says why something is refused. */
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
