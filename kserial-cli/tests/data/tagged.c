/*
 * Members that carry their IDs themselves. How tagged.btf was made:
 *
 *   clang -g -O2 -target bpf -c tagged.c                        (clang 14.0.6)
 *   llvm-objcopy --dump-section .BTF=tagged.btf tagged.o
 */
#define id(n) __attribute__((btf_decl_tag("kserial:" #n)))

typedef unsigned int u32;
typedef unsigned long long u64;

struct kho_vmalloc {
	u64 first;
	u32 total_pages;
	unsigned short flags;
	unsigned short order;
};

struct memfd_luo_ser {
	u64 length id(2);	/* renamed, and in another place than in 7.3 */
	u64 pos;
	u32 seals;
	u32 purpose id(40);	/* unknown to the catalogue */
	u64 nr_folios;
	struct kho_vmalloc folios;
} __attribute__((packed));

struct memfd_luo_folio_ser {
	u64 pfn : 52;
	u64 flags : 12;
	u64 index;
} __attribute__((packed));

struct kho_vmalloc_chunk {
	struct {
		u64 next;
	} hdr;
	u64 phys[511];
};

struct memfd_luo_ser memfd;
struct memfd_luo_folio_ser folio;
struct kho_vmalloc_chunk chunk;
