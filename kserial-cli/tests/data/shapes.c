/*
 * The C that shapes.btf describes: one of every kind of member. How the file was made:
 *
 *   gcc -g -c shapes.c                                                          (gcc 12.2)
 *   pahole --btf_gen_floats --btf_encode_detached=old.btf shapes.o                (pahole 1.24)
 *
 * and then copied into BTF with layouts (the 32-byte header) by the libbpf of Linux 7.3:
 * btf__new_empty_opts() with .add_layout, btf__add_btf(), btf__raw_data().
 */
#include <stdbool.h>
#include <stdint.h>

typedef uint64_t phys_addr_t;

enum plain { PLAIN_NONE, PLAIN_LAST = 0x80000000u };
enum below { BELOW = -2, ABOVE = 7 };
enum wide { WIDE = 0x123456789abcdef0ull };

struct inner {
	phys_addr_t pa;
	char name[64];
};

struct shapes {
	uint8_t byte;
	bool flag;
	int16_t small;
	uint64_t pfn : 52;
	uint64_t flags : 12;
	const volatile uint32_t qualified;
	enum plain plain;
	enum below below;
	enum wide wide;
	struct inner inner;
	uint16_t grid[3][5];
	struct inner *next;
	int (*call)(void *);
	double real;
	union {
		uint64_t phys;
		void *ptr;
	};
	struct {
		uint32_t low : 3;
		int32_t high : 29;
	} bits;
	struct inner tail[];
} __attribute__((packed));

struct shapes *keep;
