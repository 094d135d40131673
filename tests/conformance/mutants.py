#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the suite of conformance on wrong and on lawful variants of plugins.

usage: mutants.py --build DIR [--out DIR] [--results FILE] [--only ID...] [--plugin NAME...] [--jobs N]
                  [--near-only] [--quick-only] [--fresh] [--no-run] [--table FILE]
       mutants.py --check

A variant is a plugin with one text of one source replaced (mutants_*.json). A wrong one has to
fail, at the level quick or else at full; a lawful one has to pass. Prints a line for each and
keeps results in --results, OUT/results.jsonl unless it says otherwise, so that a run that was
stopped goes on; --fresh forgets them, and so does a variant that changes. --table writes the
results as a page of Markdown, with --no-run those that are known, and runs nothing. --check
looks whether all patches fit, and makes nothing. Exit status 1 if a wrong variant survives or
a lawful one fails.

An entry has `id`, `kind` (wrong or lawful), `class` (the kind of mistake), `about`, and the patch:
`file`, `old` and `new`; perhaps `claims.except`, features that the variant does not claim. A wrong
one that the suite cannot kill yet has `survives`, the reason. `near` has globs of cases that are
tried before all others, to save time; --near-only leaves those that survive them for a later run,
--quick-only those that survive quick, since full takes long; --only runs them again. A case that
is not sound kills nothing: it is an error of the suite.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time

from mutant_plugins import BadMutant, all_mutants
from mutant_repros import judge_repro
from mutant_table import write_table

ALLOWED = ("pass", "not_supported", "not_applicable", "waived")


def check():
    """Whether all mutants are well formed and their patches fit."""
    problems, seen = [], set()
    for base, mutant in all_mutants():
        name = f"{base.name} {mutant['id']}"
        if name in seen:
            problems.append(f"{name}: stands there twice")
        seen.add(name)
        if mutant["kind"] not in ("wrong", "lawful") or not mutant["about"]:
            problems.append(f"{name}: needs a kind, wrong or lawful, and what it is about")
        if "old" not in mutant:
            continue
        if mutant["old"] == mutant["new"]:
            problems.append(f"{name}: changes nothing")
        try:
            base.check(mutant)
        except (BadMutant, OSError) as error:
            problems.append(f"{base.name} {error}")
    for problem in problems:
        print(problem)
    print(f"{len(seen)} variants, {len(problems)} problems")
    return 1 if problems else 0


def hash_of(mutant):
    return hashlib.sha256(json.dumps(mutant, sort_keys=True).encode()).hexdigest()[:16]


class Results:
    """What became of variants, in a file to which each is added when it is known: of two rows the last counts."""

    def __init__(self, path, fresh):
        self.path = path
        self.known = {}
        if fresh and os.path.exists(path):
            os.remove(path)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                for line in file:
                    row = json.loads(line)
                    self.known[row["plugin"], row["mutant"]] = row

    def find(self, base, mutant):
        row = self.known.get((base.name, mutant["id"]))
        return {**row, "mutant": mutant} if row and row["hash"] == hash_of(mutant) else None

    def add(self, row):
        mutant = row["mutant"]
        row = {**row, "mutant": mutant["id"], "hash": hash_of(mutant)}
        self.known[row["plugin"], row["mutant"]] = row
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def run_suite(arguments, library, level, report, filters, stop):
    """("pass", "fail" or "error", the failures as (name, verdict, folder of the repro))."""
    command = [
        os.path.join(arguments.build, "bin", "glowplug"), "conformance", "--plugin", library,
        "--level", level, "--jobs", str(arguments.jobs), "--out", report, "--json",
        *(word for glob in filters for word in ("--filter", glob)),
    ]  # fmt: skip
    if stop:
        command.append("--stop-at-failure")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 4):
        return "error", [((done.stdout + done.stderr).strip()[-500:], "error", "")]
    with open(os.path.join(report, "report.json"), encoding="utf-8") as file:
        cases = json.load(file)["cases"]
    failures = [(case["name"], case["verdict"], case.get("repro", "")) for case in cases
                if case["verdict"] not in ALLOWED]  # fmt: skip
    unsound = [failure for failure in failures if failure[1] == "suite"]
    if unsound:
        return "error", unsound
    return ("fail" if failures else "pass"), failures


def measure(arguments, base, mutant):
    """The result of one variant."""
    folder = os.path.join(arguments.out, base.name, mutant["id"])
    shutil.rmtree(folder, ignore_errors=True)
    library = base.make(mutant, arguments.build, folder)
    wrong = mutant["kind"] == "wrong"
    # What fails among some cases of a level fails in a run of all.
    runs = [("quick", mutant["near"])] if "near" in mutant else []
    if not arguments.near_only:
        runs.append(("quick", []))
        if wrong and not arguments.quick_only:
            runs.append(("full", []))
    begin = time.monotonic()
    for number, (level, filters) in enumerate(runs):
        report = os.path.join(folder, f"report{number}")
        verdict, failures = run_suite(arguments, library, level, report, filters, stop=wrong)
        if verdict != "pass":
            break
    row = {"plugin": base.name, "mutant": mutant, "level": level, "verdict": verdict,
           "seconds": round(time.monotonic() - begin), "case": "", "ops": None, "repro": "none"}  # fmt: skip
    if failures:
        # Cases that run at once may both fail: one with a program says more.
        name, why, repro = next((each for each in failures if each[2]), failures[0])
        row["case"] = f"{name} ({why})"
        if repro:
            row.update(judge_repro(arguments.build, os.path.join(report, repro), library))
    return row


def is_right(row):
    mutant = row["mutant"]
    if mutant["kind"] == "lawful":
        return row["verdict"] == "pass"
    return row["verdict"] == ("pass" if "survives" in mutant else "fail")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--build")
    parser.add_argument("--out", default="mutants")
    parser.add_argument("--results")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--plugin", nargs="*", default=[])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--near-only", action="store_true")
    parser.add_argument("--quick-only", action="store_true")
    parser.add_argument("--no-run", action="store_true")
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--table")
    arguments = parser.parse_args()
    if arguments.check:
        return check()
    if not arguments.build:
        parser.error("needs --build, the folder of a build")
    arguments.build = os.path.abspath(arguments.build)
    arguments.out = os.path.abspath(arguments.out)
    os.makedirs(arguments.out, exist_ok=True)
    results = Results(arguments.results or os.path.join(arguments.out, "results.jsonl"), arguments.fresh)
    rows = []
    for base, mutant in all_mutants():
        if arguments.only and mutant["id"] not in arguments.only:
            continue
        if arguments.plugin and base.name not in arguments.plugin:
            continue
        row = results.find(base, mutant)
        partly = arguments.near_only or arguments.quick_only or arguments.no_run
        if row and row["verdict"] == "undecided" and (arguments.only or not partly):
            row = None
        if not row and arguments.no_run:
            row = {"plugin": base.name, "mutant": mutant, "level": "", "verdict": "unknown", "seconds": 0,
                   "case": "", "ops": None, "repro": "none"}  # fmt: skip
        if not row:
            if arguments.near_only and "near" not in mutant:
                continue
            try:
                row = measure(arguments, base, mutant)
            except BadMutant as error:
                row = {"plugin": base.name, "mutant": mutant, "level": "", "verdict": "error", "seconds": 0,
                       "case": str(error), "ops": None, "repro": "none"}  # fmt: skip
            open_yet = arguments.near_only or (arguments.quick_only and mutant["kind"] == "wrong")
            if open_yet and row["verdict"] == "pass":
                row["verdict"] = "undecided"
            if row["verdict"] != "error":
                results.add(row)
        rows.append(row)
        print(f"{'ok ' if is_right(row) else 'BAD'} {base.name} {mutant['id']}: {row['verdict']} {row['level']} "
              f"{row['case']} {row['seconds']} s, ops {row['ops']}, repro {row['repro']}", flush=True)  # fmt: skip
    wrong = [row for row in rows if row["mutant"]["kind"] == "wrong"]
    lawful = [row for row in rows if row["mutant"]["kind"] == "lawful"]
    print(f"{sum(row['verdict'] == 'fail' for row in wrong)} of {len(wrong)} wrong variants fail, "
          f"{sum(row['verdict'] == 'fail' for row in lawful)} of {len(lawful)} lawful ones")  # fmt: skip
    if arguments.table:
        write_table(arguments.table, rows)
    return 0 if all(is_right(row) for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
