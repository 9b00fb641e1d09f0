// SPDX-License-Identifier: GPL-2.0
/* The lab's label whose newer shape has a member that a reader must be given. */
#define LABEL_NAME "kserial-owned"
#define LABEL_OWNED
#include "../label/file.c"
#include "../label/label.c"
