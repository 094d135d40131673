#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times compiles in the process and with a worker, side by side.

usage: compare.py --glowplug FILE MODEL [--pairs N] [--prefix COMMAND] [--argument WORD...]

Every measurement is a fresh process, timed from its start to its end. The two sides take turns, and
every other pair starts with the other side. A ratio above 1 is what isolation costs.
"""

import argparse
import filecmp
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

SIDES = ("none", "compile")


class Bench:
    """Compiles one model on either side."""

    def __init__(self, arguments, folder):
        self.folder = folder
        self.command = shlex.split(arguments.prefix) + [arguments.glowplug, "compile"]
        self.command += [arguments.model, *arguments.argument]

    def output(self, side):
        return os.path.join(self.folder, side + ".gpx")

    def compile(self, side):
        """Milliseconds of wall time; raises if the command fails."""
        command = [*self.command, "-o", self.output(side), "--isolate", side]
        begin = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return (time.perf_counter() - begin) * 1e3

    def pair(self, index):
        """One measurement of each side; the sides take turns to begin."""
        order = SIDES if index % 2 == 0 else SIDES[::-1]
        times = {side: self.compile(side) for side in order}
        return [times[side] for side in SIDES]


def summary(pairs):
    columns = list(zip(*pairs))
    return {
        **{side + "_ms": statistics.median(column) for side, column in zip(SIDES, columns)},
        **{side + "_min_ms": min(column) for side, column in zip(SIDES, columns)},
        "ratio": statistics.median(isolated / plain for plain, isolated in pairs),
        "ratio_of_min": min(columns[1]) / min(columns[0]),
        "pairs": len(pairs),
    }


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("--glowplug", required=True, metavar="FILE")
    parser.add_argument("--pairs", type=int, default=15, metavar="N")
    parser.add_argument("--prefix", default="", metavar="COMMAND", help="stands before each")
    parser.add_argument(
        "--argument", action="append", default=[], metavar="WORD", help="for the compile"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments, folder)
        bench.pair(0)  # the caches of the system
        if not filecmp.cmp(*map(bench.output, SIDES), shallow=False):
            print("compare.py: the two sides made different artifacts", file=sys.stderr)
            return 1
        pairs = [bench.pair(index) for index in range(arguments.pairs)]
    print(json.dumps({key: round(value, 3) for key, value in summary(pairs).items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
