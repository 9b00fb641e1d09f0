# SPDX-License-Identifier: MIT OR Apache-2.0
"""The samples: images, layouts, conversions and grades."""
import struct

from writer import (ARRAY, CRITICAL, KEY, LATE, LEGACY, SENSITIVE, SORTED, Child, Image, Interval, Layout, Member,
                    Raw, Retired, Table, path_bytes)

IMAGES, LAYOUTS, SETS, NOTES = {}, {}, {}, {}
STRANGE = {}  # layouts that are not understood, and why
AS, TABLES, GRADES = [], [], []

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
BLOB = Layout("blob", 1, [Member("1", "unsigned", 0, 8, flags=SENSITIVE, name="byte")])
CHILDREN = [(2, -300), (1, -5), (1, 3), (0, 0), (0, 1), (200, 1)]  # sorted by path: high, then low
IMAGES["family"] = Image([
    Table(CHILD, [{"2": a, "1": b} for a, b in CHILDREN], SORTED),
    Table(PARENT, [{"1": 3, "2": 0, "3": 0, "4": b"ab"}, {"1": 3, "2": 4, "3": 0, "4": b"abcde"},
                   {"1": 6, "2": 5, "3": 0, "4": b""}], LATE),
    Table(BLOB, [{"1": b} for b in b"\0\x7fxy\xff"])], [1600])

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
IMAGES["generations-empty"] = Image([Table(l, []) for l in GENERATIONS], None)

# Several segments and extents: a row that no rest of a segment holds, an empty segment, rows of one
# table in four segments, a table without rows, a table that begins in a later segment, spare space.
WIDE = Layout("wide", 100, [Member("1", "unsigned", 0, 64, name="n"), Member("2", "bytes", 792, 8, 1, ARRAY)])
NONE = Layout("none", 65536, [], flags=1)
SMALL = Layout("small", 2, [Member("1", "unsigned", 0, 16, name="n", flags=KEY)])
IMAGES["segments"] = Image([
    Table(WIDE, [{"1": i, "2": bytes([255 - i])} for i in range(5)]), Table(NONE, []),
    Table(SMALL, [{"1": i * i} for i in range(90)], SORTED)], [768, 256, 64, 128, 256, 192, 64])

# Sorted or not, a writer gives no two rows equal keys; but only who looks for a row by its key refuses.
IMAGES["same-keys"] = Image([Table(SMALL, [{"1": 7}, {"1": 7}, {"1": 3}])], None)

# What readers of version 1 ignore: bytes 48 to 63 of the head, the entries' high flags.
IMAGES["ignored"] = Image([Table(SMALL, [{"1": 1}, {"1": 2}], SORTED | 1 << 16),
                           Table(BLOB, [{"1": 3}], LATE | 0xFFFF << 16)], None, ignored=bytes(range(240, 256)))

# --- layouts that are not understood --------------------------------------------------------------


def patched(cell, offset, byte):
    b = bytearray(cell.encode())
    b[offset] = byte
    return Raw(bytes(b))


# Each is otherwise right but for "ruin", which breaks whatever else §1.2 and §1.4 say.
TAG = Layout("tag", 2, [Member("1", "unsigned", 0, 8, flags=KEY), Raw(path_bytes("2") + b"\x05")])
KIND = Layout("kind", 4, [patched(Member("1", "unsigned", 0, 8), 9, 11), Member("2", "bool", 8, 8)], align=4, flags=3)
FLAG = Layout("flag", 3, [Member("1", "unsigned", 0, 8), Member("2", "unsigned", 8, 8, flags=1 << 15)], flags=2)
RUIN = Layout("ruin", 1, [
    Raw(bytes(8) + b"\x01\x01" + b"\xff" * 10 + bytes(44)), Raw(b"\0\0\1\0" + bytes(4) + b"\x7f" + b"\xff" * 55),
    Member("1", "text", 999, 3), Member("1", "end", 0, 8), Interval("7", 3, 2), Child("1", "ruin"), Retired("1"),
    Member("9.9", "closed", 0, 8)])
STRANGE["tag"] = (TAG, "cell 2: not understood: unknown tag 0x5")
STRANGE["kind"] = (KIND, "cell 1: not understood: unknown kind 0xb")
STRANGE["flag"] = (FLAG, "cell 2: not understood: unknown flags 0x8000")
STRANGE["ruin"] = (RUIN, "cell 2: not understood: unknown tag 0x7f")

# In an image they refuse only their own records; their rows may hold anything.
IMAGES["strange"] = Image([
    Table(TAG, [b"\2\xff", b"\1\xff", b"\1\0"], SORTED), Table(ONE, IMAGES["one"].tables[0].rows),
    Table(KIND, []), Table(FLAG, [b"abc"] * 3, LATE), Table(RUIN, [b"\xff"] * 9000)], [3200, 4096, 8192])
IMAGES["strange-critical"] = Image([Table(KIND, [b"\xff" * 4]), Table(SMALL, [{"1": 5}])], None)
IMAGES["strange-empty"] = Image([Table(l, []) for l in (KIND, FLAG, TAG)], [1024])

# The marks of a parent that is not understood are not seen: its children's order has parts that no
# reader knows, and another parent may count the same record. A child that is not understood is counted.
STRANGER = Layout("stranger", 8, [
    Member("1", "end", 0, 32), Child("1", "child"), Member("2", "end", 32, 32), Child("2", "tag"),
    Raw(path_bytes("1") + bytes(1))])
SEEN = Layout("seen", 4, [Member("1", "end", 0, 16), Child("1", "tag"), Member("2", "end", 16, 16), Child("2", "one")])
IMAGES["strange-family"] = Image([
    Table(STRANGER, [b"\7\0\0\0\3\0\0\0", bytes(8)]), Table(SEEN, [{"1": 2, "2": 0}, {"1": 2, "2": 1}]),
    Table(CHILD, [{"2": a, "1": b} for a, b in [(1, 1), (2, 1), (0, 0), (1, 1)]], SORTED),
    Table(TAG, [b"ab", b"cd"]), Table(ONE, IMAGES["one"].tables[0].rows[:1])], None)

# A circle of generations that a layout which is not understood would close.
IMAGES["strange-generations"] = Image([
    Table(l, []) for l in GENERATIONS[:16]] + [Table(Layout("g16", 1, [
        Member("1", "end", 0, 8, flags=64), Child("1", "g0")]), [])], None)

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
SETS["losing"] = [Layout("wide", 4, [Member("2", "bytes", 0, 8, 1, ARRAY)]), LAYOUTS["missing"]]
SETS["refused-one"] = [Layout("wide", 4, [Member("1", "signed", 0, 8)]),
                       Layout("small", 1, [Member("2", "bool", 0, 1, default=1)])]
SETS["required"] = [LAYOUTS["missing-required"]]
SETS["nothing"] = []
SETS["strange-others"] = [ONE]
SETS["strange-asked"] = [Layout(l.record, 1, [Member("1", "bool", 0, 8, default=1)]) for l in (TAG, KIND, RUIN)] + [
    ONE, Layout("flag", 1, [], flags=2)]
SETS["strange-critical"] = [Layout("kind", 1, []), SMALL]

# Readers that look for rows below parents, which the image may not have there.
BOX = Layout("box", 8, [Member("1", "end", 0, 32), Child("1", "one"), Member("2", "end", 32, 32), Child("2", "enums")])
SETS["below-box"] = [LAYOUTS["one-less"], BOX]
SETS["below-box-enums"] = [BOX, ENUMS]
SETS["below-parent"] = [Layout("parent", 8, [Member("1", "end", 0, 64), Child("1", "child")]), CHILD, BLOB]
SETS["no-parent"] = [CHILD]
SETS["below-stranger"] = [Layout("stranger", 4, [Member("1", "end", 0, 32), Child("1", "child")]), CHILD,
                          Layout("another", 4, [Member("1", "end", 0, 32), Child("1", "tag")]),
                          Layout("tag", 1, [])]
SETS["critical-refused"] = [LAYOUTS["enums-renamed"]]
SETS["key-lacking"] = [Layout("small", 1, [])]
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

# A source's keys count like its critical members.
LAYOUTS["key"] = Layout("key", 5, [
    Member("1", "unsigned", 0, 8, flags=KEY, default=4), Member("2", "unsigned", 8, 8, 3, ARRAY | KEY, name="list"),
    Member("3", "unsigned", 32, 8, default=1)])
IMAGES["key"] = Image([Table(LAYOUTS["key"], [
    {"1": 4, "2": [1, 0, 0], "3": 1}, {"1": 4, "2": [2, 0, 0], "3": 2}])], None)
IMAGES["key-other"] = Image([Table(LAYOUTS["key"], [
    {"1": 4, "2": [1, 0, 0], "3": 1}, {"1": 5, "2": [1, 0, 0], "3": 1}])], None)
IMAGES["key-tail"] = Image([Table(LAYOUTS["key"], [{"1": 4, "2": [1, 0, 9], "3": 1}])], None)
LAYOUTS["key-less"] = Layout("key", 2, [Member("2", "unsigned", 8, 8, 1, ARRAY, name="list")])
LAYOUTS["key-none"] = Layout("key", 1, [Member("1", "unsigned", 0, 8)])
LAYOUTS["key-new"] = Layout("key", 6, LAYOUTS["key"].cells + [Member("4", "unsigned", 40, 8, flags=KEY, default=0)])
LAYOUTS["key-tail"] = Layout("key", 2, [Member("2", "unsigned", 0, 8, 2, ARRAY | KEY), Interval("2", 1, 9)])
LAYOUTS["key-tail-less"] = Layout("key", 1, [Member("2", "unsigned", 0, 8, 1, ARRAY)])
LAYOUTS["key-plain"] = Layout("key", 1, [Member("1", "unsigned", 0, 8, flags=KEY), Interval("1", 4)])
AS += [
    ("key-less", "key", 0, rows("key", [{"2": ["1"]}, {"2": ["2"]}], ["3"])),
    ("key-less", "key-other", 1, "key, row 1, member 1: a key"),
    ("key-less", "key-tail", 1, "key, row 0, member 2: a key"),
    ("key-none", "key", 1, "key: incompatible: member 2"),
    ("key-new", "key-tail", 0, rows("key", [{"1": "4", "2": ["1", "0", "9"], "3": "1", "4": "0"}])),
]
GRADES += [
    ("key", "key-less", "conditional"), ("key", "key-none", "incompatible"), ("key-less", "key-none", "incompatible"),
    ("key", "key-new", "compatible"), ("key-new", "key", "conditional"), ("key-tail", "key-tail-less", "incompatible"),
    ("key-tail-less", "key-tail", "incompatible"), ("key-plain", "key-tail-less", "incompatible"),
    ("key-none", "key-plain", "conditional"), ("key-plain", "key-none", "compatible"),
]

# Of layouts that are not understood.
LAYOUTS["tag-plain"] = SETS["strange-asked"][0]
LAYOUTS["kind-plain"] = Layout("kind", 1, [Member("1", "bool", 0, 8)], flags=3)
ALL_OF_ONE = AS[0][3]
AS += [
    ("tag-plain", "strange", 1, "tag: the image's layout is not understood (cell 2)"),
    ("kind-plain", "strange", 0, rows("kind", [])),
    ("one", "strange", 0, ALL_OF_ONE),
    ("kind-plain", "strange-critical", 1, "kind: the image's layout is not understood (cell 1)"),
    ("one", "strange-critical", 0, rows("one", [])),
    ("missing-required", "strange", 1, "missing: required"),
]


def refused(record, cell):
    return {"record": record, "refused": "%s: the image's layout is not understood (cell %d)" % (record, cell)}


TABLES += [
    ("strange-others", "strange", 0, {"tables": [ALL_OF_ONE], "losses": ["tag", "flag", "ruin"]}),
    ("strange-asked", "strange", 0, {"tables": [
        refused("tag", 2), rows("kind", []), refused("ruin", 2), ALL_OF_ONE, refused("flag", 2)],
        "losses": ["tag", "flag", "ruin"]}),
    ("nothing", "strange-critical", 1, "table 0 (kind): critical"),
    ("strange-critical", "strange-critical", 1, "table 0 (kind): critical"),
    ("nothing", "strange-empty", 0, {"tables": [], "losses": []}),
    ("strange-asked", "strange-empty", 0, {"tables": [
        rows(r, []) for r in ("tag", "kind", "ruin", "one", "flag")], "losses": []}),
]

# Of parents that only one side has, or none that is understood.
CHILD_ROWS = rows("child", [CHILD.json_row(x) for x in IMAGES["family"].tables[0].rows])
TABLES += [
    ("below-box", "one", 0, {"tables": [rows("one", []), rows("box", [])], "losses": ["one"]}),
    ("below-box", "enums", 1, "table 0 (enums): critical"),
    ("below-box-enums", "enums", 1, "table 0 (enums): critical"),
    ("below-box-enums", "one", 0, {"tables": [rows("box", []), rows("enums", [])], "losses": ["one"]}),
    ("below-box", "strange-family", 0, {"tables": [
        rows("one", [{"2": "-3"}], ["1", "3", "4"]), rows("box", [])],
        "losses": ["stranger", "seen", "child", "tag"]}),
    ("below-parent", "family", 0, {"tables": [
        rows("parent", [{"1": "3"}, {"1": "3"}, {"1": "6"}], ["2", "4"]), CHILD_ROWS,
        rows("blob", [{"1": str(b)} for b in b"\0\x7fxy\xff"])], "losses": []}),
    ("no-parent", "family", 0, {"tables": [CHILD_ROWS], "losses": ["parent", "blob"]}),
    ("below-stranger", "strange-family", 0, {"tables": [
        refused("stranger", 5), rows("child", []), rows("another", []), refused("tag", 2)],
        "losses": ["stranger", "seen", "child", "tag", "one"]}),
    ("no-parent", "strange-family", 0, {"tables": [
        rows("child", [CHILD.json_row(x) for x in IMAGES["strange-family"].tables[2].rows])],
        "losses": ["stranger", "seen", "tag", "one"]}),
    ("critical-refused", "enums", 1, "enums: incompatible: member 1"),
    ("key-lacking", "segments", 0, {"tables": [
        {"record": "small", "refused": "small: incompatible: member 1: without a default, and absent from the target"}],
        "losses": ["wide"]}),
    ("losing", "segments", 0, {"tables": [rows("wide", [{"2": "%02x" % (255 - i)} for i in range(5)], ["1"]),
                                          rows("missing", [])], "losses": ["small"]}),
]

TABLES += [
    ("enough", "segments", 0, {"tables": [rows("none", []), rows("missing", []), rows("small", [
        {"1": str(i * i)} for i in range(90)])], "losses": ["wide"]}),
    ("refused-one", "segments", 0, {"tables": [
        {"record": "wide", "refused": "wide: incompatible: member 1: the kinds differ"},
        {"record": "small", "refused": "small: incompatible: member 1: without a default, and absent from the target"}],
        "losses": []}),
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
