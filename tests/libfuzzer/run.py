#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a fuzz target from its corpus.

usage: run.py [--build DIR] [--replay] [--keep] [--seed N] [--slack N] TARGET SECONDS

TARGET is a folder of corpus/, and fuzz-TARGET is built. Exit status 1 if an input crashes, takes over 10 seconds or
over 2 GiB, or, built with preset asan, leaks or has undefined behaviour; the input is then stored, and its path is
printed.

  --replay  first feed it every file of the corpus and every bad input of bad_inputs.py, and require that what is called
            good-* is accepted, and that each bad one is refused with the error that stands beside it
  --keep    afterwards store what reaches more code than the other files do, in corpus/TARGET/found.tar.xz
  --build   build folder [build/asan]
  --seed    of the random choices [1]; 0 gives others each time
  --slack   factor on the time limit, for busy machines [1]
"""

import argparse
import glob
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile

sys.dont_write_bytecode = True

from bad_inputs import MAKERS  # noqa: E402

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CORPUS = os.path.join(HERE, "corpus")
SECONDS = 10
MOST_MIB = 2048
# Inputs much longer than the longest seed are slow and show little: bad inputs that are longer are replayed only.
LEAST_MOST_BYTES = 2048
WORD = re.compile(rb"[A-Za-z_][A-Za-z_0-9.-]{2,30}")
STATISTICS = ("number_of_executed_units", "average_exec_per_sec", "peak_rss_mb")
# The fewest files for all edges; how often each is passed does not count.
MERGE = ("-set_cover_merge=1", "-use_counters=0")
OUTCOME = re.compile(r"^(?:Running: (?P<file>.*)|outcome: (?P<outcome>.*))$", re.M)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def seeds():
    """Target -> name -> bytes of the good files; "malformed" are the bad ONNX files of tests/data."""
    found = {target: {} for target in MAKERS}
    for path in glob.glob(f"{CORPUS}/*/good-*"):
        target, name = os.path.relpath(path, CORPUS).split("/")
        found[target][name[len("good-") :]] = read(path)
    return found


def malformed():
    sys.path.insert(0, os.path.join(ROOT, "tests/data"))
    from gp_data.malformed import container, models, ops, quantised, shapes, tensors

    sources = (container, models, tensors, ops, quantised, shapes)
    return {file.name: file.data for source in sources for file in source.spoilt()}


class Run:
    def __init__(self, target, build, slack):
        self.target = target
        self.seconds = int(SECONDS * slack)
        self.binary = os.path.join(build, "bin", f"fuzz-{target}")
        if not os.path.exists(self.binary):
            sys.exit(f"error: there is no {self.binary}: build fuzz-{target} with the preset asan first")
        self.folder = os.path.join(build, "tests/libfuzzer", target)
        self.named = os.path.join(self.folder, "named")
        self.long = os.path.join(self.folder, "long")
        self.most_bytes = LEAST_MOST_BYTES
        self.found = os.path.join(self.folder, "found")
        self.expected = {}
        self.words = os.path.join(self.folder, "words.dict")

    def prepare(self):
        """The corpus as folders: the files with names, and what was found."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for folder in (self.named, self.long, self.found):
            os.makedirs(folder)
        every = seeds()
        self.most_bytes = max([LEAST_MOST_BYTES] + [2 * len(content) for content in every[self.target].values()])
        if self.target == "onnx":
            every["malformed"] = malformed()
        for path in glob.glob(f"{CORPUS}/{self.target}/*"):
            if not path.endswith(".tar.xz"):
                shutil.copy(path, self.named)
        for name, content, outcome in MAKERS[self.target](every):
            self.expected[f"bad-{name}"] = outcome
            folder = self.named if len(content) <= self.most_bytes else self.long
            with open(os.path.join(folder, f"bad-{name}"), "wb") as file:
                file.write(content)
        archive = os.path.join(CORPUS, self.target, "found.tar.xz")
        if os.path.exists(archive):
            with tarfile.open(archive) as files:
                for member in files:
                    with open(os.path.join(self.found, os.path.basename(member.name)), "wb") as file:
                        file.write(files.extractfile(member).read())
        words = set(WORD.findall(b"\0".join(every[self.target].values())))
        with open(self.words, "w", encoding="ascii") as file:
            file.writelines(f'"{word.decode()}"\n' for word in sorted(words))

    def call(self, *arguments, **environment):
        """Status and standard error of the target."""
        prefix = os.path.join(self.folder, "")
        limits = [f"-timeout={self.seconds}", f"-rss_limit_mb={MOST_MIB}", f"-artifact_prefix={prefix}"]
        command = [self.binary, *limits, *arguments]
        done = subprocess.run(command, stderr=subprocess.PIPE, env={**os.environ, **environment})
        return done.returncode, done.stderr.decode(errors="replace")

    def replay(self):
        """What is wrong with the outcomes of the files with names."""
        folders = (self.named, self.long, self.found)
        files = [path for folder in folders for path in sorted(glob.glob(f"{folder}/*"))]
        status, text = self.call(*files, GLOWPLUG_FUZZ_OUTCOMES="1")
        if status != 0:
            return [text[-8000:], f"status {status}"]
        outcomes, file = {}, None
        for match in OUTCOME.finditer(text):
            file = os.path.basename(match["file"]) if match["file"] else file
            outcomes[file] = match["outcome"] or outcomes.get(file)
        faults = [f"{path}: no outcome" for path in files if not outcomes.get(os.path.basename(path))]
        for name, outcome in outcomes.items():
            accepted = outcome == "accepted"
            if name.startswith("good-") and not accepted:
                faults.append(f"{name}: is refused: {outcome}")
            elif name.startswith("bad-") and self.expected[name] is not None:
                if accepted or self.expected[name] not in outcome:
                    faults.append(f"{name}: needs an outcome with '{self.expected[name]}', but is: {outcome}")
        print(f"{self.target}: replayed {len(outcomes)} files")
        return faults

    def fuzz(self, seconds, seed):
        limits = [f"-max_total_time={seconds}", f"-max_len={self.most_bytes}"]
        choices = [f"-dict={self.words}", f"-seed={seed}", "-print_final_stats=1"]
        status, text = self.call(*limits, *choices, self.found, self.named)
        numbers = dict(re.findall(r"^stat::(\w+):\s+(\d+)", text, re.M))
        count, rate, peak = (numbers.get(key) for key in STATISTICS)
        print(f"{self.target}: {count} inputs, {rate} a second, {peak} MiB")
        covered = re.findall(r"cov: (\d+) ft: (\d+) corp: (\S+)", text)
        if covered:
            print(f"{self.target}: {covered[-1][0]} edges, {covered[-1][1]} features, corpus {covered[-1][2]}")
        return [] if status == 0 else [text[-8000:], f"status {status}"]

    def keep(self):
        """Packs the files that add to those with names; the same ones give the same bytes."""
        merged = os.path.join(self.folder, "merged")
        shutil.copytree(self.named, merged)
        status, text = self.call(*MERGE, f"-max_len={self.most_bytes}", merged, self.found)
        if status != 0:
            return [text[-8000:], f"status {status}"]
        fresh = sorted(set(os.listdir(merged)) - set(os.listdir(self.named)))
        target = os.path.join(CORPUS, self.target, "found.tar.xz")
        with tarfile.open(target, "w:xz", preset=9) as files:
            for name in fresh:
                content = read(os.path.join(merged, name))
                member = tarfile.TarInfo(name)
                member.size = len(content)
                files.addfile(member, io.BytesIO(content))
        print(f"{self.target}: kept {len(fresh)} files, {os.path.getsize(target)} bytes")
        return []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=sorted(MAKERS), metavar="TARGET")
    parser.add_argument("seconds", type=int, metavar="SECONDS")
    parser.add_argument("--build", default=os.path.join(ROOT, "build/asan"), metavar="DIR")
    parser.add_argument("--replay", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the choices [1]; 0: others each time")
    parser.add_argument("--slack", type=float, default=1, metavar="N", help="factor on the time limit [1]")
    arguments = parser.parse_args()
    run = Run(arguments.target, os.path.realpath(arguments.build), arguments.slack)
    run.prepare()
    faults = run.replay() if arguments.replay else []
    # A time of 0 would mean without end.
    if not faults and arguments.seconds > 0:
        faults = run.fuzz(arguments.seconds, arguments.seed)
    if not faults and arguments.keep:
        faults = run.keep()
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
