#!/usr/bin/env python3
"""State as kernels hand it over of which there is no capture.

NOT CONFIRMED BY A KERNEL: written from the layouts and numbers of Linux's headers alone, and on
purpose without a line of this project's readers or encoders, so that the two can disagree. Each
folder gets its pages, named after their addresses, and `expected.json`: what they must decode to.

    ./make.py        writes the folders beside this file; a folder that exists is left alone
"""

import json
import os
import struct
import sys

PAGE = 4096
HERE = os.path.dirname(os.path.abspath(__file__))


def u64(value):
    return struct.pack("<Q", value)


def text(value, size):
    assert len(value) < size
    return value + bytes(size - len(value))


class Tree:
    """A device tree as libfdt writes it front to back: each new string goes before the others."""

    def __init__(self):
        self.struct = b""
        self.strings = []

    def begin(self, name):
        self.struct += struct.pack(">I", 1) + self.pad(name.encode() + b"\0")

    def end(self):
        self.struct += struct.pack(">I", 2)

    @staticmethod
    def pad(data):
        return data + bytes(-len(data) % 4)

    def prop(self, name, value):
        if name not in self.strings:
            self.strings.insert(0, name)
        # The place of a name is known when all are: it is left as a mark.
        self.struct += struct.pack(">II", 3, len(value)) + b"@" + bytes([self.key(name)]) + b"@@"
        self.struct += self.pad(value)

    keys = []

    def key(self, name):
        if name not in self.keys:
            self.keys.append(name)
        return self.keys.index(name)

    def finish(self, strings=None):
        """With the strings in an order of their own, the tree was changed again and packed: then the
        map of reserved memory follows the header; otherwise it begins at a multiple of 16 bytes."""
        reserved = 40 if strings else 48
        names = strings or self.strings
        assert sorted(names) == sorted(self.strings)
        block, places = b"", {}
        for name in names:
            places[name] = len(block)
            block += name.encode() + b"\0"
        body = self.struct + struct.pack(">I", 9)
        for name, place in places.items():
            body = body.replace(b"@" + bytes([self.key(name)]) + b"@@", struct.pack(">I", place))
        at = reserved + 16
        total = at + len(body) + len(block)
        numbers = [total, at, at + len(body), reserved, 17, 16, 0, len(block), len(body)]
        head = struct.pack(">10I", 0xD00DFEED, *numbers)
        return head + bytes(at - 40) + body + block


class Memory:
    def __init__(self):
        self.pages = {}
        self.next = 0x100000
        self.preserved = set()

    def alloc(self, order=0, preserve=True):
        size = PAGE << order
        self.next += -self.next % size
        at = self.next
        self.next += size
        if preserve:
            self.preserved.add((order, at >> 12))
        return at

    def put(self, at, data):
        while data:
            page, within = at & -PAGE, at % PAGE
            now, data = data[: PAGE - within], data[PAGE - within :]
            old = self.pages.get(page, bytes(PAGE))
            self.pages[page] = old[:within] + now + old[within + len(now) :]
            at += len(now)

    def zero(self, at, order=0):
        for page in range(at, at + (PAGE << order), PAGE):
            self.pages.setdefault(page, bytes(PAGE))

    def bitmap_list(self):
        """kho-v1: pages of (start, bitmap), one order to a page, bitmaps of 4096 bits."""
        by_order = {}
        for order, pfn in self.preserved:
            bits = by_order.setdefault(order, {}).setdefault((pfn >> order) // 4096, bytearray(512))
            bit = (pfn >> order) % 4096
            bits[bit // 8] |= 1 << bit % 8
        chunks = [(order, self.alloc(preserve=False)) for order in sorted(by_order)]
        room = self.alloc(order=2, preserve=False)
        for (order, at), after in zip(chunks, chunks[1:] + [(0, 0)]):
            elements = b""
            for number, bits in sorted(by_order[order].items()):
                elements += u64((number * 4096) << (order + 12)) + u64(room)
                self.put(room, bytes(bits))
                room += 512
            self.zero(at)
            self.put(at, u64(after[1]) + struct.pack("<II", order, len(elements) // 16) + elements)
        return chunks[0][1]

    def radix_tree(self):
        """Since kho-v2: keys with a leading one that says the order, six levels."""
        nodes = {}

        def node(level, prefix):
            if (level, prefix) not in nodes:
                nodes[level, prefix] = self.alloc(preserve=False)
                self.zero(nodes[level, prefix])
                if level < 5:
                    parent = node(level + 1, prefix >> 9)
                    self.put(parent + prefix % 512 * 8, u64(nodes[level, prefix]))
            return nodes[level, prefix]

        root = node(5, 0)
        for order, pfn in sorted(self.preserved):
            key = 1 << (52 - order) | pfn >> order
            leaf, bit = node(0, key >> 15), key % 32768
            byte = self.pages[leaf][bit // 8] | 1 << bit % 8
            self.put(leaf + bit // 8, bytes([byte]))
        return root

    def vmalloc(self, data):
        pages = [self.alloc() for _ in range(0, len(data), PAGE)]
        for n, at in enumerate(pages):
            self.zero(at)
            self.put(at, data[n * PAGE : (n + 1) * PAGE])
        chunks = [self.alloc() for _ in range(0, max(len(pages), 1), 511)]
        for n, (at, after) in enumerate(zip(chunks, chunks[1:] + [0])):
            self.zero(at)
            self.put(at, u64(after) + b"".join(map(u64, pages[n * 511 : (n + 1) * 511])))
        return chunks[0], len(pages)

    def blocks(self, rows):
        """kho-v4: rows behind {next, count}, a page to a block."""
        if not rows:
            return 0
        each = (PAGE - 16) // len(rows[0])
        parts = [rows[n : n + each] for n in range(0, len(rows), each)]
        places = [self.alloc() for _ in parts]
        for at, after, part in zip(places, places[1:] + [0], parts):
            self.zero(at)
            self.put(at, u64(after) + u64(len(part)) + b"".join(part))
        return places[0]


class Kernel:
    def __init__(self, kho, luo, memfd, flbs=True, metadata=True, memblock=True):
        self.kho, self.luo, self.memfd_name = kho, luo, memfd
        self.flbs, self.metadata, self.memblock = flbs, metadata, memblock
        self.memory = Memory()

    def memfd(self, pos, size, seals, folios):
        """folios: (order, number of them side by side in memory)."""
        rows, index, listed = [], 0, []
        for order, count in folios:
            base = self.memory.alloc(order + (count - 1).bit_length(), preserve=False) >> 12
            for n in range(count):
                pfn = base + (n << order)
                self.memory.preserved.add((order, pfn))
                rows.append(u64(pfn | 3 << 52) + u64(index))
                listed.append([pfn, index, order])
                index += 1 << order
        first, pages = self.memory.vmalloc(b"".join(rows)) if rows else (0, 0)
        if self.memfd_name == b"memfd-v1":
            seals = 0
            ser = u64(pos) + u64(size)
        else:
            ser = u64(pos) + u64(size) + struct.pack("<II", seals, 0)
        ser += u64(len(rows)) + u64(first) + struct.pack("<IHH", pages, 1, 0)
        at = self.memory.alloc()
        self.memory.zero(at)
        self.memory.put(at, ser)
        expected = {"pos": pos, "size": size, "seals": seals, "folios": listed}
        return self.memfd_name, at, expected

    def foreign(self):
        return b"vfio-pci-v7", self.memory.alloc(), None

    def build(self, sessions, flbs):
        memory = self.memory
        root, luo = memory.alloc(), memory.alloc()
        subtrees = []
        if self.memblock:
            area, blob = memory.alloc(order=3), memory.alloc()
            tree = Tree()
            tree.begin("")
            tree.prop("compatible", b"memblock-v1\0")
            tree.begin("trace")
            tree.prop("compatible", b"reserve-mem-v1\0")
            tree.prop("start", u64(area))
            tree.prop("size", u64(PAGE << 3))
            tree.end()
            tree.end()
            data = tree.finish()
            memory.put(blob, data)
            subtrees.append(("memblock", blob, len(data)))
        session_rows, expected_sessions = [], []
        for name, files in sessions:
            rows = [text(handler, 48) + u64(data) + u64(token) for token, (handler, data, _) in files]
            if self.luo == b"luo-v1":
                at = memory.alloc(order=1) if rows else 0
                if rows:
                    memory.zero(at, 1)
                    memory.put(at, b"".join(rows))
            else:
                at = memory.blocks(rows)
            session_rows.append(text(name, 64) + u64(at) + u64(len(rows)))
            listed = [
                {"token": hex(token), "handler": handler.decode(), "data": hex(data), "memfd": memfd}
                for token, (handler, data, memfd) in files
            ]
            expected_sessions.append({"name": name.hex(), "files": listed})
        flb_at = memory.alloc() if self.flbs else 0
        if self.flbs:
            rows = [text(name, 48) + u64(data) + u64(users) for name, data, users in flbs]
            memory.zero(flb_at)
            memory.put(flb_at, u64(1) + u64(len(rows)) + b"".join(rows))
        if self.luo == b"luo-v1":
            at = memory.alloc(order=4)
            memory.zero(at, 4)
            memory.put(at, u64(len(session_rows)) + b"".join(session_rows))
            tree = Tree()
            tree.begin("")
            tree.prop("compatible", b"luo-v1\0")
            tree.prop("liveupdate-number", u64(7))
            tree.begin("luo-session")
            tree.prop("compatible", b"luo-session-v2\0")
            tree.prop("luo-session-header", u64(at))
            tree.end()
            if self.flbs:
                tree.begin("luo-flb")
                tree.prop("compatible", b"luo-flb-v1\0")
                tree.prop("luo-flb-header", u64(flb_at))
                tree.end()
            tree.end()
            blob = tree.finish()
        else:
            at = memory.blocks(session_rows)
            blob = text(b"luo-v5", 8) + u64(7) + u64(at) + u64(flb_at)
        memory.zero(luo)
        memory.put(luo, blob)
        subtrees.append(("LUO", luo, PAGE if self.luo == b"luo-v1" else len(blob)))
        if self.metadata:
            at = memory.alloc()
            memory.zero(at)
            memory.put(at, struct.pack("<I65sI", 1, b"7.1.2", 4))
            subtrees.append(("kexec-metadata", at, 73))
        map_at = memory.bitmap_list() if self.kho == b"kho-v1" else memory.radix_tree()
        tree = Tree()
        tree.begin("")
        tree.prop("compatible", self.kho + b"\0")
        tree.prop("preserved-memory-map", u64(map_at))
        for name, data, size in subtrees:
            tree.begin(name)
            if self.kho == b"kho-v1":
                tree.prop("fdt", u64(data))
            else:
                tree.prop("blob-size", u64(size))
                tree.prop("preserved-data", u64(data))
            tree.end()
        tree.end()
        later = ["preserved-memory-map", "compatible", "preserved-data", "blob-size"]
        memory.put(root, tree.finish(None if self.kho == b"kho-v1" else later))
        return root, {
            "kho": self.kho.decode(),
            "luo": self.luo.decode(),
            "root": hex(root),
            "number": 7,
            "preserved": sorted([order, pfn] for order, pfn in memory.preserved),
            "sessions": expected_sessions,
            "flbs": [[name.decode(), hex(data), users] for name, data, users in flbs] if self.flbs else [],
        }


ODD_NAMES = [b"a/b", b" ends with spaces ", "größe".encode(), b"\xff\xfe no utf-8", b"n" * 63, b"\x1b[31m"]


def states():
    def usual(kernel):
        k = kernel
        files = [
            (0, k.memfd(0, 0, 0, [])),
            (0xFFFFFFFFFFFFFFFF, k.memfd(77, 3 * PAGE + 5, 0x3F, [(0, 3), (0, 1)])),
            (0x10, k.memfd(0, (512 + 4 + 3) * PAGE, 6, [(9, 1), (2, 1), (0, 3)])),
            (0x22, k.foreign()),
        ]
        sessions = [(name, [(5, k.memfd(n, PAGE, 0, [(0, 1)]))]) for n, name in enumerate(ODD_NAMES)]
        sessions += [(b"all", files), (b"empty", [])]
        return k.build(sessions, [(b"vfio-flb-v1", k.memory.alloc(), 1), (b"other", 0xFEED, 2)])

    def many(kernel):
        k = kernel
        sessions = [(b"s%d" % n, []) for n in range(119)]
        sessions.append((b"many", [(n, k.memfd(n, PAGE, 0, [(0, 1)])) for n in range(130)]))
        sessions.append((b"large", [(1, k.memfd(0, 3000 * PAGE, 0, [(0, 3000)]))]))
        return k.build(sessions, [])

    yield "6.19", usual(k := Kernel(b"kho-v1", b"luo-v1", b"memfd-v1", flbs=False, metadata=False)), k
    yield "7.0", usual(k := Kernel(b"kho-v1", b"luo-v1", b"memfd-v1", metadata=False)), k
    yield "7.1", usual(k := Kernel(b"kho-v3", b"luo-v1", b"memfd-v2")), k
    yield "7.3", usual(k := Kernel(b"kho-v4", b"luo-v5", b"memfd-v2")), k
    yield "7.3-many", many(k := Kernel(b"kho-v4", b"luo-v5", b"memfd-v2")), k


def main():
    for name, (root, expected), kernel in states():
        folder = os.path.join(HERE, name)
        if os.path.exists(folder):
            print(f"{name}: is there already", file=sys.stderr)
            continue
        os.mkdir(folder)
        # Side by side in one file where they are side by side in memory.
        runs, pages = [], sorted(kernel.memory.pages.items())
        for at, data in pages:
            if runs and runs[-1][0] + len(runs[-1][1]) == at and at != root:
                runs[-1][1].extend(data)
            else:
                runs.append((at, bytearray(data)))
        for at, data in runs:
            kind = "fdt" if at == root else "memory"
            end = "dtb" if at == root else "page"
            with open(os.path.join(folder, f"kexec-{kind}-{at:x}.{end}"), "wb") as file:
                file.write(data)
        with open(os.path.join(folder, "expected.json"), "w") as file:
            json.dump(expected, file, separators=(",", ":"))
            file.write("\n")


main()
