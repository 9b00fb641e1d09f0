# SPDX-License-Identifier: MIT OR Apache-2.0
"""A writer of KSerial layouts and images, written from docs/FORMAT.md alone.

It writes what it is told, right or wrong; the reader has to notice.
"""
import json
import struct
import zlib

KINDS = ["", "unsigned", "signed", "bool", "bytes", "text", "open", "closed", "physical", "end", "group"]
DEFAULT, CRITICAL, KEY, LEGACY, SENSITIVE, ARRAY = 1, 2, 4, 8, 16, 32
LATE, SORTED = 1, 2
FLAG_NAMES = [(CRITICAL, "critical"), (KEY, "key"), (LEGACY, "legacy"), (SENSITIVE, "sensitive"), (ARRAY, "array")]
M64 = (1 << 64) - 1


def text(s, n):
    b = s.encode("latin-1")
    assert len(b) <= n, s
    return b + bytes(n - len(b))


def path_bytes(path):
    ids = [int(i) for i in path.split(".")]
    return struct.pack("<4H", *(ids + [0] * (4 - len(ids))))


class Member:
    tag = 1

    def __init__(self, path, kind, bit=0, bits=0, count=1, flags=0, default=None, unit="", name="m"):
        self.path, self.kind, self.bit, self.bits = path, kind, bit, bits
        self.count, self.unit, self.name = count, unit, name
        self.flags = flags | (DEFAULT if default is not None else 0)
        self.default = default
        if kind == "group":
            self.count = 0

    def path_ids(self):
        return [int(i) for i in self.path.split(".")]

    def encode(self):
        return path_bytes(self.path) + struct.pack(
            "<BBBBIIIQ", 1, KINDS.index(self.kind), self.bits, 0, self.bit, self.count, self.flags,
            (self.default or 0) & M64) + text(self.unit, 8) + text(self.name, 24)


class Interval:
    tag = 2

    def __init__(self, path, low, high=None, name=""):
        self.path, self.low, self.high, self.name = path, low, low if high is None else high, name

    def encode(self):
        return path_bytes(self.path) + bytes([2]) + bytes(15) + struct.pack(
            "<QQ", self.low & M64, self.high & M64) + text(self.name, 24)


class Child:
    tag = 3

    def __init__(self, path, record):
        self.path, self.record = path, record

    def encode(self):
        return path_bytes(self.path) + bytes([3]) + bytes(7) + text(self.record, 48)


class Retired:
    tag = 4

    def __init__(self, path, name=""):
        self.path, self.name = path, name

    def encode(self):
        return path_bytes(self.path) + bytes([4]) + bytes(31) + text(self.name, 24)


class Raw:
    tag = 255

    def __init__(self, b):
        self.b = b

    def encode(self):
        return self.b + bytes(64 - len(self.b))


class Layout:
    def __init__(self, record, row, cells, align=1, flags=0):
        self.record, self.row, self.cells, self.align, self.flags = record, row, cells, align, flags

    def encode(self):
        head = text(self.record, 48) + struct.pack("<IHHBB", self.row, len(self.cells), self.flags, 1, self.align)
        return head + bytes(6) + b"".join(c.encode() for c in self.cells)

    def understood(self):
        """What 1.2 says of a reader of version 1."""
        for c in (c.encode() for c in self.cells):
            if c[8] < 128 and not 1 <= c[8] <= 4:
                return False
            if c[8] == 1 and (not 1 <= c[9] <= 10 or struct.unpack_from("<I", c, 20)[0] & 0xFFC0):
                return False
        return True

    def members(self):
        return [c for c in self.cells if c.tag == 1]

    def values(self):
        return [m for m in self.members() if m.kind != "group" and not m.flags & LEGACY]

    def encode_row(self, row):
        """A row is a dict of path -> int, list of int, or bytes; or the whole row's bytes."""
        if isinstance(row, bytes):
            assert len(row) == self.row
            return row
        bits = 0
        for m in self.values():
            v = row[m.path]
            if isinstance(v, (bytes, bytearray)):
                v = list(v) + [0] * (m.count - len(v))
            elif not isinstance(v, list):
                v = [v]
            assert len(v) == m.count, m.path
            for i, one in enumerate(v):
                bits |= (int(one) & ((1 << m.bits) - 1)) << (m.bit + i * m.bits)
        return bits.to_bytes(self.row, "little")

    def json_value(self, m, v):
        if m.kind in ("bytes", "text"):
            return (bytes(v) + bytes(m.count - len(v))).hex()
        one = bool if m.kind == "bool" else str
        return [one(i) for i in v] if m.flags & ARRAY else one(v)

    def json_row(self, row):
        return {m.path: self.json_value(m, row[m.path]) for m in self.values()}


class Table:
    def __init__(self, layout, rows, flags=0):
        self.layout, self.rows, self.flags = layout, rows, flags

    def encode_rows(self):
        return [self.layout.encode_row(r) for r in self.rows]


def up(n):
    return (n + 63) // 64 * 64


def block_sum(data, number, t, k):
    return zlib.crc32(data) ^ number ^ (t * 0x9E3779B1 % 2**32) ^ (k * 0x85EBCA77 % 2**32)


class Image:
    def __init__(self, tables, segments, machine=(62, 12, 10, 0), number=0xC0FFEE11, ignored=bytes(16)):
        """`segments`: the lengths; None lets one segment be as long as it must. `ignored`: bytes 48 to 63."""
        self.tables, self.segments, self.machine = tables, segments, machine
        self.number, self.ignored = number, ignored

    def head(self, segments):
        lengths = b"".join(struct.pack("<I", s) for s in segments)
        entries = b"".join(struct.pack("<IIQ", t.flags, 0, len(t.rows)) for t in self.tables)
        layouts = b"".join(t.layout.encode() for t in self.tables)
        length = 64 + up(len(lengths)) + up(len(entries)) + len(layouts)
        arch, shift, order, encrypted = self.machine
        b = b"KSerial\0" + struct.pack("<HHIIIBBBB", 1, arch, length, len(segments), len(self.tables), 1,
                                       shift, order, encrypted)
        b += struct.pack("<I", self.number) + bytes(16) + self.ignored
        b += lengths + bytes(up(len(lengths)) - len(lengths))
        b += entries + bytes(up(len(entries)) - len(entries)) + layouts
        return b + struct.pack("<I", zlib.crc32(b)) + bytes(60)

    def encode(self):
        self.extents = []  # table, offset in the image, first row, rows
        segments = self.segments
        if segments is None:
            size = sum(up((t.layout.row + 4) * len(t.rows)) for t in self.tables)
            segments = [up(len(self.head([64])) + size)]
            segments = [self.place(segments)[1]]
        return self.place(segments)[0]

    def place(self, segments):
        self.extents = []
        out = [bytearray(n) for n in segments]
        head = self.head(segments)
        assert len(head) <= segments[0], (len(head), segments)
        out[0][:len(head)] = head
        s, cursor = 0, len(head)
        for number, t in enumerate(self.tables):
            rows, r = t.encode_rows(), t.layout.row
            b = max(8192 // r, 1)
            done = k = 0
            while done < len(rows):
                space = segments[s] - cursor
                n = space // (b * r + 4) * b + max(0, space % (b * r + 4) - 4) // r
                n = min(n, len(rows) - done)
                if n:
                    self.extents.append((number, sum(segments[:s]) + cursor, done, n))
                    part = rows[done:done + n]
                    data = b"".join(part)
                    for i in range(0, n, b):
                        data += struct.pack("<I", block_sum(b"".join(part[i:i + b]), self.number, number, k))
                        k += 1
                    assert cursor + len(data) <= segments[s]
                    out[s][cursor:cursor + len(data)] = data
                    cursor += len(data)
                    done += n
                if done < len(rows):
                    s, cursor = s + 1, 0
                    assert s < len(segments), "rows do not fit"
                else:
                    cursor = up(cursor)
        return b"".join(bytes(o) for o in out), cursor

    def expected(self):
        arch, shift, order, encrypted = self.machine
        tables = []
        for t in self.tables:
            l = t.layout
            head = {
                "record": l.record, "rows": len(t.rows), "late": bool(t.flags & LATE),
                "sorted": bool(t.flags & SORTED), "critical": bool(l.flags & 1), "required": bool(l.flags & 2),
                "row": l.row, "align": l.align}
            if not l.understood():
                tables.append(dict(head, understood=False))
                continue
            members = []
            for m in l.members():
                e = {"path": m.path, "name": m.name, "kind": m.kind, "bit": m.bit, "bits": m.bits,
                     "count": m.count, "flags": [n for f, n in FLAG_NAMES if m.flags & f], "unit": m.unit}
                if m.default is not None:
                    e["default"] = str(m.default)
                intervals = [{"low": str(c.low), "high": str(c.high), "name": c.name}
                             for c in l.cells if c.tag == 2 and c.path == m.path]
                if intervals:
                    e["intervals"] = intervals
                for c in l.cells:
                    if c.tag == 3 and c.path == m.path:
                        e["child"] = c.record
                members.append(e)
            tables.append(dict(
                head, members=members, retired=[{"path": c.path, "name": c.name} for c in l.cells if c.tag == 4],
                data=[l.json_row(r) for r in t.rows]))
        return canonical({"machine": {"architecture": arch, "page_shift": shift, "max_order": order,
                                      "encrypted": bool(encrypted)}, "number": self.number, "tables": tables})


def canonical(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True) + "\n"


def resum_head(b):
    """Makes the head's sum right again after a change."""
    length = struct.unpack_from("<I", b, 12)[0]
    struct.pack_into("<I", b, length, zlib.crc32(bytes(b[:length])))


def resum_rows(b, image):
    """Makes the sums of rows right again after a change of rows."""
    blocks = {}
    for t, at, _, n in image.extents:
        r = image.tables[t].layout.row
        per = max(8192 // r, 1)
        for i in range(0, n, per):
            some = min(per, n - i)
            k = blocks.get(t, 0)
            blocks[t] = k + 1
            data = bytes(b[at + i * r:at + (i + some) * r])
            struct.pack_into("<I", b, at + n * r + i // per * 4, block_sum(data, image.number, t, k))
