#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the suite of conformance on wrong and on lawful variants of plugins.

usage: mutants.py --build DIR [--out DIR] [--only ID...] [--level LEVEL] [--table FILE]

A variant is a base plugin with one text of one source replaced (mutants_*.json). A wrong one
has to fail, a lawful one to pass. Prints a line for each, and writes the table of kills as
Markdown. Exit status 1 if a wrong variant survives or a lawful one fails.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def fail(message):
    sys.exit(f"mutants.py: {message}")


class Example:
    """An example of the SDK in C: all sources are compiled anew."""

    def __init__(self, name, build):
        self.folder = os.path.join(ROOT, "backend-api", "template", name)
        self.name = name + "-example"
        self.build = build
        with open(os.path.join(self.folder, "conformance.json"), encoding="utf-8") as file:
            self.claims = json.load(file)

    def make(self, mutant, folder):
        """The library of \\p mutant, or of the base if that is None, in \\p folder."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder)
        if mutant:
            replace(os.path.join(folder, mutant["file"]), mutant)
        sources = [name for name in sorted(os.listdir(folder)) if name.endswith((".c", ".cpp"))]
        compiler = "clang-19" if sources[0].endswith(".c") else "clang++-19"
        library = os.path.join(folder, self.name + ".so")
        command = [
            compiler, "-O2", "-shared", "-fPIC", "-w", "-fvisibility=hidden",
            "-I" + os.path.join(ROOT, "backend-api", "include"),
            "-I" + os.path.join(self.build, "backend-api", "include"),
            *(os.path.join(folder, name) for name in sources), "-o", library,
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            fail(f"{mutant and mutant['id']} does not compile:\n{done.stderr}")
        self.write_manifest(mutant, folder)
        return library

    def write_manifest(self, mutant, folder):
        base = os.path.join(self.build, "lib", "glowplug", "plugins", "cpu.json")
        with open(base, encoding="utf-8") as file:
            manifest = json.load(file)
        claims = json.loads(json.dumps(self.claims))
        for claim in claims["claims"]:
            except_ = claim.setdefault("except", {})
            for feature, values in (mutant or {}).get("claims", {}).get("except", {}).items():
                except_[feature] = [*except_.get(feature, []), *values]
        manifest.update(name=self.name, library=self.name + ".so", processes=False, conformance=claims)
        with open(os.path.join(folder, self.name + ".json"), "w", encoding="utf-8") as file:
            json.dump(manifest, file, indent=2)


def replace(path, mutant):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if text.count(mutant["old"]) != 1:
        fail(f"{mutant['id']}: its text stands {text.count(mutant['old'])} times in {mutant['file']}, not once")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(mutant["old"], mutant["new"]))


def judge(arguments, library, report, stop):
    """(verdict, first failing case, seconds): "pass", "fail" or "error"."""
    shutil.rmtree(report, ignore_errors=True)
    command = [
        os.path.join(arguments.build, "bin", "glowplug"), "conformance", "--plugin", library,
        "--level", arguments.level, "--out", report, "--json",
    ]  # fmt: skip
    if stop:
        command.append("--stop-at-failure")
    begin = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - begin
    if done.returncode not in (0, 4):
        return "error", done.stdout + done.stderr, seconds
    first = ""
    with open(os.path.join(report, "report.json"), encoding="utf-8") as file:
        for case in json.load(file)["cases"]:
            if case["verdict"] not in ("pass", "not_supported", "not_applicable", "waived"):
                first = f"{case['name']} ({case['verdict']})"
                break
    return ("fail" if first else "pass"), first, seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--out", default="mutants")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--level", default="quick")
    parser.add_argument("--table")
    arguments = parser.parse_args()
    arguments.build = os.path.abspath(arguments.build)
    out = os.path.abspath(arguments.out)
    rows, bad = [], 0
    for file in sorted(os.listdir(HERE)):
        if not file.startswith("mutants_") or not file.endswith(".json"):
            continue
        base = Example(file[len("mutants_") : -len(".json")], arguments.build)
        with open(os.path.join(HERE, file), encoding="utf-8") as data:
            mutants = json.load(data)
        variants = [{"id": "none", "kind": "lawful", "about": "the base"}, *mutants]
        for mutant in variants:
            if arguments.only and mutant["id"] not in arguments.only:
                continue
            folder = os.path.join(out, base.name, mutant["id"])
            library = base.make(mutant if "old" in mutant else None, folder)
            wrong = mutant["kind"] == "wrong"
            verdict, first, seconds = judge(arguments, library, os.path.join(folder, "report"), wrong)
            right = verdict == ("fail" if wrong else "pass")
            bad += not right
            mark = "ok " if right else "BAD"
            print(f"{mark} {base.name} {mutant['id']}: {verdict} {first} {seconds:.1f} s", flush=True)
            rows.append((base.name, mutant["id"], mutant["kind"], mutant["about"], verdict, first))
    wrong = [row for row in rows if row[2] == "wrong"]
    killed = [row for row in wrong if row[4] == "fail"]
    print(f"{len(killed)} of {len(wrong)} wrong variants fail, "
          f"{sum(row[4] != 'pass' for row in rows if row[2] == 'lawful')} of {len(rows) - len(wrong)} lawful ones")
    if arguments.table:
        with open(arguments.table, "w", encoding="utf-8") as table:
            table.write("| Plugin | Variant | What is changed | Result | First case that fails |\n")
            table.write("|---|---|---|---|---|\n")
            for name, identity, kind, about, verdict, first in rows:
                table.write(f"| {name} | {identity} | {about} ({kind}) | {verdict} | {first} |\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
