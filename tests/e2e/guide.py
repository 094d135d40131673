#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the commands of a guide, one after another, as a user would.

usage: guide.py --bin DIR --root DIR --work DIR [--guide FILE]

A command must end with status 0, or with N where its line ends in `# status N`.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys


def commands(text):
    """The lines of all sh blocks, each with the status it is to end with."""
    for block in re.findall(r"^```sh\n(.*?)^```", text, flags=re.M | re.S):
        for line in block.splitlines():
            status = re.search(r"# status (\d+)$", line)
            yield line, int(status[1]) if status else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("bin", "root", "work"):
        parser.add_argument(f"--{name}", required=True, type=pathlib.Path)
    parser.add_argument("--guide", default="docs/guide/use.md", help="from the root of the repository")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.work, ignore_errors=True)
    arguments.work.mkdir(parents=True)
    folder = arguments.work
    arguments.root, arguments.bin = arguments.root.resolve(), arguments.bin.resolve()
    environment = {**os.environ, "PATH": f"{arguments.bin}:/usr/bin:/bin",
                   "GLOWPLUG_BUILD": str(arguments.bin.parent)}

    text = (arguments.root / arguments.guide).read_text()
    count = 0
    for line, expected in commands(text):
        if line.startswith("cd "):
            folder = folder / line[3:]
            continue
        # The generator is named by its path from the root of the repository.
        command = line.replace("python3 tests/", f"python3 {arguments.root}/tests/")
        done = subprocess.run(command, shell=True, cwd=folder, env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        count += 1
        if done.returncode != expected:
            sys.exit(f"{line}\nneeds status {expected}, but ended with {done.returncode}:\n{done.stdout}")
    if count < 10:
        sys.exit(f"found only {count} commands in the guide")
    print(f"{count} commands of {arguments.guide} work")


if __name__ == "__main__":
    main()
