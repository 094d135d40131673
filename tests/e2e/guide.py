#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the commands of the documents, one after another, as a user would.

usage: guide.py --bin DIR --root DIR --work DIR [--guide FILE]
       guide.py --list --root DIR

A command must end with status 0, or with N where its line ends in `# status N`. --list checks instead that each sh
block of README.md, CONTRIBUTING.md and docs/ is in a document that a test runs, or is in EXCLUDED with the reason.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys

# Document -> the lines before the first command, which make what a reader has already.
RUN = {
    "README.md": [
        "python3 tests/data/generate.py models --only tiny_ic",
        "cd models/tiny_ic",
    ],
    "docs/guide/conformance.md": [],
    "docs/guide/npu.md": [],
    "docs/guide/own-rtl.md": [],
    "docs/guide/rtl.md": [],
    "docs/guide/use.md": [],
    "docs/guide/write-a-backend.md": [],
}

# (document, first line of the block): why no test runs the block.
EXCLUDED = {
    ("README.md", "tools/demo"): "tools/demo installs and builds; e2e.npu-demo runs its end",
    ("README.md", "tools/release packages"): "package.release and package.clean-root do this, in a root of their own",
    ("CONTRIBUTING.md", "tools/dev/install_packages"): "sets up this very build",
    ("docs/reference/conformance-report.md", "glowplug conformance verify"): "e2e.conformance-command does this",
}


def blocks(text):
    """The lines of each sh block; a continued line is one."""
    for block in re.findall(r"^```sh\n(.*?)^```", text, flags=re.M | re.S):
        yield block.replace("\\\n", " ").splitlines()


def excluded(document, block):
    return next((key for key in EXCLUDED if key[0] == document and block[0].startswith(key[1])), None)


def expected_status(line):
    status = re.search(r"# status (\d+)$", line)
    return int(status[1]) if status else 0


def check_list(root):
    """Every block is run or excluded, and every exclusion has its block."""
    faults, used = [], set()
    for path in [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").rglob("*.md"))]:
        document = path.relative_to(root).as_posix()
        for block in blocks(path.read_text()):
            key = excluded(document, block)
            used.add(key)
            if key is None and document not in RUN:
                faults.append(f"{document}: '{block[0]}': needs a test that runs it, or a reason in EXCLUDED")
    for document, line in sorted(set(EXCLUDED) - used):
        faults.append(f"EXCLUDED: no block of {document} begins with '{line}'")
    if faults:
        sys.exit("\n".join(faults))
    print(f"every sh block is run or excluded; {len(EXCLUDED)} are excluded")


def run(arguments):
    shutil.rmtree(arguments.work, ignore_errors=True)
    arguments.work.mkdir(parents=True)
    folder = arguments.work
    root = arguments.root.resolve()
    programs = arguments.bin.resolve()
    environment = {**os.environ, "PATH": f"{programs}:/usr/bin:/bin", "GLOWPLUG_BUILD": str(programs.parent)}
    text = (root / arguments.guide).read_text()
    lines = [line for block in blocks(text) if not excluded(arguments.guide, block) for line in block]
    for line in [*RUN[arguments.guide], *lines]:
        if line.startswith("cd "):
            folder = folder / line[3:]
            continue
        # The generator is named by its path from the root of the repository.
        command = line.replace("python3 tests/", f"python3 {root}/tests/")
        done = subprocess.run(command, shell=True, cwd=folder, env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != expected_status(line):
            sys.exit(f"{line}\nneeds status {expected_status(line)}, but ended with {done.returncode}:\n{done.stdout}")
    if len(lines) < 5:
        sys.exit(f"found only {len(lines)} commands in {arguments.guide}")
    print(f"{len(lines)} commands of {arguments.guide} work")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", required=True, type=pathlib.Path)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--bin", type=pathlib.Path)
    parser.add_argument("--work", type=pathlib.Path)
    parser.add_argument("--guide", default="docs/guide/use.md", choices=sorted(RUN))
    arguments = parser.parse_args()
    if arguments.list:
        check_list(arguments.root)
    elif arguments.bin and arguments.work:
        run(arguments)
    else:
        parser.error("needs --list, or --bin and --work")


if __name__ == "__main__":
    main()
