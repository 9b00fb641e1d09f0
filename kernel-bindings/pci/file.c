// SPDX-License-Identifier: GPL-2.0
#define KSERIAL_NAMED "kserial-pci"
#include "../named/file.c"
