# SPDX-License-Identifier: MIT OR Apache-2.0
"""Pairs of small layouts whose grade and conversions come from trying every row (FORMAT.md, section 3)."""
import itertools

from writer import ARRAY, CRITICAL, KEY, LEGACY, Child, Image, Interval, Layout, Member, Table

PATHS = ["1", "2", "3"]


class Side:
    """One member and the set of its values."""

    def __init__(self, r, path):
        self.path = path
        self.kind = r.choice(["unsigned", "signed", "bool", "open", "closed", "end"])
        self.array = self.kind != "end" and r.random() < 0.4
        self.child = r.choice(["kid", "kid", "other"]) + path if self.kind == "end" else None
        self.critical = r.random() < 0.3
        self.unit = r.choice(["", "", "", "", "", "s"])
        self.bits = 8 if self.array else r.choice([1, 2])
        self.count = r.randint(1, 2) if self.array else 1
        low, high = {"signed": (-(1 << (self.bits - 1)), (1 << (self.bits - 1)) - 1),
                     "bool": (0, 1)}.get(self.kind, (0, (1 << self.bits) - 1))
        self.all = range(low, high + 1)
        self.names, self.ranges = [], []
        near = [v for v in self.all if -2 <= v <= 2]
        if self.kind == "closed" or self.kind == "open":
            for _ in range(r.randint(0 if self.kind == "open" else 1, 2)):
                v = r.choice(near)
                if v not in [w for w, _ in self.names]:
                    self.names.append((v, "V%d" % (v if r.random() < 0.9 or "V9" in dict(self.names).values() else 9)))
            self.values = set(self.all) if self.kind == "open" else {v for v, _ in self.names}
            if self.kind == "open" and self.array:
                self.values = None
        elif self.kind not in ("bool", "end") and (self.array or r.random() < 0.5):
            for _ in range(r.randint(1, 2)):
                self.ranges.append(tuple(sorted((r.choice(near), r.choice(near)))))
            self.values = {v for a, b in self.ranges for v in range(a, b + 1)}
        else:
            self.values = set(self.all)
        if self.values is None:  # an open enum array: too many to try
            self.kind, self.values = "bool", {0, 1}
            self.names = []
        if self.names and r.random() < 0.2:  # a second name of one value, or the same cell again
            self.names.append((self.names[0][0], r.choice(["V7", self.names[0][1]])))
        self.default = r.choice(sorted(self.values)) if r.random() < 0.5 else None
        if self.kind == "end":
            self.default = 0
        self.legacy = self.default is not None and self.kind != "end" and r.random() < 0.2
        self.key = not self.legacy and r.random() < 0.2

    def cells(self, bit):
        m = Member(self.path, self.kind, bit, self.bits, self.count,
                   (ARRAY if self.array else 0) | (CRITICAL if self.critical else 0) |
                   (LEGACY if self.legacy else 0) | (KEY if self.key else 0),
                   None if self.kind == "end" else self.default, self.unit)
        return [m] + [Child(self.path, self.child)] * (self.kind == "end") + [Interval(self.path, v, v, n) for v, n in self.names] + [
            Interval(self.path, a, b) for a, b in self.ranges]


def layout(r, sides, flags):
    cells, bit = [], 0
    for s in sides:
        cells += s.cells(bit)
        bit += 16
    return Layout("pair", max(1, bit // 8), cells, flags=flags)


def elements(side, value):
    return value if side.array else [value]


def structural(s, t):
    """The list of 3.1."""
    enums = ("open", "closed")
    if s.kind != t.kind and not (s.kind in enums and t.kind in enums):
        return False
    if s.array != t.array or s.unit != t.unit or s.child != t.child:
        return False
    if any(n == m and v != w for v, n in s.names for w, m in t.names):
        return False
    if t.count > s.count and t.default is None and 0 not in t.values:
        return False
    return bool(s.values & t.values)


def convert(source, target, row):
    """None if refused, otherwise the target's row and the paths lost."""
    sides = {s.path: s for s in source if not s.legacy}
    out, lost = {}, []
    for t in target:
        s = sides.get(t.path)
        rest = t.default if t.default is not None else 0
        have = elements(s, row[s.path])[:t.count] if s else []
        if any(v not in t.values for v in have):
            return None
        whole = have + [rest] * (t.count - len(have))
        out[t.path] = whole if t.array else whole[0]
    for s in source:
        if s.legacy:
            continue
        t = {t.path: t for t in target}.get(s.path)
        tail = elements(s, row[s.path])[t.count:] if t else elements(s, row[s.path])
        zero = s.default if s.default is not None else 0
        if any(v != zero for v in tail) or (t is None and s.default is None):
            if s.critical or s.key:
                return None
            lost.append(s.path)
    return out, lost


def distinct(rows, keys):
    """The rows, or many of them, in lists in which no two have equal keys."""
    if not keys or not rows:
        return [rows]
    sets, seen = [], {}
    for x in rows:
        key = repr([x[k] for k in keys])
        seen[key] = seen.get(key, -1) + 1
        if seen[key] == len(sets):
            sets.append([])
        sets[seen[key]].append(x)
    return sets[:3] + sets[3:][-1:]


def pair(r):
    """Two layouts, their grade, images of rows that cross and what is read, images of rows that do not."""
    source = [Side(r, p) for p in r.sample(PATHS, r.randint(0, 2))]
    target = list(source) if r.random() < 0.1 else [
        s if r.random() < 0.3 else Side(r, s.path) for s in source if r.random() < 0.7]
    target += [Side(r, p) for p in PATHS if p not in [s.path for s in source] and r.random() < 0.2]
    r.shuffle(target)
    flags = r.choice([0, 0, 1])
    a, b = layout(r, source, 0), layout(r, target, flags)
    live = [s for s in source if not s.legacy]
    rows = [dict(zip([s.path for s in live], v)) for v in itertools.product(*[
        [list(w) for w in itertools.product(sorted(s.values), repeat=s.count)] if s.array else sorted(s.values)
        for s in live])]
    paths = {s.path: s for s in live}
    possible = all(
        structural(paths[t.path], t) if t.path in paths else t.default is not None for t in target)
    done = [convert(source, target, x) for x in rows]
    same = a.encode()[:64] == b.encode()[:64] and sorted(c.encode() for c in a.cells) == sorted(
        c.encode() for c in b.cells)
    if not possible or all(d is None for d in done):
        grade = "incompatible"
    elif all(d is not None and not d[1] for d in done):
        grade = "identical" if same else "compatible"
    else:
        grade = "conditional"
    ends = [s for s in live if s.kind == "end"]

    def image(some):
        kids = [Table(Layout(s.child, 1, []), [{}] * some[-1][s.path]) for s in ends]
        return Image(r.sample([Table(a, some)] + kids, len(kids) + 1), None)

    def result(some):
        data = [convert(source, target, x) for x in some]
        lost = {p for _, losses in data for p in losses}
        return {"record": "pair", "rows": len(some),
                "data": [{m.path: b.json_value(m, d[m.path]) for m in b.members()} for d, _ in data],
                "losses": [s.path for s in source if s.path in lost]}

    good = [x for x, d in zip(rows, done) if d is not None]
    refused = [x for x, d in zip(rows, done) if d is None]
    if grade == "incompatible":
        return a, b, grade, [], [image([x]) for x in (rows[0], rows[-1])]
    # Marks must not fall from row to row: each such row has an image of its own. No two rows of an image
    # have equal keys.
    sets = distinct(good, [s.path for s in live if s.key]) if not ends else [[x] for x in good[:2] + good[-2:]]
    return a, b, grade, [(image(s), result(s)) for s in sets], [image([x]) for x in refused[:1] + refused[-1:]]
