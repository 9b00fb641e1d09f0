/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records of C structs.
 *
 * A record is a struct whose members have numbers that never change: their names, types and places
 * may. A table of them becomes an ELF note, which tells other kernels, and tools, what this one
 * writes and reads:
 *
 *	struct volume {
 *		s32 level;
 *		u8 muted;
 *		u8 pad[3];
 *	};
 *
 *	KSERIAL_RECORD(volume_note, struct volume, "volume", 0,
 *		       KSERIAL_WRITES | KSERIAL_READS, KSERIAL_FILE,
 *		KSERIAL_MEMBER(1, struct volume, level, .unit = "dB"),
 *		KSERIAL_BOOL(2, struct volume, muted, KSERIAL_DEFAULT(0)));
 *
 * What a table says is checked by whoever reads the note; the compiler finds members that are not
 * there, types that no record can have, and names that are too long. `kserial schema show FILE`
 * shows a table as it was understood: a build may well run it.
 *
 * Padding must have no member, and is zero in what is written, whatever the struct holds.
 *
 * This file is for kernels and hosts alike; docs/FORMAT.md specifies every byte.
 */
#ifndef KSERIAL_H
#define KSERIAL_H

#ifdef __KERNEL__
#include <linux/stddef.h>
#include <linux/types.h>
typedef u8 kserial_u8;
typedef u16 kserial_u16;
typedef u32 kserial_u32;
typedef u64 kserial_u64;
typedef s8 kserial_s8;
typedef s16 kserial_s16;
typedef s32 kserial_s32;
typedef s64 kserial_s64;
#else
#include <stddef.h>
#include <stdint.h>
typedef uint8_t kserial_u8;
typedef uint16_t kserial_u16;
typedef uint32_t kserial_u32;
typedef uint64_t kserial_u64;
typedef int8_t kserial_s8;
typedef int16_t kserial_s16;
typedef int32_t kserial_s32;
typedef int64_t kserial_s64;
#endif

/* A physical address in bytes: a type of its own, as another meaning would show in no layout. */
typedef struct {
	kserial_u64 at;
} kserial_phys;

/* What a kernel does with a record. */
#define KSERIAL_WRITES		1
#define KSERIAL_READS		2
#define KSERIAL_REQUIRES	4

/* What carries it. */
#define KSERIAL_ROWS		0
#define KSERIAL_FILE		1
#define KSERIAL_FLB		2
#define KSERIAL_SUBTREE		3

/* What is true of a record: see docs/FORMAT.md. */
#define KSERIAL_CRITICAL_RECORD	1
#define KSERIAL_REQUIRED_RECORD	2

enum kserial_kind {
	KSERIAL_KIND_UNSIGNED = 1,
	KSERIAL_KIND_SIGNED,
	KSERIAL_KIND_BOOL,
	KSERIAL_KIND_BYTES,
	KSERIAL_KIND_TEXT,
	KSERIAL_KIND_OPEN,
	KSERIAL_KIND_CLOSED,
	KSERIAL_KIND_PHYSICAL,
	KSERIAL_KIND_END,
};

enum kserial_tag {
	KSERIAL_TAG_MEMBER = 1,
	KSERIAL_TAG_INTERVAL,
	KSERIAL_TAG_CHILD,
	KSERIAL_TAG_RETIRED,
};

struct kserial_member {
	kserial_u16 path[4];
	kserial_u8 tag;
	kserial_u8 kind;
	kserial_u8 bits;
	kserial_u8 zero;
	kserial_u32 bit;
	kserial_u32 count;
	/* Flags: little-endian machines have the first bit first. */
	kserial_u32 has_default : 1;
	kserial_u32 critical : 1;
	kserial_u32 key : 1;
	kserial_u32 legacy : 1;
	kserial_u32 sensitive : 1;
	kserial_u32 array : 1;
	kserial_u32 : 26;
	kserial_u64 value;
	char unit[8];
	char name[24];
} __attribute__((packed));

struct kserial_interval {
	kserial_u16 path[4];
	kserial_u8 tag;
	kserial_u8 zero[15];
	kserial_u64 low;
	kserial_u64 high;
	char name[24];
} __attribute__((packed));

struct kserial_child {
	kserial_u16 path[4];
	kserial_u8 tag;
	kserial_u8 zero[7];
	char record[48];
} __attribute__((packed));

struct kserial_retired {
	kserial_u16 path[4];
	kserial_u8 tag;
	kserial_u8 zero[31];
	char name[24];
} __attribute__((packed));

union kserial_cell {
	struct kserial_member member;
	struct kserial_interval interval;
	struct kserial_child child;
	struct kserial_retired retired;
};

/* An ELF note up to its cells. */
struct kserial_note {
	kserial_u32 owner_len;
	kserial_u32 description_len;
	kserial_u32 kind;
	char owner[8];
	kserial_u8 version;
	kserial_u8 roles;
	kserial_u8 carrier;
	kserial_u8 zero[5];
	/* The head cell. */
	char record[48];
	kserial_u32 row;
	kserial_u16 cells;
	kserial_u16 flags;
	kserial_u8 encoding;
	kserial_u8 align;
	kserial_u8 zeroes[6];
} __attribute__((packed, aligned(4)));

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "version 1 of the format is for little-endian machines"
#endif

/* A text and its room; it does not compile if the text is too long. */
#define KSERIAL_FITS(text, room) (0 * sizeof(char[sizeof(text) - 1 <= (room) ? 1 : -1]))

/* A member's kind, whether it is an array, and the bytes of an element: by its type in the struct. */
#define KSERIAL_PLACE(type, field) (((type *)0)->field)
#define KSERIAL_KIND_OF(type, field) _Generic(KSERIAL_PLACE(type, field),		\
	kserial_u8 : KSERIAL_KIND_UNSIGNED, kserial_u16 : KSERIAL_KIND_UNSIGNED,	\
	kserial_u32 : KSERIAL_KIND_UNSIGNED, kserial_u64 : KSERIAL_KIND_UNSIGNED,	\
	kserial_s8 : KSERIAL_KIND_SIGNED, kserial_s16 : KSERIAL_KIND_SIGNED,		\
	kserial_s32 : KSERIAL_KIND_SIGNED, kserial_s64 : KSERIAL_KIND_SIGNED,		\
	kserial_phys : KSERIAL_KIND_PHYSICAL,						\
	kserial_u8 * : KSERIAL_KIND_BYTES, kserial_u16 * : KSERIAL_KIND_UNSIGNED,	\
	kserial_u32 * : KSERIAL_KIND_UNSIGNED, kserial_u64 * : KSERIAL_KIND_UNSIGNED,	\
	kserial_s8 * : KSERIAL_KIND_SIGNED, kserial_s16 * : KSERIAL_KIND_SIGNED,	\
	kserial_s32 * : KSERIAL_KIND_SIGNED, kserial_s64 * : KSERIAL_KIND_SIGNED)
#define KSERIAL_IS_ARRAY(type, field) _Generic(KSERIAL_PLACE(type, field),		\
	char * : 1, kserial_u8 * : 1, kserial_u16 * : 1, kserial_u32 * : 1,		\
	kserial_u64 * : 1, kserial_s8 * : 1, kserial_s16 * : 1, kserial_s32 * : 1,	\
	kserial_s64 * : 1, default : 0)
#define KSERIAL_ELEMENT(type, field) _Generic(KSERIAL_PLACE(type, field),		\
	char * : 1, kserial_u8 * : 1, kserial_u16 * : 2, kserial_u32 * : 4,		\
	kserial_u64 * : 8, kserial_s8 * : 1, kserial_s16 * : 2, kserial_s32 * : 4,	\
	kserial_s64 * : 8, default : sizeof(KSERIAL_PLACE(type, field)))

/*
 * A member that is a number, an array of numbers, bytes or a kserial_phys. What may follow:
 * .unit = "bytes", KSERIAL_DEFAULT(0), .critical = 1, .key = 1, .legacy = 1, .sensitive = 1.
 */
#define KSERIAL_MEMBER(id, type, field, ...)						\
	KSERIAL_OF_KIND(id, KSERIAL_KIND_OF(type, field), type, field, ##__VA_ARGS__)

/* What a reader takes when the writer had no such member: without one, it is required. */
#define KSERIAL_DEFAULT(of) .has_default = 1, .value = (kserial_u64)(of)

/* A member whose type in the struct does not say what it is. */
#define KSERIAL_TEXT(id, type, field, ...)						\
	KSERIAL_OF_KIND(id, KSERIAL_KIND_TEXT, type, field, ##__VA_ARGS__)
#define KSERIAL_BOOL(id, type, field, ...)						\
	KSERIAL_OF_KIND(id, KSERIAL_KIND_BOOL, type, field, ##__VA_ARGS__)
#define KSERIAL_OPEN(id, type, field, ...)						\
	KSERIAL_OF_KIND(id, KSERIAL_KIND_OPEN, type, field, ##__VA_ARGS__)
#define KSERIAL_CLOSED(id, type, field, ...)						\
	KSERIAL_OF_KIND(id, KSERIAL_KIND_CLOSED, type, field, ##__VA_ARGS__)
/* An end mark; KSERIAL_CHILD says into which record. */
#define KSERIAL_END(id, type, field, ...)						\
	KSERIAL_OF_KIND(id, KSERIAL_KIND_END, type, field, ##__VA_ARGS__)

/* Bits of a number, from the least significant: they have a name of their own. */
#define KSERIAL_BITS(id, type, field, first, width, called, ...)			\
	{ .member = { .path = { id }, .tag = KSERIAL_TAG_MEMBER,			\
		.kind = KSERIAL_KIND_UNSIGNED,						\
		.bits = (width) + KSERIAL_FITS(called, 24),				\
		.bit = 8 * offsetof(type, field) + (first), .count = 1,			\
		.name = called, ##__VA_ARGS__ } }

/* Values that a member may take, and a named value of an enum. */
#define KSERIAL_RANGE(id, from, to)							\
	{ .interval = { .path = { id }, .tag = KSERIAL_TAG_INTERVAL,			\
		.low = (kserial_u64)(from), .high = (kserial_u64)(to) } }
#define KSERIAL_VALUE(id, number, called)						\
	{ .interval = { .path = { id }, .tag = KSERIAL_TAG_INTERVAL,			\
		.low = (kserial_u64)(number) + KSERIAL_FITS(called, 24),		\
		.high = (kserial_u64)(number), .name = called } }

/* The record whose rows an end mark counts. */
#define KSERIAL_CHILD(id, called)							\
	{ .child = { .path = { id }, .record = called,					\
		.tag = KSERIAL_TAG_CHILD + KSERIAL_FITS(called, 47) } }

/* A number that is gone, and must not come back with another meaning. */
#define KSERIAL_RETIRED(id, called)							\
	{ .retired = { .path = { id }, .name = called,					\
		.tag = KSERIAL_TAG_RETIRED + KSERIAL_FITS(called, 24) } }

/*
 * The note of a record: `var` is what C calls it, `called` what the world does; `facts` is 0, or what
 * is true of the record as a whole.
 */
#define KSERIAL_RECORD(var, type, called, facts, does, by, ...)				\
	static const struct {								\
		struct kserial_note note;						\
		union kserial_cell cells[KSERIAL_COUNT(__VA_ARGS__)];			\
	} __attribute__((packed, aligned(4))) var					\
	/* On the variable: gcc aligns large ones more strictly, and notes follow each other. */ \
	__attribute__((used, aligned(4), section(".note.KSerial"))) = {			\
		.note = {								\
			.owner_len = 8,							\
			.description_len = 8 + 64 * (1 + KSERIAL_COUNT(__VA_ARGS__)),	\
			.kind = 1, .owner = "KSerial",					\
			.version = 1, .roles = (does), .carrier = (by),			\
			.record = called,						\
			.row = sizeof(type),						\
			.cells = KSERIAL_COUNT(__VA_ARGS__) + KSERIAL_FITS(called, 47),	\
			.flags = (facts), .encoding = 1, .align = _Alignof(type),	\
		},									\
		.cells = { __VA_ARGS__ },						\
	}

/* How the macros above are made. */
#define KSERIAL_COUNT(...)								\
	(sizeof((union kserial_cell[]){ __VA_ARGS__ }) / sizeof(union kserial_cell))
#define KSERIAL_OF_KIND(id, what, type, field, ...)					\
	{ .member = { .path = { id }, .tag = KSERIAL_TAG_MEMBER, .kind = (what),	\
		.bits = 8 * KSERIAL_ELEMENT(type, field),				\
		.bit = 8 * offsetof(type, field),					\
		.count = sizeof(KSERIAL_PLACE(type, field)) /				\
			 KSERIAL_ELEMENT(type, field) + KSERIAL_FITS(#field, 24),	\
		.array = KSERIAL_IS_ARRAY(type, field),					\
		.name = #field, ##__VA_ARGS__ } }

#endif
