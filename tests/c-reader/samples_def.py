# SPDX-License-Identifier: MIT OR Apache-2.0
"""The samples: images, layouts, conversions, grades and damage."""
import struct

from writer import (ARRAY, CRITICAL, KEY, LATE, LEGACY, SENSITIVE, SORTED, Child, Image, Interval, Layout, Member,
                    Raw, Retired, Table, path_bytes, resum_head, resum_rows)

IMAGES, LAYOUTS, SETS, NOTES = {}, {}, {}, {}
AS, TABLES, GRADES, DAMAGED = [], [], [], []

# --- images ---------------------------------------------------------------------------------------

IMAGES["empty"] = Image([], [256])

ONE = Layout("one", 16, [
    Member("1", "unsigned", 0, 32, name="count", unit="pages"),
    Member("2", "signed", 32, 16, name="delta", default=-3),
    Member("3", "bool", 48, 8, name="on"),
    Member("4", "physical", 64, 64, name="where")], align=8)
IMAGES["one"] = Image([Table(ONE, [
    {"1": 7, "2": -3, "3": 1, "4": 0xFFFF800000001000},
    {"1": 2**32 - 1, "2": -32768, "3": 0, "4": 2**64 - 1},
    {"1": 0, "2": 32767, "3": 1, "4": 0}])], [640])

# Bit fields, some across bytes; a group in a group; a legacy member; a cell to skip; a high flag.
BITS = Layout("bits", 10, [
    Member("6.1", "unsigned", 3, 1, name="flag"),
    Member("6", "group", name="nested"),
    Member("6.2", "signed", 4, 5, name="five", default=-16),
    Member("6.3.1", "unsigned", 9, 60, name="wide", flags=1 << 31),
    Member("6.3", "group", name="inner"),
    Member("7", "unsigned", 0, 3, name="old", flags=LEGACY, default=6),
    Member("8", "bool", 72, 7, name="wide-bool"),
    Raw(bytes(8) + b"\x80" + b"\xff" * 55),
    Retired("6.4", "gone"), Retired("9")], align=2)
IMAGES["bits"] = Image([Table(BITS, [
    {"6.1": 1, "6.2": -16, "6.3.1": 2**60 - 1, "8": 1},
    {"6.1": 0, "6.2": 15, "6.3.1": 0x123456789ABCDEF, "8": 0}])], [1088])

# Parent and children, in an order where the children lie first; a blob; sorted within a parent.
PARENT = Layout("parent", 12, [
    Member("1", "end", 0, 32, name="children"), Child("1", "child"),
    Member("2", "end", 32, 16, name="blob"), Child("2", "blob"),
    Member("3", "end", 48, 8, name="none"), Child("3", "absent"),
    Member("4", "text", 56, 8, 5, ARRAY, name="label")], flags=2)
CHILD = Layout("child", 3, [
    Member("2", "unsigned", 0, 8, name="low", flags=KEY),
    Member("1", "signed", 8, 16, name="high", flags=KEY)])
BLOB = Layout("blob", 1, [Member("1", "bytes", 0, 8, 1, ARRAY | SENSITIVE, name="byte")])
CHILDREN = [(2, -300), (1, -5), (1, 3), (0, 0), (0, 1), (200, 1)]  # sorted by path: high, then low
IMAGES["family"] = Image([
    Table(CHILD, [{"2": a, "1": b} for a, b in CHILDREN], SORTED),
    Table(PARENT, [{"1": 3, "2": 0, "3": 0, "4": b"ab"}, {"1": 3, "2": 4, "3": 0, "4": b"abcde"},
                   {"1": 6, "2": 5, "3": 0, "4": b""}], LATE),
    Table(BLOB, [{"1": bytes([b])} for b in b"\0\x7fxy\xff"])], [1600])

ENUMS = Layout("enums", 8, [
    Member("1", "closed", 0, 8, name="state", default=2),
    Interval("1", 1, name="UP"), Interval("1", 2, name="DOWN"), Interval("1", 200, name="LOST"),
    Member("2", "open", 8, 8, name="type", flags=KEY),
    Interval("2", 0, name="NONE"), Interval("2", 9, name="NINE"),
    Member("3", "signed", 16, 16, name="level", default=-1),
    Interval("3", -10, -1), Interval("3", 5, 7, "high")], flags=1)
IMAGES["enums"] = Image([Table(ENUMS, [{"1": 1, "2": 0, "3": -10}, {"1": 2, "2": 9, "3": -1},
                                       {"1": 200, "2": 77, "3": 5}], SORTED)], [1024])

ARRAYS = Layout("arrays", 40, [
    Member("1", "unsigned", 0, 16, 3, ARRAY, name="u16s"),
    Member("2", "signed", 64, 32, 2, ARRAY, name="s32s"),
    Member("3", "bool", 48, 8, 2, ARRAY, name="bools"),
    Member("4", "bytes", 128, 8, 7, ARRAY, name="bytes"),
    Member("5", "text", 184, 8, 9, ARRAY, name='a"b\\c'),
    Member("6", "unsigned", 256, 64, 1, ARRAY, name="single")], align=8)
IMAGES["arrays"] = Image([Table(ARRAYS, [
    {"1": [1, 2, 65535], "2": [-1, 2**31 - 1], "3": [1, 0], "4": bytes(range(7)), "5": b"text",
     "6": [2**64 - 1]}])], [768])

# 16 generations of parents, and a table and an end mark that have nothing to do with each other.
GENERATIONS = [Layout("g%d" % i, 1, [Member("1", "end", 0, 8, name="mark"), Child("1", "g%d" % (i + 1))])
               for i in range(16)] + [Layout("g16", 1, [Member("1", "end", 0, 8, name="mark"), Child("1", "none")]),
                                      Layout("g99", 1, [Member("1", "bool", 0, 8)])]
IMAGES["generations"] = Image([Table(GENERATIONS[i], [{"1": int(i < 16)}]) for i in
                               (17, 3, 2, 1, 0, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4)], None)

# Several segments and extents: a row that no rest of a segment holds, an empty segment, rows of one
# table in four segments, a table without rows, a table that begins in a later segment, spare space.
WIDE = Layout("wide", 100, [Member("1", "unsigned", 0, 64, name="n"), Member("2", "bytes", 792, 8, 1, ARRAY)])
NONE = Layout("none", 65536, [], flags=1)
SMALL = Layout("small", 2, [Member("1", "unsigned", 0, 16, name="n", flags=KEY)])
IMAGES["segments"] = Image([
    Table(WIDE, [{"1": i, "2": bytes([255 - i])} for i in range(5)]), Table(NONE, []),
    Table(SMALL, [{"1": i * i} for i in range(90)], SORTED)], [768, 256, 64, 128, 256, 192, 64])

# --- layouts for conversions ----------------------------------------------------------------------

LAYOUTS["one"] = ONE
LAYOUTS["one-other"] = Layout("one", 64, [
    Member("5", "unsigned", 400, 32, 2, ARRAY, default=9, name="new"),
    Member("1", "unsigned", 0, 64, name="renamed", unit="pages", default=5),
    Member("2", "signed", 64, 64, name="wider"),
    Member("3", "bool", 192, 1, name="narrower"),
    Member("4", "physical", 128, 64, name="where")], align=8)
LAYOUTS["one-less"] = Layout("one", 4, [Member("2", "signed", 0, 17), Member("7", "group")])
LAYOUTS["one-narrow"] = Layout("one", 4, [Member("1", "unsigned", 0, 31, unit="pages")])
LAYOUTS["one-unit"] = Layout("one", 4, [Member("1", "unsigned", 0, 32, unit="bytes")])
LAYOUTS["one-needs"] = Layout("one", 4, [Member("9", "unsigned", 0, 32)])
LAYOUTS["one-order"] = Layout("one", 16, list(reversed(ONE.cells)), align=8)
LAYOUTS["missing"] = Layout("missing", 1, [Member("1", "bool", 0, 8)])
LAYOUTS["missing-required"] = Layout("missing", 1, [Member("1", "bool", 0, 8)], flags=2)
LAYOUTS["bits"] = BITS
LAYOUTS["bits-old"] = Layout("bits", 8, [Member("6", "group"), Member("7", "unsigned", 0, 8, default=3),
                                         Member("6.2", "signed", 8, 32)])
LAYOUTS["arrays"] = ARRAYS
LAYOUTS["arrays-other"] = Layout("arrays", 64, [
    Member("1", "unsigned", 0, 8, 5, ARRAY, default=4), Interval("1", 0, 255),
    Member("2", "signed", 64, 64, 1, ARRAY), Member("3", "bool", 128, 8, 3, ARRAY),
    Member("4", "bytes", 192, 8, 9, ARRAY), Member("5", "text", 320, 8, 2, ARRAY),
    Member("6", "unsigned", 384, 64, 2, ARRAY)])
LAYOUTS["arrays-fit"] = Layout("arrays", 64, [
    Member("1", "unsigned", 0, 16, 5, ARRAY, default=4),
    Member("2", "signed", 128, 64, 1, ARRAY), Member("3", "bool", 192, 8, 3, ARRAY),
    Member("4", "bytes", 256, 8, 9, ARRAY), Member("5", "text", 336, 8, 4, ARRAY),
    Member("6", "unsigned", 384, 64, 2, ARRAY)])
LAYOUTS["enums-open"] = Layout("enums", 8, [
    Member("1", "open", 0, 16), Interval("1", 1, name="UP"), Member("2", "open", 16, 7),
    Member("3", "signed", 32, 32), Interval("3", -100, 100)])
LAYOUTS["enums-renamed"] = Layout("enums", 8, [
    Member("1", "open", 0, 16), Interval("1", 3, name="UP"), Member("2", "open", 16, 8),
    Member("3", "signed", 32, 32)])
LAYOUTS["enums"] = ENUMS
LAYOUTS["enums-closed"] = Layout("enums", 8, [
    Member("1", "closed", 0, 8), Interval("1", 1, name="UP"), Interval("1", 2, name="OFF"),
    Member("2", "open", 16, 8), Member("3", "signed", 32, 32)])
LAYOUTS["family"] = PARENT
LAYOUTS["pair-a"] = Layout("pair", 4, [Member("1", "unsigned", 0, 8, flags=CRITICAL, default=1),
                                       Interval("1", 1), Member("2", "unsigned", 8, 8)])
LAYOUTS["pair-b"] = Layout("pair", 4, [Member("2", "unsigned", 8, 8), Interval("2", 0, 9),
                                       Interval("2", 10, 255)])
LAYOUTS["pair-c"] = Layout("pair", 4, [Member("2", "unsigned", 8, 8, flags=CRITICAL)])
LAYOUTS["pair-d"] = Layout("pair", 4, [Member("1", "unsigned", 0, 8, default=0)])
LAYOUTS["pair-e"] = Layout("pair", 4, [Member("2", "unsigned", 8, 8, flags=CRITICAL, default=0)])
LAYOUTS["rules"] = Layout("rules", 64, [
    Member("1", "group"), Member("1.1", "unsigned", 0, 12), Member("1.2", "signed", 16, 8, default=-1),
    Interval("1.2", -1, 5), Member("2", "end", 24, 8), Child("2", "sub"),
    Member("3", "text", 32, 8, 4, ARRAY), Member("4", "closed", 64, 4, default=3), Interval("4", 3, name="V"),
    Retired("1.3", "old"), Member("5", "bool", 70, 2)])

LAYOUTS["names"] = Layout("names", 1, [
    Member("4", "closed", 0, 4), Interval("4", 3, name="V"), Interval("4", 3, name="W"), Interval("4", 3, name="V"),
    Member("5", "unsigned", 4, 4, default=1, flags=LEGACY), Interval("5", 0, 3), Interval("5", 2, 15),
    Retired("77", "group"), Retired("77.1", "member"), Member("6", "group", flags=1 << 16), Retired("6.2.1"),
    Raw(b"\0\0\1\0" + bytes(4) + b"\x80")])
LAYOUTS["plain-parent"] = Layout("parent", 8, [Member("4", "text", 0, 8, 5, ARRAY, default=0, name="label")])
LAYOUTS["text-parent"] = Layout("parent", 8, [Member("4", "text", 0, 8, 6, ARRAY, name="label")])
LAYOUTS["critical-parent"] = Layout("parent", 12, [
    Member("1", "end", 0, 32, flags=CRITICAL, name="children"), Child("1", "child"),
    Member("4", "text", 56, 8, 5, ARRAY, name="label")])
LAYOUTS["none-needs"] = Layout("none", 8, [Member("1", "unsigned", 0, 64)], flags=2)
SETS["enough"] = [LAYOUTS["none-needs"], LAYOUTS["missing"], Layout("small", 4, [Member("1", "unsigned", 0, 32)])]
SETS["refused-one"] = [Layout("wide", 4, [Member("1", "signed", 0, 8)]),
                       Layout("small", 1, [Member("2", "bool", 0, 1, default=1)])]
SETS["required"] = [LAYOUTS["missing-required"]]
SETS["nothing"] = []
NOTES["good"] = struct.pack("<BBB5x", 1, 3, 2) + LAYOUTS["rules"].encode()

# --- conversions ----------------------------------------------------------------------------------


def rows(record, data, losses=()):
    return {"record": record, "rows": len(data), "data": data, "losses": list(losses)}


AS += [
    ("one", "one", 0, rows("one", [ONE.json_row(r) for r in IMAGES["one"].tables[0].rows])),
    ("one-other", "one", 0, rows("one", [
        {"5": ["9", "9"], "1": "7", "2": "-3", "3": True, "4": "18446603336221200384"},
        {"5": ["9", "9"], "1": "4294967295", "2": "-32768", "3": False, "4": "18446744073709551615"},
        {"5": ["9", "9"], "1": "0", "2": "32767", "3": True, "4": "0"}])),
    ("one-less", "one", 0, rows("one", [{"2": "-3"}, {"2": "-32768"}, {"2": "32767"}], ["1", "3", "4"])),
    ("one-narrow", "one", 1, "one, row 1, member 1: 4294967295"),
    ("one-unit", "one", 1, "one: incompatible: member 1"),
    ("one-needs", "one", 1, "one: incompatible: member 9"),
    ("missing", "one", 0, rows("missing", [])),
    ("missing-required", "one", 1, "missing: required"),
    ("bits-old", "bits", 0, rows("bits", [{"7": "3", "6.2": "-16"}, {"7": "3", "6.2": "15"}],
                                 ["6.1", "6.3.1", "8"])),
    ("arrays-other", "arrays", 1, "arrays, row 0, member 1: 65535"),
    ("arrays-fit", "arrays", 0, rows("arrays", [
        {"1": ["1", "2", "65535", "4", "4"], "2": ["-1"], "3": [True, False, False],
         "4": "000102030405060000", "5": "74657874", "6": ["18446744073709551615", "0"]}], ["2"])),
    ("enums-open", "enums", 0, rows("enums", [{"1": "1", "2": "0", "3": "-10"}, {"1": "2", "2": "9", "3": "-1"},
                                              {"1": "200", "2": "77", "3": "5"}])),
    ("enums-renamed", "enums", 1, "enums: incompatible: member 1"),
    ("enums-closed", "enums", 1, "enums, row 2, member 1: 200"),
]

AS += [
    ("none-needs", "segments", 0, rows("none", [])),
    ("text-parent", "family", 0, rows("parent", [{"4": "616200000000"}, {"4": "616263646500"},
                                                 {"4": "000000000000"}], ["1", "2"])),
    ("critical-parent", "family", 0, rows("parent", [
        {"1": "3", "4": "6162000000"}, {"1": "3", "4": "6162636465"}, {"1": "6", "4": "0000000000"}], ["2"])),
]

TABLES += [
    ("enough", "segments", 0, {"tables": [rows("none", []), rows("missing", []), rows("small", [
        {"1": str(i * i)} for i in range(90)])], "losses": ["wide"]}),
    ("refused-one", "segments", 0, {"tables": [
        {"record": "wide", "refused": "wide: incompatible: member 1: the kinds differ"},
        rows("small", [{"2": True}] * 90, ["1"])], "losses": []}),
    ("required", "segments", 1, "missing: required"),
    ("nothing", "segments", 0, {"tables": [], "losses": ["wide", "small"]}),
    ("nothing", "empty", 0, {"tables": [], "losses": []}),
    ("nothing", "enums", 1, "table 0 (enums): critical"),
]

GRADES += [
    ("plain-parent", "family", "compatible"), ("family", "plain-parent", "conditional"),
    ("critical-parent", "plain-parent", "conditional"), ("plain-parent", "critical-parent", "compatible"),
    ("family", "critical-parent", "conditional"), ("names", "names", "identical"),
    ("one", "one", "identical"), ("one", "one-order", "identical"), ("bits", "bits", "identical"), ("bits-old", "bits-old", "identical"),
    ("one", "one-other", "compatible"), ("one-other", "one", "conditional"), ("one", "one-less", "conditional"),
    ("one-less", "one", "incompatible"), ("one", "one-narrow", "conditional"),
    ("one-narrow", "one", "incompatible"), ("one", "one-unit", "incompatible"),
    ("one", "missing", "incompatible"), ("missing", "missing-required", "compatible"),
    ("bits", "bits-old", "conditional"), ("arrays", "arrays-fit", "conditional"),
    ("enums", "enums-open", "conditional"), ("enums", "enums-renamed", "incompatible"),
    ("enums", "enums-closed", "conditional"), ("enums-closed", "enums", "conditional"),
    ("family", "family", "identical"),
    ("pair-a", "pair-b", "compatible"), ("pair-a", "pair-c", "compatible"), ("pair-c", "pair-a", "compatible"),
    ("pair-c", "pair-d", "incompatible"), ("pair-b", "pair-d", "conditional"), ("pair-e", "pair-d", "conditional"),
    ("pair-d", "pair-c", "incompatible"), ("pair-d", "pair-e", "conditional"),
]

# --- damage ---------------------------------------------------------------------------------------


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


def bad_head(name, offset, fmt, value, reason, base="one"):
    bad("head-" + name, base + ".image", reason, put(offset, fmt, value, head=True))


bad_head("magic", 7, "B", 1, "not a KSerial image")
bad_head("version", 8, "H", 2, "version")
bad_head("length", 12, "I", 448, "what follows the head")
bad_head("segments-0", 16, "I", 0, "no segments")
bad_head("segments-2", 16, "I", 2, "segment 1")
bad_head("tables-257", 20, "I", 257, "257 tables")
bad_head("tables-2", 20, "I", 2, "table 1")
bad_head("byte-order", 24, "B", 2, "byte order")
bad_head("encrypted", 27, "B", 2, "encrypted")
bad_head("zero", 63, "B", 1, "offset 63")
bad_head("zero-first", 32, "B", 1, "offset 32")
bad_head("number", 28, "B", 0x12, "table 0 (one), block 0: wrong sum")
bad_head("segment-length", 64, "I", 576, "file")
bad_head("segment-odd", 64, "I", 639, "segment 0")
bad_head("segment-short", 64, "I", 512, "segment 0")
bad_head("lengths-gap", 68, "I", 64, "offset 68")
bad_head("entry-flags", 128, "I", 4, "table 0: unknown flags")
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
bad_cell("tag-0", 11, 8, "B", 0, "unknown tag 0")
bad_cell("tag-5", 11, 8, "B", 5, "unknown tag 5")
bad_cell("tag-127", 11, 8, "B", 127, "unknown tag 127")
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
bad_cell("kind-0", 2, 9, "B", 0, "unknown kind 0")
bad_cell("kind-11", 2, 9, "B", 11, "unknown kind 11")
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


def counts(record):
    """Lets the last generation count the one row of this record."""
    def change(b, image):
        cell = bytes(b).index(b"none" + bytes(44))
        b[cell:cell + 4] = record + bytes(4 - len(record))
        b[at("generations", 5, 0, 0)] = 1
        resum_head(b)
        resum_rows(b, image)
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
bad("generations-17", "generations.image", "table 0 (g99): rows with more than 16", counts(b"g99"))
bad("generations-circle", "generations.image", "rows with more than 16", counts(b"g0"))
bad("one-name-two-values", "names.layout", "its name stands for another value", rename_value)
bad("head-rows-shifted", "segments.image", "table 2 (small), block 1: wrong sum",
    lambda b, i: (struct.pack_into("<Q", b, 64 + 64 + 32 + 8, 100), resum_head(b), None)[2])
