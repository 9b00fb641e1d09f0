/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A reader of KSerial images, version 1, written from docs/FORMAT.md alone.
 *
 * Every function takes bytes that may be hostile. Each returns 0 when it did
 * its work, 1 when the format refuses the input (`error` then holds one line,
 * `<place>: <reason>`), and 3 when memory ran out or `out` could not be
 * written. Nothing is printed to `out` before the whole input has been verified.
 */
#ifndef KSERIAL_READ_H
#define KSERIAL_READ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum kserial_grade {
	KSERIAL_IDENTICAL,
	KSERIAL_COMPATIBLE,
	KSERIAL_CONDITIONAL,
	KSERIAL_INCOMPATIBLE
};

/*
 * Verifies an image and prints it as JSON. `out` may be NULL: verify only. A
 * table whose layout is not understood does not refuse the image; any lone
 * layout, in the functions below, is refused for that.
 */
int kserial_read_image(const uint8_t *bytes, size_t len, FILE *out,
		       char *error, size_t error_len);

/* Verifies an image and prints the rows of the layout's record as that layout sees them. */
int kserial_read_as(const uint8_t *layout, size_t layout_len,
		    const uint8_t *bytes, size_t len, FILE *out,
		    char *error, size_t error_len);

/*
 * Verifies an image and prints what a reader of several layouts, which lie one
 * after another, sees of each of its tables.
 */
int kserial_read_tables(const uint8_t *layouts, size_t layouts_len,
			const uint8_t *bytes, size_t len, FILE *out,
			char *error, size_t error_len);

/*
 * Grades a writer's layout against a reader's. `error` names the first reason
 * for the grade where there is one, and is empty otherwise.
 */
int kserial_grade_layouts(const uint8_t *source, size_t source_len,
			  const uint8_t *target, size_t target_len,
			  enum kserial_grade *grade, char *error, size_t error_len);

/* Verifies one encoded layout. */
int kserial_check_layout(const uint8_t *bytes, size_t len, char *error, size_t error_len);

/* Verifies the description of an ELF note. */
int kserial_check_note(const uint8_t *bytes, size_t len, char *error, size_t error_len);

const char *kserial_grade_name(enum kserial_grade grade);

/*
 * For callers without a FILE: what one of the functions above would print, as a
 * text that ends with NUL and goes back to kserial_free(). An image is the
 * first input of KSERIAL_IMAGE, which has no second one, and the second of others.
 */
enum kserial_what {
	KSERIAL_IMAGE,
	KSERIAL_AS,
	KSERIAL_TABLES
};

int kserial_print(enum kserial_what what, const uint8_t *first, size_t first_len,
		  const uint8_t *second, size_t second_len, char **text, size_t *text_len,
		  char *error, size_t error_len);
void kserial_free(char *text);

#endif
