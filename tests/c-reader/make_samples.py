# SPDX-License-Identifier: MIT OR Apache-2.0
"""Writes samples/.

--check READER [ROUNDS]           compares samples/ and a reader with what must come out
--draw FOLDER [ROUNDS]            writes random images and layouts, and what must come out

samples/NAME.image, NAME.layout   inputs; NAME.layouts are layouts one after another, NAME.note is
                                  the description of a note
samples/NAME.json                 what the reader prints for an image
samples/cases.txt                 one case a line: arguments, exit code, output, separated by tabs
samples/damaged.txt               one damaged input a line: name, base, changes, what the reader says
                                  (changes: offset=hex, ..., and length=N; all sums that the damage
                                  is not about are right again)
"""
import os
import random
import sys
import tempfile

from check_folder import Checks, apply, write
from samples_damage import DAMAGED
from samples_def import AS, GRADES, IMAGES, LAYOUTS, NOTES, SETS, STRANGE, TABLES
from writer import canonical
import samples_grade
import samples_random

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLES = os.path.join(HERE, "samples")


def changes(base, damaged):
    out = []
    if len(base) != len(damaged):
        out.append("length=%d" % len(damaged))
    base = base[:len(damaged)] + bytes(max(0, len(damaged) - len(base)))
    at = 0
    while at < len(damaged):
        end = at
        while end < len(damaged) and base[end] != damaged[end]:
            end += 1
        if end > at:
            out.append("%d=%s" % (at, bytes(damaged[at:end]).hex()))
        at = end + 1
    return " ".join(out)


def build():
    files = {}
    cases = []
    for name, image in IMAGES.items():
        files[name + ".image"] = image.encode()
        files[name + ".json"] = image.expected().encode()
        cases.append((name + ".image", 0, name + ".json"))
    for name, layout in LAYOUTS.items():
        files[name + ".layout"] = layout.encode()
        cases.append(("--layout %s.layout" % name, 0, ""))
    for name, (layout, reason) in STRANGE.items():
        files[name + ".layout"] = layout.encode()
        cases.append(("--layout %s.layout" % name, 1, reason))
        cases.append(("--grade %s.layout %s.layout" % (name, name), 1, "source layout, " + reason))
        cases.append(("--grade one.layout %s.layout" % name, 1, "target layout, " + reason))
        cases.append(("--as %s.layout empty.image" % name, 1, "layout, " + reason))
        cases.append(("--tables %s.layout empty.image" % name, 1, "layout 0, " + reason))
    for name, layouts in SETS.items():
        files[name + ".layouts"] = b"".join(l.encode() for l in layouts)
    for name, note in NOTES.items():
        files[name + ".note"] = note
        cases.append(("--note %s.note" % name, 0, ""))
    for layout, image, code, result in AS:
        cases.append(("--as %s.layout %s.image" % (layout, image), code,
                      result if code else canonical(result).strip()))
    for layouts, image, code, result in TABLES:
        cases.append(("--tables %s.layouts %s.image" % (layouts, image), code,
                      result if code else canonical(result).strip()))
    for source, target, grade in GRADES:
        cases.append(("--grade %s.layout %s.layout" % (source, target), 0, grade))
    lines = []
    for name, base, change, reason in DAMAGED:
        before = files[base]
        damaged = bytearray(before)
        new = change(damaged, IMAGES.get(base.split(".")[0]))
        damaged = damaged if new is None else new
        text = changes(before, damaged)
        assert apply(before, text) == bytes(damaged) and text, name
        lines.append("\t".join((name, base, text, reason)) + "\n")
    files["cases.txt"] = "".join("%s\t%d\t%s\n" % c for c in cases).encode()
    files["damaged.txt"] = "".join(lines).encode()
    return files


def draw(folder, rounds):
    """Writes random images and random pairs of layouts, and what must come of them."""
    cases, grades = [], {}

    def case(args, code, out):
        cases.append("%s\t%d\t%s\n" % (args, code, out.strip()))

    for seed in range(rounds):
        image = samples_random.image(random.Random(seed))
        write(os.path.join(folder, "random-%d.image" % seed), image.encode())
        write(os.path.join(folder, "random-%d.json" % seed), image.expected().encode())
        a, b, grade, crossing, refused = samples_grade.pair(random.Random(seed))
        one, two = "pair-%d-a.layout" % seed, "pair-%d-b.layout" % seed
        write(os.path.join(folder, one), a.encode())
        write(os.path.join(folder, two), b.encode())
        case("--grade %s %s" % (one, two), 0, grade)
        grades[grade] = grades.get(grade, 0) + 1
        for number, (image, result) in enumerate(crossing + [(image, None) for image in refused]):
            name = "pair-%d-%d.image" % (seed, number)
            write(os.path.join(folder, name), image.encode())
            if result is None:
                case("--as %s %s" % (two, name), 1, "incompatible" if grade == "incompatible" else "pair")
            else:
                case("--as %s %s" % (two, name), 0, canonical(result))
    write(os.path.join(folder, "cases.txt"), "".join(cases).encode())
    return grades


def check(reader, rounds):
    files = build()
    wrong = 0
    have = sorted(os.listdir(SAMPLES))
    if have != sorted(files):
        print("samples differ:", sorted(set(have) ^ set(files)))
        wrong += 1
    for name in files:
        path = os.path.join(SAMPLES, name)
        if not os.path.exists(path) or open(path, "rb").read() != files[name]:
            print("sample is not what the script writes:", name)
            wrong += 1
    checks = Checks(reader)
    checks.folder(SAMPLES)
    with tempfile.TemporaryDirectory() as tmp:
        print("grades met:", draw(tmp, rounds))
        checks.folder(tmp)
    return checks.report() or wrong != 0


def main():
    if len(sys.argv) >= 3 and sys.argv[1] == "--check":
        return check(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 100)
    if len(sys.argv) >= 3 and sys.argv[1] == "--draw":
        os.makedirs(sys.argv[2], exist_ok=True)
        print("grades met:", draw(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 100))
        return 0
    os.makedirs(SAMPLES, exist_ok=True)
    files = build()
    for name in os.listdir(SAMPLES):
        if name not in files:
            os.remove(os.path.join(SAMPLES, name))
    for name, data in files.items():
        write(os.path.join(SAMPLES, name), data)
    print("%d files, %d bytes" % (len(files), sum(len(d) for d in files.values())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
