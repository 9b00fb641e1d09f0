// SPDX-License-Identifier: GPL-2.0
/* The files of twin.rs are those of the user in C. */
#include "../label/file.c"
