#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks what a formatter does not: licence lines, sizes, tabs, paths in documents.

usage: check_style.py [ROOT]

Exit status 1 and one line per offence. Files over 500 lines are only mentioned.
"""

import glob
import os
import re
import subprocess
import sys

SPDX = "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"
SOURCES = (
    ".c", ".cc", ".cpp", ".fbs", ".h", ".hpp", ".py", ".sv", ".svh", ".td",
)  # fmt: skip
TEXTS = SOURCES + (
    ".cmake", ".cfg", ".json", ".md", ".mlir", ".sh", ".txt", ".v", ".yaml", ".yml",
)  # fmt: skip
C_LIKE = tuple(set(SOURCES) - {".py"})
HEADERS = (".h", ".hpp")
# Installed headers have a C include guard: they are compiled as C too.
PUBLIC_HEADERS = ("backend-api/", "core/host/include/")
# Tables, recordings and generated pages: long by nature.
DATA = (
    "docs/reference/",
    "tests/data/goldens/",
    "tests/data/malformed/",
    "tests/data/ops/cases/",
)

LARGE_LINES = 500
MOST_LINES = 800
MOST_PYTHON_COLUMNS = 120
MOST_FUNCTION_LINES = 80

BANNER = re.compile(r"//===-|^/\*{3,}|^#{5,}|^//={5,}")
MACHINE_PATH = re.compile(r"(?<![\w.])/(work|home|root|Users)/\w")
TODO = re.compile(r"\b(TODO|FIXME|XXX)\b(?!\(#\d+\))")
# Words in code spans and link targets of a document.
SPAN = re.compile(r"`([^`\s]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.M | re.S)
# Decisions and history name what was there at the time.
HISTORY = re.compile(r"(^|/)(adr/|CHANGELOG)")
# What may begin a function: a word at the left margin. Types and namespaces hold functions.
HEAD = re.compile(r"^(?!namespace\b|struct\b|class\b|union\b|enum\b|extern\b)\w.*[^:]$")


def braces(text):
    """Expands a{b,c}d to [abd, acd]."""
    matched = re.search(r"\{([^{}]*)\}", text)
    if not matched:
        return [text]
    head, tail = text[: matched.start()], text[matched.end() :]
    return [e for part in matched[1].split(",") for e in braces(head + part + tail)]


def exists(root, base, name):
    """Whether a name or pattern stands for something below `root` or `base`."""
    places = [os.path.join(root, name), os.path.join(root, base, name)]
    return any(glob.glob(place, recursive=True) for place in places)


def looks_like_path(root, base, word):
    """Whether a code span is meant as a path of this repository."""
    if not re.fullmatch(r"[\w.{},*/-]+", word) or "/" not in word or "..." in word:
        return False
    first = word.split("/")[0]
    if first in ("build", "") or set(first) <= set("*."):
        return False
    if "{" in first or "*" in first:
        return False
    return exists(root, "", first) or exists(root, base, first)


def document_faults(root, path, text):
    base = os.path.dirname(path)
    faults = []
    plain = FENCE.sub(lambda m: "\n" * m[0].count("\n"), text)
    for number, line in enumerate(plain.split("\n"), start=1):
        for word in SPAN.findall(line):
            word = word.rstrip("/").split(":")[0]
            if not looks_like_path(root, base, word):
                continue
            for name in braces(word):
                if not exists(root, base, name):
                    faults.append((number, f"names {name}, which does not exist"))
        for target in LINK.findall(line):
            target = target.split("#")[0]
            if not target or "://" in target or target.startswith("mailto:"):
                continue
            if not os.path.exists(os.path.join(root, base, target)):
                faults.append((number, f"links to {target}, which does not exist"))
    return faults


def function_faults(lines):
    """Functions that are too long to be read at once: from a head at the margin to the next '}' there."""
    faults, head, inside = [], None, False
    for number, line in enumerate(lines, start=1):
        if inside and line.startswith("}"):
            if number - head + 1 > MOST_FUNCTION_LINES:
                faults.append((head, f"has a function of {number - head + 1} lines, over {MOST_FUNCTION_LINES}"))
            head, inside = None, False
        elif not inside:
            if line and not line.startswith(" "):
                head = number if HEAD.match(line) else None
            if head and line.endswith(("{", ";")):
                inside = line.endswith("{") and not line.endswith("= {")
                head = head if inside else None
    return faults


def source_faults(path, lines):
    """What holds for code only."""
    faults = function_faults(lines) if path.endswith((".c", ".cpp", ".h")) else []
    place = 1 if lines and lines[0].startswith("#!") else 0
    if len(lines) <= place or SPDX not in lines[place]:
        faults.append((place + 1, f"needs '{SPDX}'"))
    for number, line in enumerate(lines[:3], start=1):
        named = path.endswith(C_LIKE) and os.path.basename(path) in line
        if BANNER.search(line) or named:
            faults.append((number, "has a banner or its own name at its head"))
    if path.endswith(HEADERS) and not path.startswith(PUBLIC_HEADERS):
        if "#pragma once" not in lines:
            faults.append((1, "needs '#pragma once'"))
    if path.endswith(".py"):
        for number, line in enumerate(lines, start=1):
            if len(line) > MOST_PYTHON_COLUMNS:
                faults.append((number, f"has {len(line)} columns"))
    return faults


def text_faults(path, data):
    """What holds for every text."""
    faults = []
    text = data.decode("utf-8", errors="replace")
    lines = text.split("\n")
    if data and not data.endswith(b"\n"):
        faults.append((len(lines), "does not end with a newline"))
    if data.endswith(b"\n\n"):
        faults.append((len(lines) - 1, "ends with an empty line"))
    for number, line in enumerate(lines, start=1):
        if "\t" in line:
            faults.append((number, "has a tab"))
        if line.endswith("\r"):
            faults.append((number, "has a carriage return"))
        elif line != line.rstrip():
            faults.append((number, "has space at its end"))
        if MACHINE_PATH.search(line):
            faults.append((number, "names a path of some machine"))
        if TODO.search(line):
            faults.append((number, "has a TODO that names no issue, as in TODO(#7)"))
    return faults


def check(root, paths):
    """(faults, notices) as texts, sorted by path."""
    faults, notices = [], []
    for path in sorted(paths):
        full = os.path.join(root, path)
        with open(full, "rb") as file:
            data = file.read()
        script = data.startswith(b"#!")
        if not path.endswith(TEXTS) and not script and b"\0" in data[:8192]:
            continue
        # A check may name what it looks for.
        found = text_faults(path, data) if path not in OWN else []
        lines = data.decode("utf-8", errors="replace").split("\n")
        if path.endswith(SOURCES) or script:
            found += source_faults(path, lines)
        if os.access(full, os.X_OK) and not script:
            found.append((1, "is executable, but has no '#!' line"))
        if path.endswith(".md") and not HISTORY.search(path):
            found += document_faults(root, path, "\n".join(lines))
        if not path.startswith(DATA):
            if len(lines) - 1 > MOST_LINES:
                found.append((1, f"has {len(lines) - 1} lines, over {MOST_LINES}"))
            elif len(lines) - 1 > LARGE_LINES:
                notices.append(f"{path}: notice: {len(lines) - 1} lines")
        faults += [f"{path}:{number}: {fault}" for number, fault in found]
    return faults, notices


OWN = ("tools/dev/check_style.py", "tools/dev/selftest.py")


def listed(root):
    """All files that git knows or would add."""
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=root, check=True, capture_output=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    binary = (".bin", ".pb", ".onnx", ".png")
    return [
        name
        for name in names
        if name
        and not name.endswith(binary)
        and not name.startswith("LICENSE")
        and os.path.isfile(os.path.join(root, name))
    ]


def main(arguments):
    root = arguments[0] if arguments else os.path.join(os.path.dirname(__file__), "../..")
    paths = listed(root)
    faults, notices = check(root, paths)
    if notices:
        print("\n".join(notices))
    print("\n".join(faults) or f"style: {len(paths)} files are in order")
    return 1 if faults or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
