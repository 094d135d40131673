#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Breaks the units of hw/rtl on purpose, one fault at a time, and has the testbench of the unit find each.

usage: faults.py --out DIR [--rows R] [--only TEXT...] [--table FILE] [--jobs N]
       faults.py --check

Builds the testbenches in OUT/build with RTL from OUT/tree, a copy in which one text of one file is replaced
(faults.json), and runs the testbench of the unit. Prints a line for each fault, with the test that found it and what it
said first; --table also writes them as a page of Markdown. --only takes the faults whose unit or description has one of
the texts. --check looks whether each text stands exactly once in its file, and builds nothing. Exit status 1 if a fault
was not found, or the testbenches fail without any.
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import time

FOLDER = pathlib.Path(__file__).resolve().parent
ROOT = FOLDER.parents[2]
SECONDS = 300  # for a testbench; what takes longer hangs
PAGE = """<!-- The table is the output of tests/rtl/faults/faults.py. -->
# Faults that the RTL's testbenches find

Each line is a fault that somebody could make in `hw/rtl`, made on purpose, and the first test that fails because of it.

```text
tests/rtl/faults/faults.py --out build/faults --table docs/reference/npu-faults.md
```

{found} of {all} faults were found, at R = {rows}.

| Unit | File | Fault | Found by | What it says first |
|---|---|---|---|---|
"""


def read_faults():
    return json.loads((FOLDER / "faults.json").read_text(encoding="utf-8"))


def problems(faults):
    seen = set()
    for fault in faults:
        name = f"{fault['file']}: {fault['about']}"
        text = (ROOT / "hw/rtl" / fault["file"]).read_text(encoding="utf-8")
        if text.count(fault["old"]) != 1:
            yield f"{name}: the text stands there {text.count(fault['old'])} times"
        if fault["old"] == fault["new"]:
            yield f"{name}: changes nothing"
        if name in seen:
            yield f"{name}: stands in faults.json twice"
        seen.add(name)


class Benches:
    """The testbenches, built of a copy of the RTL."""

    def __init__(self, out, rows, jobs):
        self.tree, self.build, self.jobs = out / "tree", out / "build", jobs
        shutil.rmtree(self.tree, ignore_errors=True)
        # With new times, so that what a run before has left is built again.
        shutil.copytree(ROOT / "hw/rtl", self.tree / "hw/rtl", copy_function=shutil.copyfile)
        subprocess.run(
            ["cmake", "--preset", "ci", "-B", self.build, f"-DGLOWPLUG_RTL_ROWS={rows}", f"-DGLOWPLUG_RTL={self.tree}"],
            cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    def run(self, unit):
        """Builds and runs one. The first failure, as the test and its text; None if there is none."""
        target = f"rtl-{unit}-test"
        made = subprocess.run(
            ["cmake", "--build", self.build, "-j", str(self.jobs), "--target", target],
            capture_output=True, text=True, check=False)
        if made.returncode:
            return "Verilator", "it does not build: " + " ".join(made.stdout.split())[:300]
        try:
            ran = subprocess.run(
                [self.build / "bin" / target, "--gtest_fail_fast"],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return target, f"no end after {SECONDS} s"
        if ran.returncode == 0:
            return None
        return first_failure(ran.stdout)

    def patch(self, fault):
        file = self.tree / "hw/rtl" / fault["file"]
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace(fault["old"], fault["new"]), encoding="utf-8")

    def restore(self, fault):
        shutil.copyfile(ROOT / "hw/rtl" / fault["file"], self.tree / "hw/rtl" / fault["file"])


def first_failure(text):
    """The test that failed first, and what it said."""
    before = re.split(r"Failure\n|Assertion failed", text)[0]
    tests = re.findall(r"^\[ RUN      \] (\S+)", before, re.M)
    assertion = re.search(r"Assertion failed in \S*?(\w+):", text)
    failure = re.search(r"Failure\n(.*?)(?=\n\[|\n\S*\.(?:cpp|h):\d+|\nGoogle Test trace|\Z)", text, re.S)
    if assertion:
        words = f"assertion in `{assertion[1]}`"
    elif failure:
        lines = failure[1].removeprefix("Failed\n").strip().splitlines()
        values = re.findall(r"Which is: (.*)", failure[1])
        words = lines[-1].strip()  # what the test says itself
        if len(values) == 2:
            words += f": {values[0]}, not {values[1]}"
    else:
        words = "it crashed"
    return tests[-1] if tests else "-", " ".join(words.split())[:120]


def main():
    parser = argparse.ArgumentParser(usage=__doc__, add_help=True)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=8)
    parser.add_argument("--only", nargs="+", default=[""])
    parser.add_argument("--table", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    faults = read_faults()
    wrong = list(problems(faults))
    print(*wrong, sep="\n", end="\n" if wrong else "")
    if options.check or wrong:
        return 1 if wrong else 0
    if not options.out:
        parser.error("--out is missing")
    faults = [f for f in faults if any(text in f["unit"] + ": " + f["about"] for text in options.only)]
    benches = Benches(options.out.resolve(), options.rows, options.jobs)
    for unit in sorted({f["unit"] for f in faults}):
        if failure := benches.run(unit):
            print(f"{unit}: fails without a fault: {': '.join(failure)}")
            return 1
    lines, found = [], 0
    for fault in faults:
        start = time.monotonic()
        benches.patch(fault)
        test, words = benches.run(fault["unit"]) or ("", "NOT FOUND")
        benches.restore(fault)
        found += test not in ("", "Verilator")
        lines.append(f"| {fault['unit']} | `{fault['file']}` | {fault['about']} | {test} | {words.replace('|', '/')} |")
        print(f"{fault['unit']}: {fault['about']}: {test} {words} ({time.monotonic() - start:.0f} s)", flush=True)
    print(f"{found} of {len(faults)} found")
    if options.table:
        page = PAGE.format(found=found, all=len(faults), rows=options.rows)
        options.table.write_text(page + "\n".join(lines) + "\n", encoding="utf-8")
    return 0 if found == len(faults) else 1


if __name__ == "__main__":
    sys.exit(main())
