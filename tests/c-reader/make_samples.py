# SPDX-License-Identifier: MIT OR Apache-2.0
"""Writes samples/, or (--check READER) compares it and a reader with what must come out.

samples/NAME.image, NAME.layout   inputs
samples/NAME.json                 what the reader prints for an image
samples/cases.txt                 one case a line: arguments, exit code, output, separated by tabs
samples/damaged.txt               one damaged input a line: name, base, changes, what the reader says
                                  (changes: offset=hex, ..., and length=N; all sums that the damage
                                  is not about are right again)
"""
import os
import random
import subprocess
import sys
import tempfile

from samples_def import AS, DAMAGED, GRADES, IMAGES, LAYOUTS
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


def apply(base, text):
    b = bytearray(base)
    for one in text.split():
        key, value = one.split("=")
        if key == "length":
            b = b[:int(value)] + bytes(max(0, int(value) - len(b)))
        else:
            b[int(key):int(key) + len(value) // 2] = bytes.fromhex(value)
    return bytes(b)


def build():
    files = {}
    cases = []
    for name, image in IMAGES.items():
        files[name + ".image"] = image.encode()
        files[name + ".json"] = image.expected().encode()
        cases.append((name + ".image", 0, name + ".json"))
    for name, layout in LAYOUTS.items():
        files[name + ".layout"] = layout.encode()
    for layout, image, code, result in AS:
        cases.append(("--as %s.layout %s.image" % (layout, image), code,
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


def run(reader, args):
    done = subprocess.run([reader] + args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def check(reader, rounds):
    bad = 0
    files = build()
    have = sorted(os.listdir(SAMPLES))
    if have != sorted(files):
        print("samples differ:", sorted(set(have) ^ set(files)))
        bad += 1
    for name in files:
        path = os.path.join(SAMPLES, name)
        if not os.path.exists(path) or open(path, "rb").read() != files[name]:
            print("sample is not what the script writes:", name)
            bad += 1

    def expect(what, got, code, out):
        nonlocal bad
        ok = got[0] == code and (got[2].startswith("refused: ") and out in got[2] if code else got[1] == out)
        if code == 1 and got[1]:
            ok = False
        if not ok:
            bad += 1
            print("%s: expected %d %r, got %r" % (what, code, out, got))

    n = 0
    for line in files["cases.txt"].decode().splitlines():
        args, code, out = line.split("\t")
        if out.endswith(".json"):
            out = files[out].decode()
        elif code == "0":
            out += "\n"
        args = [a if a.startswith("--") else os.path.join(SAMPLES, a) for a in args.split(" ")]
        expect(line.split("\t")[0], run(reader, args), int(code), out)
        n += 1
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "input")
        for line in files["damaged.txt"].decode().splitlines():
            name, base, text, reason = line.split("\t")
            open(path, "wb").write(apply(files[base], text))
            args = ["--layout", path] if base.endswith(".layout") else [path]
            expect(name, run(reader, args), 1, reason)
            n += 1
        for seed in range(rounds):
            image = samples_random.image(random.Random(seed))
            open(path, "wb").write(image.encode())
            expect("random image %d" % seed, run(reader, [path]), 0, image.expected())
            n += 1
        grades = {}
        for seed in range(rounds):
            a, b, grade, crossing, result, refused = samples_grade.pair(random.Random(seed))
            one, two = path + "1", path + "2"
            open(one, "wb").write(a.encode())
            open(two, "wb").write(b.encode())
            expect("random grade %d" % seed, run(reader, ["--grade", one, two]), 0, grade + "\n")
            grades[grade] = grades.get(grade, 0) + 1
            open(path, "wb").write(crossing.encode())
            if result is not None:
                expect("random conversion %d" % seed, run(reader, ["--as", two, path]), 0, canonical(result))
            elif grade == "incompatible":
                expect("random conversion %d" % seed, run(reader, ["--as", two, path]), 1, "incompatible")
            for image in refused:
                open(path, "wb").write(image.encode())
                expect("random refusal %d" % seed, run(reader, ["--as", two, path]), 1, "pair")
            n += 1
        print("grades met:", grades)
    print("%d cases, %d wrong" % (n, bad))
    return bad != 0


def main():
    if len(sys.argv) >= 3 and sys.argv[1] == "--check":
        return check(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 100)
    os.makedirs(SAMPLES, exist_ok=True)
    files = build()
    for name in os.listdir(SAMPLES):
        if name not in files:
            os.remove(os.path.join(SAMPLES, name))
    for name, data in files.items():
        with open(os.path.join(SAMPLES, name), "wb") as f:
            f.write(data)
    print("%d files, %d bytes" % (len(files), sum(len(d) for d in files.values())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
