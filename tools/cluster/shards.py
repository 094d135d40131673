# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The shards of a run of `glowplug conformance`: their commands, what their ends mean, and their merging.

Folders are on a file system that all machines see. Nothing here starts a process elsewhere: engines do.
"""

import argparse
import pathlib
import subprocess
import sys

# Of `glowplug conformance`: a shard whose cases failed is as whole as one whose cases passed.
DONE = (0, 4)
# Wrong usage, and a plugin that cannot be loaded: another attempt ends alike.
HOPELESS = (2, 3)


class Run:
    """A run in shards, below one folder."""

    def __init__(self, options):
        self.options = options
        self.folder = pathlib.Path(options.out).absolute()
        self.folder.mkdir(parents=True, exist_ok=True)

    def shard(self, index):
        return self.folder / f"shard-{index}"

    def log(self, index):
        return self.folder / f"shard-{index}.log"

    def command(self, index):
        """Of shard `index`, from 1. Given again it goes on where a lost worker stopped."""
        # The shard ends with the worker that started it: two of one folder would be in each other's way.
        return ["setpriv", "--pdeathsig", "KILL", self.options.glowplug, "conformance",
                "--plugin", str(pathlib.Path(self.options.plugin).absolute()),
                "--shard", f"{index}/{self.options.shards}", "--out", str(self.shard(index)),
                *self.options.rest]  # fmt: skip

    def run(self, run_round):
        """Runs all shards and merges them; the status for the caller's exit.

        `run_round(indices)` runs these shards once, and gives a map from index to exit status, without those whose
        worker was lost.
        """
        missing = list(range(1, self.options.shards + 1))
        for attempt in range(self.options.attempts):
            if attempt:
                say(f"again: {shard_list(missing)}")
            statuses = run_round(missing)
            hopeless = [index for index in missing if statuses.get(index) in HOPELESS]
            if hopeless:
                say(f"shard {hopeless[0]} cannot run:\n{self.last_words(hopeless[0])}")
                return statuses[hopeless[0]]
            missing = [index for index in missing if statuses.get(index) not in DONE]
            if not missing:
                return self.merge()
        say(f"lost in {self.options.attempts} attempts: {shard_list(missing)}\n{self.last_words(missing[0])}")
        return 1

    def merge(self):
        """Refuses holes and duplicates, and gives the status of the whole run."""
        shards = [str(self.shard(index)) for index in range(1, self.options.shards + 1)]
        whole = str(self.folder / "report")
        return subprocess.run([self.options.glowplug, "conformance", "merge", *shards, "-o", whole]).returncode

    def last_words(self, index):
        try:
            lines = self.log(index).read_text(errors="replace").splitlines()
        except OSError as error:
            return f"  it left no log: {error}"
        return "".join(f"  {line}\n" for line in lines[-10:])


def shard_list(indices):
    return ("shard " if len(indices) == 1 else "shards ") + ", ".join(map(str, indices))


def say(text):
    print(text, file=sys.stderr, flush=True)


def parser(description):
    """Options of every engine."""
    result = argparse.ArgumentParser(
        description=description, epilog="What follows -- goes to `glowplug conformance`: -- --level full --jobs 8"
    )
    result.add_argument("--plugin", required=True, metavar="FILE", help="the plugin, at the same path everywhere")
    result.add_argument("--out", required=True, metavar="DIR", help="a folder that all machines see")
    result.add_argument("--shards", required=True, type=positive, metavar="N", help="parts of the run")
    result.add_argument("--attempts", type=positive, default=3, metavar="N", help="of a shard whose worker is lost")
    result.add_argument("--glowplug", default="glowplug", metavar="FILE", help="the command, as workers find it")
    result.add_argument("rest", nargs="*", metavar="-- OPTION", help=argparse.SUPPRESS)
    return result


def positive(text):
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"needs a number from 1, but got '{text}'")
    return int(text)
