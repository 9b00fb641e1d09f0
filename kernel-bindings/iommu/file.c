// SPDX-License-Identifier: GPL-2.0
#define KSERIAL_NAMED "kserial-iommu"
#include "../named/file.c"
