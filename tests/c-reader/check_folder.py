# SPDX-License-Identifier: MIT OR Apache-2.0
"""Holds a reader against a folder. usage: check_folder.py READER FOLDER

Of the files in the folder and below it:

NAME.json beside a file     what the reader must print for that image, compared as JSON
NAME.refused beside a file  the reader must refuse the image, in whatever words
any other file that begins with the magic of images: the reader must accept it
cases.txt                   one case a line: arguments, exit code, output, separated by tabs; output is
                            a line, a file NAME.json, or for exit code 1 a part of the reason, if any;
                            in such a file "refused" may be a list of paths, one of which is to blame
damaged.txt                 one damaged input a line: name, base, changes, a part of the reason, if any
"""
import json
import os
import subprocess
import sys
import tempfile

MAGIC = b"KSerial\0"


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def apply(base, text):
    """Changes: offset=hex, ..., and length=N."""
    b = bytearray(base)
    for one in text.split():
        key, value = one.split("=")
        if key == "length":
            b = b[:int(value)] + bytes(max(0, int(value) - len(b)))
        else:
            b[int(key):int(key) + len(value) // 2] = bytes.fromhex(value)
    return bytes(b)


def same(printed, wanted):
    if printed == wanted:
        return True
    try:
        return agrees(json.loads(printed), json.loads(wanted))
    except ValueError:
        return False


def agrees(printed, wanted):
    """Equal as JSON; where a list of paths is wanted as "refused", the reason must name one of them."""
    if isinstance(wanted, dict) and isinstance(printed, dict):
        if isinstance(wanted.get("refused"), list):
            reason = printed.get("refused", "")
            named = any("member %s:" % path in reason for path in wanted["refused"])
            return named and printed.get("record") == wanted["record"]
        return printed.keys() == wanted.keys() and all(agrees(printed[k], wanted[k]) for k in wanted)
    if isinstance(wanted, list) and isinstance(printed, list):
        return len(printed) == len(wanted) and all(map(agrees, printed, wanted))
    return printed == wanted


class Checks:
    def __init__(self, reader):
        self.reader, self.done, self.wrong = reader, 0, 0

    def expect(self, what, args, code, out):
        """`out`: None for whatever it prints; a part of the reason if it must refuse."""
        run = subprocess.run([self.reader] + args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        printed, reason = run.stdout.decode(), run.stderr.decode()
        ok = run.returncode == code
        if code == 0:
            ok = ok and (out is None or same(printed, out))
        elif code == 1:
            ok = ok and not printed and reason.startswith("refused: ") and (out or "") in reason
        self.done += 1
        if not ok:
            self.wrong += 1
            print("%s: expected %d %r, got %d %r %r" % (what, code, out, run.returncode, printed, reason))

    def cases(self, folder):
        for line in read(os.path.join(folder, "cases.txt")).decode().splitlines():
            case, code, out = line.split("\t")
            if code == "0":
                out = read(os.path.join(folder, out)).decode() if out.endswith(".json") else out + "\n" * bool(out)
            args = [a if a.startswith("--") else os.path.join(folder, a) for a in case.split(" ")]
            self.expect(case, args, int(code), out)

    def damaged(self, folder):
        with tempfile.TemporaryDirectory() as tmp:
            path = os.path.join(tmp, "input")
            for line in read(os.path.join(folder, "damaged.txt")).decode().splitlines():
                name, base, text, reason = line.split("\t")
                write(path, apply(read(os.path.join(folder, base)), text))
                mode = {".layout": ["--layout"], ".note": ["--note"]}.get(os.path.splitext(base)[1], [])
                self.expect(name, mode + [path], 1, reason)

    def folder(self, top):
        for folder, _, names in sorted(os.walk(top)):
            if "cases.txt" in names:
                self.cases(folder)
            if "damaged.txt" in names:
                self.damaged(folder)
            for name in sorted(names):
                path = os.path.join(folder, name)
                stem = os.path.splitext(path)[0]
                if name.endswith((".json", ".refused", ".txt")):
                    continue
                if os.path.exists(stem + ".refused"):
                    self.expect(path, [path], 1, None)
                elif read(path)[:8] == MAGIC:
                    out = read(stem + ".json").decode() if os.path.exists(stem + ".json") else None
                    self.expect(path, [path], 0, out)

    def report(self):
        print("%d cases, %d wrong" % (self.done, self.wrong))
        return self.wrong != 0


def main():
    if len(sys.argv) != 3:
        print(__doc__)
        return 2
    checks = Checks(os.path.abspath(sys.argv[1]))
    checks.folder(sys.argv[2])
    if checks.done == 0:
        print("%s: nothing to check" % sys.argv[2])
        return 2
    return checks.report()


if __name__ == "__main__":
    sys.exit(main())
