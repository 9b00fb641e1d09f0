# SPDX-License-Identifier: MIT OR Apache-2.0
"""Random images that are right: what was written must be what is read."""
from writer import (ARRAY, CRITICAL, KEY, LATE, LEGACY, SENSITIVE, SORTED, Child, Image, Interval, Layout, Member,
                    Raw, Retired, Table)

PLAIN = ["unsigned", "signed", "bool", "open", "closed", "physical"]


def width(kind, bits):
    if kind == "bool":
        return 0, 1
    if kind == "signed":
        return -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    return 0, (1 << bits) - 1


def pick(r, low, high):
    return r.choice([low, high, r.randint(low, high)])


def cells_and_values(r, marks):
    """Cells, the row's size in bits, and for each path a function that makes a value."""
    cells, make, bit, groups = [], {}, 0, [""]
    for child in marks:
        path = str(len(cells) + 1)
        bit = (bit + 7) // 8 * 8
        cells.append(Member(path, "end", bit, 32, name="end"))
        cells.append(Child(path, child))
        bit += 32
    for i in range(r.randint(0 if marks else 1, 8)):
        prefix = r.choice(groups)
        path = prefix + str(1000 + i + 100 * r.randint(0, 600))
        if r.random() < 0.2 and path.count(".") < 3:
            cells.append(Member(path, "group", name="g"))
            groups.append(path + ".")
            continue
        flags = r.choice([0, 0, CRITICAL, KEY, SENSITIVE, KEY | CRITICAL])
        if r.random() < 0.1:
            flags = flags & ~KEY | LEGACY
        if r.random() < 0.1:
            flags |= 1 << r.randint(16, 31)
        count, kind = 1, r.choice(PLAIN + ["bytes", "text"])
        bit += r.choice([0, 0, 0, 1, 5, 16])
        if kind in ("bytes", "text") or r.random() < 0.2:
            flags |= ARRAY
            bit = (bit + 7) // 8 * 8
            bits = 8 if kind in ("bytes", "text") else r.choice([8, 16, 32, 64])
            count = r.randint(1, 6)
        else:
            bits = r.choice([1, 2, 3, 7, 8, 16, 31, 32, 63, 64])
            if bit % 8 + bits > 64:
                bit = (bit + 7) // 8 * 8
        low, high = width(kind, bits)
        ranges = [(low, high)]
        if kind in ("open", "closed"):
            names = [pick(r, low, high) for _ in range(r.randint(1, 4))]
            cells += [Interval(path, v, v, "V%d" % k) for k, v in enumerate(names)]
            ranges = [(v, v) for v in names] if kind == "closed" else ranges
        elif kind not in ("bool", "bytes", "text") and r.random() < 0.4:
            ranges = []
            for _ in range(r.randint(1, 3)):
                a = sorted((pick(r, low, high), pick(r, low, high)))
                ranges.append(tuple(a))
                cells.append(Interval(path, a[0], a[1]))

        def one(r=r, ranges=ranges):
            return pick(r, *r.choice(ranges))

        default = one() if r.random() < 0.4 else None
        if kind in ("bytes", "text"):
            make[path] = lambda n=count: bytes(r.randint(0, 255) for _ in range(n))
        elif flags & ARRAY:
            make[path] = lambda n=count, f=one: [f() for _ in range(n)]
        else:
            make[path] = one
        if flags & LEGACY:
            make[path] = lambda: 0
            default = one() if default is None else default
        if kind == "text" and default is not None:
            default = 0
        cells.append(Member(path, kind, bit, bits, count, flags, default, r.choice(["", "bytes", "us"]), "n%d" % i))
        bit += count * bits
    if r.random() < 0.3:
        cells.append(Retired(r.choice(groups) + "9", "gone"))
    if r.random() < 0.1:
        cells.append(Retired("900.7.7"))
    if r.random() < 0.2:
        cells.append(Raw(b"\xff" * 8 + bytes([r.randint(128, 255)]) + b"\xee" * 55))
    r.shuffle(cells)
    return cells, bit, make


def strange_cell(r):
    """A cell that makes a layout not understood; what else it breaks is of no account."""
    path = bytes(r.choice([0, 1, 255]) for _ in range(8))
    if r.random() < 0.5:
        return Raw(path + bytes([r.choice([0, 5, 127, r.randint(5, 127)])]) + b"\xaa" * 55)
    kind, flags = r.choice([(0, 0), (11, 0), (255, KEY), (1, 1 << r.randint(6, 15)), (10, 64)])
    return Raw(path + bytes([1, kind, 200, 9]) + b"\xff" * 8 + flags.to_bytes(4, "little") + b"\xff" * 40)


def stranger(r, tables):
    """Makes one table's layout not understood, and uses what an image may do only then."""
    t = r.choice(list(tables.values()))
    rows = [t.layout.encode_row(x) for x in t.rows]
    if r.random() < 0.5:
        rows = [r.getrandbits(8 * t.layout.row).to_bytes(t.layout.row, "little") for _ in rows]
    t.rows = rows
    t.layout.cells.insert(r.randint(0, len(t.layout.cells)), strange_cell(r))
    t.flags |= r.choice([0, SORTED])
    for other in tables.values():  # no table counts as sorted; end marks, where seen, still must not fall
        if not any(c.tag == 3 for c in other.layout.cells):
            r.shuffle(other.rows)


def image(r):
    names = ["t%d" % i for i in range(r.randint(0, 4))]
    parents = {n: r.choice(names[:i]) for i, n in enumerate(names) if i and r.random() < 0.6}
    tables = {}
    for n in names:
        marks = [c for c in names if parents.get(c) == n]
        cells, bits, make = cells_and_values(r, marks)
        align = r.choice([1, 1, 2, 4, 8])
        row = max(1, (bits + 7) // 8 + r.choice([0, 0, 0, 1, 1, 3000, 9000]))
        layout = Layout(n, (row + align - 1) // align * align, cells, align, r.randint(0, 3))
        owners = len(tables[parents[n]].rows) if n in parents else None
        count = r.choice([0, 1, 2, 7, 40, 40 if row > 400 else 9000 // row]) if owners is None or owners else 0
        rows = [{p: f() for p, f in make.items()} for _ in range(count)]
        flags = r.choice([0, LATE])
        ends = sorted(r.randint(0, count) for _ in range((owners or 1) - 1)) + [count]
        keys = sorted((m for m in layout.values() if m.flags & KEY), key=lambda m: m.path_ids())
        if keys:  # no two rows of one parent have equal keys, sorted or not
            flags |= r.choice([0, SORTED, SORTED])

            def key(row, keys=keys):
                return [row[m.path] for m in keys]
            new, begin, cut = [], 0, []
            for e in ends:
                part = {repr(key(x)): x for x in rows[begin:e]}
                new += sorted(part.values(), key=key if flags & SORTED else lambda _: r.random())
                begin = e
                cut.append(len(new))
            rows, ends = new, cut
        if owners:
            parent = tables[parents[n]]
            path = [c.path for c in parent.layout.cells if c.tag == 3 and c.record == n][0]
            for x, e in zip(parent.rows, ends):
                x[path] = e
        tables[n] = Table(layout, rows, flags | (r.choice([0, 0, 0, 1]) << r.randint(16, 31)))
    # A parent's mark may be a key only if it is set before sorting: end marks here never are.
    machine = (r.choice([62, 183]), r.choice([12, 14, 16]), r.randint(0, 13), r.randint(0, 1))
    number = r.getrandbits(32)
    ignored = r.choice([bytes(16), bytes(16), r.getrandbits(128).to_bytes(16, "little")])
    if tables and r.random() < 0.3:
        stranger(r, tables)
    order = list(tables.values())
    r.shuffle(order)
    whole = Image(order, None, machine, number, ignored)
    if r.random() < 0.4:
        return whole
    first = len(whole.head([64] * 400))
    need = sum(len(t.rows) * (t.layout.row + 4) for t in order)
    biggest = max([t.layout.row for t in order] + [1])
    segments = [(first + 63) // 64 * 64 + 64 * r.randint(0, 4)]
    room = 0
    while room < need and len(segments) < 399:
        one = 64 * r.randint(1, 8) + (biggest + 67) // 64 * 64 * r.choice([0, 1, 1, 2])
        segments.append(one)
        room += max(0, one - biggest - 68 * len(order))
    return Image(order, segments, machine, number, ignored) if room >= need else whole
