# SPDX-License-Identifier: MIT OR Apache-2.0
"""The samples' damage: what a reader must refuse, and in which words this one does."""
import struct

from samples_def import IMAGES
from writer import ARRAY, LEGACY, SORTED, path_bytes, resum_head, resum_rows

DAMAGED = []


def put(offset, fmt, value, head=False, sums=False):
    """Overwrites a field; `head` and `sums` make those sums right again."""
    def change(b, image):
        struct.pack_into("<" + fmt, b, offset, *(value if isinstance(value, tuple) else (value,)))
        if head:
            resum_head(b)
        if sums:
            image.encode()
            resum_rows(b, image)
    return change


def bad(name, base, reason, change):
    DAMAGED.append((name, base, change, reason))


def bad_head(name, offset, fmt, value, reason, base="one", head=True):
    bad("head-" + name, base + ".image", reason, put(offset, fmt, value, head=head))


bad_head("magic", 7, "B", 1, "not a KSerial image")
bad_head("version", 8, "H", 2, "version")
bad_head("length", 12, "I", 448, "what follows the head")
bad_head("segments-0", 16, "I", 0, "no segments")
bad_head("segments-2", 16, "I", 2, "segment 1")
bad_head("tables-257", 20, "I", 257, "257 tables")
bad_head("tables-2", 20, "I", 2, "table 1")
bad_head("byte-order", 24, "B", 2, "byte order")
bad_head("encrypted", 27, "B", 2, "encrypted")
bad_head("zero", 47, "B", 1, "offset 47")
bad_head("zero-first", 32, "B", 1, "offset 32")
bad_head("number", 28, "B", 0x12, "table 0 (one), block 0: wrong sum")
bad_head("segment-length", 64, "I", 576, "file")
bad_head("segment-odd", 64, "I", 639, "segment 0")
bad_head("segment-short", 64, "I", 512, "segment 0")
bad_head("lengths-gap", 68, "I", 64, "offset 68")
bad_head("entry-flags", 128, "I", 4, "table 0: unknown flags")
bad_head("entry-flags-15", 128, "I", 1 << 15, "table 0: unknown flags")
bad_head("ignored-sum", 48, "B", 1, "head: wrong sum", base="one", head=False)
bad_head("entry-zero", 132, "I", 1, "table 0")
bad_head("rows", 136, "Q", 2**64 - 1, "segments end with 18446744073709551612 rows")
bad_head("rows-more", 136, "Q", 4, "segments end with 1 rows")
bad_head("rows-fewer", 136, "Q", 2, "table 0 (one), block 0")
bad_head("no-rows", 136, "Q", 0, "what follows the last row")
bad_head("sorted-no-key", 128, "I", 2, "table 0 (one): sorted, but")
bad_head("entries-gap", 160, "B", 1, "offset 160")
bad("head-sum", "one.image", "head: wrong sum", put(512, "B", 0))
bad("head-length-huge", "one.image", "head: length", put(12, "I", 2**32 - 1))
bad("head-after-sum", "one.image", "offset 575", put(575, "B", 1))
bad("trailing-byte", "one.image", "file", lambda b, i: b + b"\0")
bad("trailing-segment", "one.image", "file", lambda b, i: b + bytes(64))
bad("cut", "one.image", "head: length", lambda b, i: b[:575])
bad("cut-last-segment", "segments.image", "file", lambda b, i: b[:-64])
bad("cut-to-nothing", "one.image", "head", lambda b, i: b[:0])
bad("cut-to-63", "one.image", "head", lambda b, i: b[:63])
bad("row-changed", "one.image", "table 0 (one), block 0: wrong sum", put(576, "B", 8))
bad("sum-changed", "one.image", "table 0 (one), block 0: wrong sum", put(576 + 48, "B", 8))
bad("gap", "one.image", "offset 639", put(639, "B", 1))
bad("row-padding", "one.image", "row 1: byte 7", put(576 + 16 + 7, "B", 1, sums=True))
bad("bool-2", "one.image", "row 2, member 3: 2", put(576 + 32 + 6, "B", 2, sums=True))


def at(image, table, row, offset):
    """Where a byte of a row is in an image."""
    i = IMAGES[image]
    i.encode()
    for t, start, first, n in i.extents:
        if t == table and first <= row < first + n:
            return start + (row - first) * i.tables[t].layout.row + offset
    raise IndexError


def bad_row(name, image, table, row, offset, fmt, value, reason):
    bad("row-" + name, image + ".image", reason, put(at(image, table, row, offset), fmt, value, sums=True))


bad_row("legacy-bits", "bits", 0, 0, 0, "B", 0x0C, "row 0: byte 0")
bad_row("wide-bool", "bits", 0, 1, 9, "B", 2, "row 1, member 8: 2")
bad_row("end-falls", "family", 1, 1, 0, "I", 2, "row 1, member 1: end mark 2 after 3")
bad_row("end-short", "family", 1, 2, 0, "I", 5, "last end mark is 5")
bad_row("end-of-none", "family", 1, 2, 6, "B", 1, "absent has 0 rows")
bad_row("unsorted", "family", 0, 1, 1, "h", -300, "row 1: not above")
bad_row("unsorted-equal", "family", 0, 4, 1, "h", 0, "row 4: not above")
bad_row("unsorted-sign", "family", 0, 0, 1, "h", 4, "row 1: not above")
bad_row("closed-enum", "enums", 0, 0, 0, "B", 3, "row 0, member 1: 3")
bad_row("interval", "enums", 0, 2, 2, "h", 0, "row 2, member 3: 0")
bad_row("interval-signed", "enums", 0, 0, 2, "h", -11, "row 0, member 3: -11")
bad_row("bool-element", "arrays", 0, 0, 7, "B", 255, "row 0, member 3: 255")
bad("gap-small", "segments.image", "a gap", put(768 + 256 + 63, "B", 1))
bad("gap-end", "segments.image", "what follows", put(768 + 256 + 64 + 128 + 256 + 192 + 10, "B", 1))


def swap_blocks(b, image):
    """Two equal rows' sums exchanged: the block's number is in them."""
    image.encode()
    (_, a, _, n), (_, c, _, m) = [e for e in image.extents if e[0] == 2][:2]
    a, c = a + 2 * n, c + 2 * m
    b[a:a + 4], b[c:c + 4] = b[c:c + 4], b[a:a + 4]


bad("sums-swapped", "segments.image", "block", swap_blocks)


def bad_cell(name, cell, offset, fmt, value, reason):
    bad("layout-" + name, "rules.layout", reason, put(cell * 64 + offset, fmt, value))


bad_cell("no-record", 0, 0, "5s", b"", "head cell: record")
bad_cell("record-nul", 0, 1, "B", 0, "head cell: record")
bad_cell("record-space", 0, 1, "B", 32, "head cell: record")
bad_cell("record-48", 0, 0, "48s", b"a" * 48, "head cell: record")
bad_cell("row-0", 0, 48, "I", 0, "head cell: row")
bad_cell("row-65537", 0, 48, "I", 65537, "head cell: row")
bad_cell("row-align", 0, 57, "B", 128, "head cell: align")
bad_cell("align-3", 0, 57, "B", 3, "head cell: align")
bad_cell("align-0", 0, 57, "B", 0, "head cell: align")
bad_cell("flags", 0, 54, "H", 4, "head cell: unknown flags")
bad_cell("version", 0, 56, "B", 2, "head cell: version")
bad_cell("zero", 0, 63, "B", 1, "head cell: bytes")
bad_cell("cells-more", 0, 52, "H", 12, "head cell: 12 cells")
bad_cell("cells-fewer", 0, 52, "H", 10, "layout: 768 bytes")
bad_cell("cells-513", 0, 52, "H", 513, "513 cells")
bad_cell("tag-0", 11, 8, "B", 0, "unknown tag 0x0")
bad_cell("tag-5", 11, 8, "B", 5, "unknown tag 0x5")
bad_cell("tag-127", 11, 8, "B", 127, "unknown tag 0x7f")
bad_cell("path-0", 11, 0, "H", 0, "first ID is 0")
bad_cell("path-gap", 2, 2, "I", 1 << 16, "an ID follows")
bad_cell("no-group", 2, 0, "H", 3, "no group")
bad_cell("group-unit", 1, 32, "B", 66, "a group has a unit")
bad_cell("retired-group", 10, 0, "Q", 1, "retired, but there is the member 1")
bad_cell("retired-of-member", 10, 0, "Q", 4, "retired, but there is the member 4")
bad_cell("legacy-alone", 2, 20, "I", LEGACY, "legacy without a default")
bad_cell("legacy-end", 5, 20, "I", LEGACY, "legacy without a default")
bad_cell("text-default", 7, 20, "IQ", (ARRAY | 1, 32), "default is not 0")
bad_cell("child-of-itself", 6, 16, "6s", b"rules", "the record itself")
bad_cell("missing-group", 2, 0, "H", 8, "no group")
bad_cell("twice", 11, 0, "H", 4, "second member")
bad_cell("retired-member", 10, 2, "H", 2, "retired, but there is the member 1.2")
bad_cell("retired-twice", 11, 0, "41s", path_bytes("1.3") + b"\x04" + bytes(32), "retired a second")
bad_cell("retired-zero", 10, 39, "B", 1, "bytes 9 to 39")
bad_cell("retired-name", 10, 41, "B", 0, "name is not text")
bad_cell("kind-0", 2, 9, "B", 0, "unknown kind 0x0")
bad_cell("kind-11", 2, 9, "B", 11, "unknown kind 0xb")
bad_cell("member-zero", 2, 11, "B", 1, "byte 11")
bad_cell("low-flag", 2, 20, "I", 64, "unknown flags 0x40")
bad_cell("low-flag-15", 2, 20, "I", 1 << 15, "unknown flags 0x8000")
bad_cell("bits-0", 2, 10, "B", 0, "0 bits")
bad_cell("bits-65", 2, 10, "B", 65, "65 bits")
bad_cell("count-0", 2, 16, "I", 0, "count 0")
bad_cell("count-2", 2, 16, "I", 2, "count 2")
bad_cell("default-unset", 2, 24, "Q", 1, "default without")
bad_cell("default-none", 3, 24, "Q", 6, "default is none")
bad_cell("default-not-extended", 3, 24, "Q", 255, "default is none")
bad_cell("unit", 2, 33, "B", 66, "unit is not text")
bad_cell("no-name", 2, 40, "B", 0, "name is not text")
bad_cell("group-bits", 1, 10, "B", 1, "a group's")
bad_cell("group-bit", 1, 12, "I", 8, "a group's")
bad_cell("group-count", 1, 16, "I", 1, "a group's")
bad_cell("group-flags", 1, 20, "I", 2, "a group's")
bad_cell("array-in-byte", 7, 12, "I", 33, "begins inside a byte")
bad_cell("text-16", 7, 10, "B", 16, "no array of 8 bits")
bad_cell("array-12", 2, 20, "I", 32, "an array of 12 bits")
bad_cell("end-array", 5, 20, "I", 32, "an end mark is")
bad_cell("end-default", 5, 20, "I", 1, "an end mark is")
bad_cell("outside", 11, 12, "I", 511, "ends outside")
bad_cell("outside-far", 7, 16, "I", 2**32 - 1, "ends outside")
bad_cell("shared", 11, 12, "I", 67, "shares bits")
bad_cell("shared-array", 11, 12, "I", 62, "shares bits")
bad_cell("interval-zero", 4, 23, "B", 1, "bytes 9 to 23")
bad_cell("interval-order", 4, 32, "q", -2, "low is above")
bad_cell("interval-fit", 4, 32, "q", 128, "does not fit")
bad_cell("interval-fit-low", 4, 24, "q", -129, "does not fit")
bad_cell("interval-of-none", 4, 2, "H", 9, "no member that may")
bad_cell("interval-of-group", 4, 2, "H", 0, "no member that may")
bad_cell("enum-range", 9, 32, "Q", 4, "several values")
bad_cell("enum-fit", 9, 24, "16s", struct.pack("<QQ", 16, 16), "does not fit")
bad_cell("enum-unnamed", 9, 40, "B", 0, "without a name")
bad_cell("closed-empty", 9, 8, "B", 128, "a closed enum without an interval")
bad_cell("no-child", 6, 8, "B", 255, "without a child")
bad_cell("child-elsewhere", 6, 0, "H", 5, "a child of no end mark")
bad_cell("child-zero", 6, 15, "B", 1, "bytes 9 to 15")
bad_cell("child-record", 6, 16, "B", 0, "record is not text")
bad("layout-child-twice", "rules.layout", "second child",
    lambda b, i: b[:11 * 64] + b[6 * 64:7 * 64])
bad("layout-trailing", "rules.layout", "more than its cells", lambda b, i: b + bytes(1))
bad("layout-cut", "rules.layout", "only", lambda b, i: b[:-1])
bad("layout-short", "rules.layout", "head cell: only 63", lambda b, i: b[:63])


def wide_bits(b, image):
    struct.pack_into("<B", b, 11 * 64 + 9, 1)
    struct.pack_into("<B", b, 11 * 64 + 10, 64)
    struct.pack_into("<I", b, 11 * 64 + 12, 129)


def rename_table(b, image):
    cell = bytes(b).index(b"blob" + bytes(44), bytes(b).index(b"parent" + bytes(10)) + 64 * 8)
    b[cell:cell + 5] = b"child"
    resum_head(b)


def same_child(b, image):
    cell = bytes(b).index(b"absent" + bytes(42))
    b[cell:cell + 6] = b"blob\0\0"
    resum_head(b)


def counts(record, rows=True):
    """Lets the last generation count the one row of this record, if there are rows."""
    def change(b, image):
        cell = bytes(b).index(b"none" + bytes(44))
        b[cell:cell + 4] = record + bytes(4 - len(record))
        if rows:
            b[at("generations", 5, 0, 0)] = 1
            resum_rows(b, image)
        resum_head(b)
    return change


def rename_value(b, image):
    """W, which is 3, becomes a second value named V."""
    struct.pack_into("<QQ1s", b, 3 * 64 + 24, 5, 5, b"V")


def note(name, reason, change):
    bad("note-" + name, "good.note", reason, change)


note("version", "version 2", put(0, "B", 2))
note("no-roles", "roles 0", put(1, "B", 0))
note("roles", "roles 8", put(1, "B", 8))
note("carrier", "carrier 4", put(2, "B", 4))
note("zero", "bytes 3 to 7", put(7, "B", 1))
note("layout", "note, head cell: version", put(8 + 56, "B", 2))
note("more", "more than its layout", lambda b, i: b + bytes(4))
note("less", "only", lambda b, i: b[:-1])
note("nothing", "only 7", lambda b, i: b[:7])


bad("layout-64-bits-from-bit-1", "rules.layout", "64 bits from bit 1", wide_bits)
bad("head-same-record", "family.image", "same record", rename_table)
bad("same-child", "family.image", "two end marks have the child blob", same_child)
bad("counted-twice", "generations.image", "g7 is counted by", counts(b"g7"))
bad("generations-17", "generations.image", "table 0 (g99): more than 16 generations", counts(b"g99"))
bad("generations-circle", "generations.image", "more than 16 generations", counts(b"g0"))
bad("generations-17-empty", "generations-empty.image", "table 17 (g99): more than 16", counts(b"g99", rows=False))
bad("generations-circle-empty", "generations-empty.image", "more than 16 generations", counts(b"g0", rows=False))
bad("one-name-two-values", "names.layout", "its name stands for another value", rename_value)
bad("head-rows-shifted", "segments.image", "table 2 (small), block 1: wrong sum",
    lambda b, i: (struct.pack_into("<Q", b, 64 + 64 + 32 + 8, 100), resum_head(b), None)[2])


# Images with layouts that are not understood: all else is held against the rules.


def bad_strange(name, image, table, offset, fmt, value, reason):
    """In a layout's bytes; offsets count from its head cell."""
    before = IMAGES[image].encode()
    place = before.index(IMAGES[image].tables[table].layout.encode()) + offset
    bad("strange-" + name, image + ".image", reason, put(place, fmt, value, head=True))


for number, record in ((0, "tag"), (2, "kind"), (4, "ruin")):
    where = "table %d, head cell: " % number
    bad_strange(record + "-record", "strange", number, 47, "B", 65, where + "record")
    bad_strange(record + "-row-0", "strange", number, 48, "I", 0, where + "row")
    bad_strange(record + "-flags", "strange", number, 54, "H", 4, where + "unknown flags")
    bad_strange(record + "-version", "strange", number, 56, "B", 2, where + "version")
    bad_strange(record + "-align", "strange", number, 57, "B", 5, where + "align")
    bad_strange(record + "-zero", "strange", number, 63, "B", 1, where + "bytes")
    bad_strange(record + "-cells-513", "strange", number, 52, "H", 513, where + "513 cells")
bad_strange("same-record", "strange", 2, 0, "5s", b"tag", "table 2 (tag): table 0 has the same record")
bad_strange("cells-more", "strange", 4, 52, "H", 9, "table 4, head cell: 9 cells")
bad_strange("cells-fewer", "strange", 4, 52, "H", 7, "but the layouts end")
bad_strange("rules-of-others", "strange", 1, 64 + 10, "B", 65, "table 1, cell 1 (1): 65 bits")
bad_strange("rows-bigger", "strange", 0, 48, "I", 3, "table 0 (tag), block 0: wrong sum")
bad_strange("understood", "strange", 0, 2 * 64 + 8, "B", 4, "table 0 (tag), row 0: byte 1 has bits")
bad_strange("understood-order", "strange-family", 0, 5 * 64 + 8, "B", 255, "is counted by table")
bad("strange-sum", "strange.image", "table 0 (tag), block 0: wrong sum", put(at("strange", 0, 1, 1), "B", 0))
bad("strange-sum-last", "strange.image", "table 4 (ruin), block", put(at("strange", 4, 8999, 0), "B", 0))
bad_row("strange-others-bits", "strange", 1, 0, 7, "B", 1, "table 1 (one), row 0: byte 7")
bad_row("strange-others-value", "strange", 1, 0, 6, "B", 2, "table 1 (one), row 0, member 3: 2")
bad_row("strange-child-counted", "strange-family", 1, 1, 0, "H", 3, "the last end mark is 3, but tag has 2 rows")
bad_row("strange-mark-falls", "strange-family", 1, 0, 2, "H", 2, "row 1, member 2: end mark 1 after 2")


def sort_one(b, image):
    b[bytes(b).index(struct.pack("<IIQ", 0, 0, 3))] = SORTED
    resum_head(b)


bad("strange-sorted-no-key", "strange.image", "table 1 (one): sorted, but its layout has no key", sort_one)
note("strange", "note, cell 11: not understood: unknown kind", put(8 + 11 * 64 + 9, "B", 12))
