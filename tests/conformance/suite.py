#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests of `glowplug conformance --plugin`: what it says of plugins, and that it says the same however it is run.

usage: suite.py --build DIR [unittest options]
"""

import argparse
import contextlib
import json
import os
import pathlib
import random
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
DONE, NO_ROOM, USAGE, FAILED, STOPPED = 0, 1, 2, 4, 6
BUILD = None


def plugin(name):
    return BUILD / "lib" / "glowplug" / "plugins" / (name + ".so")


def command(*arguments):
    return [str(BUILD / "bin" / "glowplug"), "conformance", *map(str, arguments)]


def run(expected, *arguments):
    done = subprocess.run([*command(*arguments), "--json"], capture_output=True, text=True, timeout=300)
    assert done.returncode == expected, (done.returncode, done.stdout, done.stderr)
    return json.loads(done.stdout)


def facts(folder):
    """What a report says, without where and when it was made."""
    report = json.loads((folder / "report.json").read_text())
    for key in ("environment", "timing"):
        del report[key]
    return report


def children(parent):
    """Numbers of the processes that `parent` has started and that run."""
    tasks = pathlib.Path(f"/proc/{parent}/task").glob("*/children")
    with contextlib.suppress(OSError):
        return [int(number) for task in tasks for number in task.read_text().split()]
    return []


class FolderTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="glowplug suite "))
        self.addCleanup(shutil.rmtree, self.folder)


class PluginTest(FolderTest):
    def test_the_npu_passes(self):
        answer = run(DONE, "--plugin", plugin("npu-sim"), "--level", "smoke", "--out", self.folder)
        result = answer["result"]
        self.assertEqual(result["failures"], 0)
        self.assertGreater(result["verdicts"]["pass"], 300)
        # What is refused is what the manifest does not claim.
        self.assertGreater(result["verdicts"]["not_supported"], 0)
        self.assertTrue(run(DONE, "verify", self.folder)["verified"])
        # Smoke runs prove too little to conform.
        self.assertEqual(result["conformant"], [])

    def test_the_cpu_passes(self):
        answer = run(DONE, "--plugin", plugin("cpu"), "--level", "smoke", "--out", self.folder)
        self.assertEqual(answer["result"]["failures"], 0)
        self.assertGreater(answer["result"]["verdicts"]["pass"], 1200)

    def test_a_claim_that_is_not_kept_fails(self):
        shutil.copy(plugin("npu-sim"), self.folder)
        manifest = json.loads(plugin("npu-sim").with_suffix(".json").read_text())
        manifest["conformance"]["claims"].append({"op": "Sort", "type": "i8"})
        (self.folder / "npu-sim.json").write_text(json.dumps(manifest))
        answer = run(FAILED, "--plugin", self.folder / "npu-sim.so", "--filter", "ops/Sort/i8/*",
                     "--out", self.folder / "report")  # fmt: skip
        self.assertGreater(answer["result"]["verdicts"]["unpredicted"], 0)

    def test_a_broken_claim_is_named(self):
        shutil.copy(plugin("npu-sim"), self.folder)
        manifest = json.loads(plugin("npu-sim").with_suffix(".json").read_text())
        manifest["conformance"]["claims"][0]["op"] = 7
        (self.folder / "npu-sim.json").write_text(json.dumps(manifest))
        done = subprocess.run(command("list", "--plugin", self.folder / "npu-sim.so"),
                              capture_output=True, text=True, timeout=60)  # fmt: skip
        self.assertEqual(done.returncode, USAGE)
        self.assertIn("conformance.claims[0].op: needs a text or a list of texts, but got 7", done.stderr)


class WholeTest(FolderTest):
    """A run that is disturbed, or divided, gives the report of one that is not."""

    ARGUMENTS = ["--level", "smoke", "--filter", "ops/MatMul/*", "--filter", "graphs/*"]

    @classmethod
    def setUpClass(cls):
        cls.arguments = ["--plugin", plugin("cpu"), *cls.ARGUMENTS]
        cls.whole = pathlib.Path(tempfile.mkdtemp(prefix="glowplug whole "))
        cls.addClassCleanup(shutil.rmtree, cls.whole)
        run(DONE, *cls.arguments, "--out", cls.whole)

    def test_shards(self):
        shards = [self.folder / f"shard{index}" for index in (1, 2, 3)]
        for index, shard in enumerate(shards):
            run(DONE, *self.arguments, "--shard", f"{index + 1}/3", "--out", shard)
        run(DONE, "merge", *shards, "-o", self.folder / "merged")
        self.assertEqual(facts(self.folder / "merged"), facts(self.whole))

    def test_stopped_and_resumed(self):
        folder = self.folder / "stopped"
        process = subprocess.Popen(command(*self.arguments, "--jobs", 1, "--out", folder),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        journal = folder / "cases.jsonl"
        while process.poll() is None and (not journal.exists() or journal.read_bytes().count(b"\n") < 5):
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), STOPPED)
        self.assertFalse((folder / "report.json").exists())
        run(DONE, *self.arguments, "--out", folder)
        self.assertEqual(facts(folder), facts(self.whole))

    def test_killed_and_resumed(self):
        folder = self.folder / "killed"
        process = subprocess.Popen(command(*self.arguments, "--jobs", 1, "--out", folder),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        journal = folder / "cases.jsonl"
        while process.poll() is None and (not journal.exists() or journal.read_bytes().count(b"\n") < 5):
            time.sleep(0.01)
        process.kill()
        process.wait(60)
        run(DONE, *self.arguments, "--out", folder)
        self.assertEqual(facts(folder), facts(self.whole))

    def test_killed_workers(self):
        """A worker that somebody kills, or the system for want of memory, says nothing of the plugin."""
        folder = self.folder / "workers"
        process = subprocess.Popen(command(*self.arguments, "--jobs", 2, "--out", folder),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
        killed = 0
        while process.poll() is None and killed < 5:  # more may mean a plugin that kills itself
            time.sleep(0.1 if killed else 0.001)  # the first one as soon as it runs
            with contextlib.suppress(ProcessLookupError, IndexError):
                os.kill(random.choice(children(process.pid)), signal.SIGKILL)
                killed += 1
        shown, said = process.communicate()
        self.assertEqual((process.returncode, killed), (DONE, 5), shown + said[-2000:])
        self.assertEqual(facts(folder), facts(self.whole))

    def test_full_disk(self):
        """A run that fills the disk ends with an error, leaves no half of a report, and goes on when there is room."""
        disk = self.folder / "disk"
        disk.mkdir()
        run_it = shlex.join(command(*self.arguments, "--out", disk / "report"))
        script = f"""mount -t tmpfs -o size=64k none {shlex.quote(str(disk))} || exit 77
            {run_it}; echo $? > {shlex.quote(str(self.folder / "status"))}
            test ! -e {shlex.quote(str(disk / "report" / "report.json"))} || exit 78
            mount -o remount,size=64m {shlex.quote(str(disk))} && {run_it} &&
            cp -r {shlex.quote(str(disk / "report"))} {shlex.quote(str(self.folder / "resumed"))}"""
        own = [] if os.geteuid() == 0 else ["--map-root-user"]
        done = subprocess.run(["unshare", "--mount", *own, "sh", "-c", script], capture_output=True, text=True,
                              timeout=300)  # fmt: skip
        if done.returncode in (1, 77) and not (self.folder / "status").exists():
            self.skipTest("no small file system can be mounted here: " + done.stderr.strip())
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual((self.folder / "status").read_text().strip(), str(NO_ROOM))
        self.assertIn("No space left on device", done.stderr)
        self.assertEqual(facts(self.folder / "resumed"), facts(self.whole))

    def test_another_run_does_not_go_on(self):
        folder = self.folder / "other"
        shutil.copytree(self.whole, folder)
        done = subprocess.run(command(*self.arguments, "--seed", 1, "--out", folder),
                              capture_output=True, text=True, timeout=60)  # fmt: skip
        self.assertEqual(done.returncode, USAGE)
        self.assertIn("seed", done.stderr)
        answer = run(DONE, *self.arguments, "--seed", 1, "--fresh", "--out", folder)
        self.assertEqual(answer["result"]["failures"], 0)


class MutantTest(FolderTest):
    """A few wrong variants of an example, one lawful one: all of them take a command of their own."""

    MUTANTS = ["none", "conv-group-ignored", "rescale-truncates", "matmul-tail-lost", "reshape-one-byte-short",
               "no-maps"]  # fmt: skip

    def test_variants(self):
        done = subprocess.run([sys.executable, HERE / "mutants.py", "--build", BUILD, "--out", self.folder,
                               "--plugin", "int8-example", "--only", *self.MUTANTS],
                              capture_output=True, text=True, timeout=900)  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stdout.count("\nok ") + done.stdout.startswith("ok "), len(self.MUTANTS))
        # The failure is kept as a program that shows it alone.
        report = self.folder / "int8-example" / "rescale-truncates" / "report0"
        repros = sorted((report / "failures").iterdir())
        self.assertGreaterEqual(len(repros), 1)  # cases that ran at once may fail too
        sources = [str(repros[0] / "repro.c")]
        include = HERE.parent.parent / "backend-api" / "include"
        built = subprocess.run(["clang-19", "-std=c11", "-Wall", "-Werror", f"-I{include}", *sources, "-ldl", "-lm",
                                "-o", str(self.folder / "repro")], capture_output=True, text=True)  # fmt: skip
        self.assertEqual(built.returncode, 0, built.stderr)
        library = self.folder / "int8-example" / "rescale-truncates" / "int8-example.so"
        shown = subprocess.run([self.folder / "repro", library], cwd=repros[0], capture_output=True, text=True)
        self.assertNotEqual(shown.returncode, 0, shown.stdout)


def main():
    global BUILD
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    arguments, rest = parser.parse_known_args()
    BUILD = pathlib.Path(os.path.abspath(arguments.build))
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
