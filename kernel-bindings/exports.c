// SPDX-License-Identifier: GPL-2.0
/* The symbols of the Rust libraries, for modules that use them. */

#include <linux/module.h>

#define EXPORT_SYMBOL_RUST_GPL(sym) extern int sym; EXPORT_SYMBOL_GPL(sym)

#include "exports_kserial.h"
#include "exports_liveupdate.h"
