#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares the replay, which was written from docs/reference/npu-timing.md alone, with the SystemC model: all times of
each command.

usage: replay_test.py --player FILE [--glowplug FILE --plugin FILE] [--programs N] [unittest options]

--player is npu-player; --glowplug and --plugin, which is npu-sim, are for CasesTest and ModelsTest. --programs says how
many random programs each machine gets.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from banks import first_conflict
from case import SPEC, Deadlock, load_case, load_config, load_model
from case_files import write_case
from machine import Machine
from machines import MACHINES
from mutants import MUTANTS, mutated
from programs import OPCODES, Generator

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/e2e"))

import npu  # noqa: E402

ARGUMENTS = None
EXPORTED = ("array of 8, small rows", "array of 32, slow memory")
MODELS = ("tiny_kws", "tiny_ad")
JUDGED = re.compile(r"(PASS|FAIL) (.*?): (.*)")
PLAYED = re.compile(r"PASS (.*): (\d+) commands, (\d+) cycles, 0 in hardware")


def call(*command):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True)
    assert done.returncode == 0, (command, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


def play(folder, machine):
    """{case: (dispatched, start, front_free, end) of each command} of a folder, as the SystemC model has them."""
    arguments = ("--device", "model", "--commands", "--go-on", "--npu", machine, folder)
    *lines, last = call(ARGUMENTS.player, *arguments).splitlines()
    cases = {}
    for line in lines:
        if found := PLAYED.fullmatch(line):
            records = cases[pathlib.Path(found[1])] = []
        elif line.split()[0].isdecimal():
            number, _, _, *times = line.split()
            assert int(number) == len(records), line
            records.append(tuple(map(int, times)))
        else:
            assert line.split()[0] == "command", line
    assert last == f"{len(cases)} of {len(cases)} cases pass", last
    return cases


def judged(folder, machine):
    """{case: why it fails, or None} of a folder, where conflicts on banks are faults."""
    command = [ARGUMENTS.player, "--device", "model", "--npu", machine, folder]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True)
    assert done.returncode in (0, 1), (command, done.returncode, done.stderr[-2000:])
    lines = [JUDGED.fullmatch(line) for line in done.stdout.splitlines()[:-1]]
    return {pathlib.Path(line[2]): line[3] if line[1] == "FAIL" else None for line in lines}


def replayed(machine):
    """The same of a replay."""
    machine.run()
    return [(c.dispatched, c.start, c.front_free, c.end) for c in machine.commands]


class Replayed(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="glowplug replay ")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def machine(self, name):
        """The file of a machine, and its sizes."""
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(MACHINES[name]), encoding="utf-8")
        return path, load_config(path)

    def assert_same_times(self, cases, machine, config):
        """Also gives [(config, program, records)]."""
        programs = [(config, load_case(case, config), records) for case, records in cases.items()]
        for (_, program, records), case in zip(programs, cases):
            with self.subTest(machine=machine, case=case.name, name=program.name):
                self.assertEqual(replayed(Machine(config, program)), records)
        return programs


class ProgramsTest(Replayed):
    def play_programs(self):
        """All programs on their machines, those of different machines in turn."""
        played = []
        for machine in MACHINES:
            path, config = self.machine(machine)
            folder = self.folder / machine
            for number in range(ARGUMENTS.programs):
                seed = f"{machine} {number}"
                write_case(folder / f"{number:04}", seed, Generator(config, seed).program(), config)
            cases = play(folder, path)
            self.assertEqual(len(cases), ARGUMENTS.programs)
            played.append(self.assert_same_times(cases, machine, config))
        return [program for programs in zip(*played) for program in programs]

    def test_model_and_every_rule(self):
        """The replay has the model's times, and a replay that breaks any rule of the page has not."""
        programs = self.play_programs()
        names = {command["name"] for _, program, _ in programs for command in program.commands}
        self.assertEqual(names, set(OPCODES))
        for rule, *change in MUTANTS:
            with self.subTest(rule=rule):
                self.assertTrue(any(differs(mutated(*change), *program) for program in programs), "is not noticed")


class BanksTest(Replayed):
    def test_the_first_conflict(self):
        """The model stops with a conflict that the page has there, and only then."""
        counts = {True: 0, False: 0}
        for machine in ("default", "array of 8", "little depth"):
            path, config = self.machine(machine)
            folder = self.folder / machine
            for number in range(3 * ARGUMENTS.programs):
                seed = f"banks {machine} {number}"
                write_case(folder / f"{number:04}", seed, Generator(config, seed).program(), config)
            for case, why in judged(folder, path).items():
                program = load_case(case, config)
                times = [(start, end) for _, start, _, end in replayed(Machine(config, program))]
                conflicts = first_conflict(program.commands, times, config)
                counts[conflicts is not None] += 1
                with self.subTest(machine=machine, case=case.name):
                    self.assertIn(why, conflicts or {None})
        self.assertGreater(min(counts.values()), 10, counts)


def differs(machine, config, program, records):
    try:
        return replayed(machine(config, program)) != records
    except Deadlock:
        return True


class CasesTest(Replayed):
    def test_exported_cases(self):
        for machine in EXPORTED:
            path, config = self.machine(machine)
            folder = self.folder / machine
            call(ARGUMENTS.glowplug, "conformance", "export-rtl", folder, "--plugin", ARGUMENTS.plugin,
                 "--level", "smoke", "--option", f"npu={path}")  # fmt: skip
            cases = play(folder, path)
            self.assertGreater(len(cases), 30)
            self.assert_same_times(cases, machine, config)


def spans_of(trace, group):
    """Sorted (track, begin, end) of a group of a trace; further tracks of one thing count as that one."""
    events = json.loads(trace.read_text(encoding="utf-8"))
    events = events["traceEvents"] if isinstance(events, dict) else events
    names = {(e["name"], e["pid"], e.get("tid")): e["args"].get("name") for e in events if e["ph"] == "M"}
    groups = {pid: name for (kind, pid, _), name in names.items() if kind == "process_name"}
    return sorted(
        (names["thread_name", e["pid"], e["tid"]].split(" (")[0], e["ts"], e["ts"] + e["dur"])
        for e in events
        if e["ph"] == "X" and groups[e["pid"]] == group
    )


class ModelsTest(Replayed):
    def test_each_command_of_models(self):
        generator = ROOT / "tests/data/generate.py"
        call(sys.executable, "-B", generator, self.folder / "models", "--no-goldens", "--only", *MODELS)
        runner = npu.Runner(ARGUMENTS.glowplug, self.folder / "models", None, self.folder)
        for name in MODELS:
            for rows in (8, 16):
                for memory in ("ideal", "small rows"):
                    with self.subTest(model=name, rows=rows, memory=memory):
                        self.compare(runner, name, rows, memory)

    def compare(self, runner, name, rows, memory):
        path, config = runner.machine(rows, memory), load_config(runner.machine(rows, memory))
        model = runner.compiled(name, rows, memory)
        trace = self.folder / "trace.json"
        answer = json.loads(runner.run("run", model, "--npu", path, "--json", "--trace", trace,
                                       "--backend-option", "npu-sim:device=process"))  # fmt: skip
        (program,) = load_model(model, config)
        machine = Machine(config, program)
        self.assertEqual(machine.run(), answer["cycles"])
        queues = [(SPEC.queues[command.fields["queue"]], command) for command in machine.commands]
        self.assertEqual(spans_of(trace, "engines"), sorted((queue, c.start, c.end) for queue, c in queues))
        self.assertEqual(spans_of(trace, "queues"), sorted((queue, c.dispatched, c.start) for queue, c in queues))


def main():
    global ARGUMENTS
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--player", type=pathlib.Path, required=True)
    parser.add_argument("--glowplug", type=pathlib.Path)
    parser.add_argument("--plugin", type=pathlib.Path)
    parser.add_argument("--programs", type=int, default=40)
    ARGUMENTS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
