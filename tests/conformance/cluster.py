#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests of tools/cluster: a Slurm and a Dask cluster on this machine, with workers that are lost.

usage: cluster.py --build DIR [unittest options]
"""

import argparse
import contextlib
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from suite import facts

HERE = pathlib.Path(__file__).resolve().parent
TOOLS = HERE.parent.parent / "tools" / "cluster"
CASES = ["--level", "smoke", "--filter", "ops/MatMul/*", "--filter", "graphs/*"]
BUILD = None


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def wait_until(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.05)


class ClusterTest(unittest.TestCase):
    TOOL, NEEDS = None, []

    @classmethod
    def setUpClass(cls):
        missing = [name for name in cls.NEEDS if shutil.which(name) is None]
        if missing:
            raise unittest.SkipTest(f"not installed: {', '.join(missing)}")

    def setUp(self):
        # Slurm's configuration has no way to write a space.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="glowplug-cluster-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.plugin = BUILD / "lib" / "glowplug" / "plugins" / "cpu.so"
        self.glowplug = BUILD / "bin" / "glowplug"
        self.environment = dict(os.environ)

    def start(self, *command):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=self.environment, start_new_session=True)  # fmt: skip
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def tool(self, *arguments):
        return [sys.executable, TOOLS / self.TOOL, "--plugin", self.plugin, "--out", self.folder / "run",
                "--glowplug", self.glowplug, *arguments]  # fmt: skip

    def finish(self, process):
        out, err = process.communicate(timeout=300)
        return process.returncode, out + err

    def open(self, *arguments):
        return subprocess.Popen(self.tool(*arguments), env=self.environment, text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)  # fmt: skip

    def check_whole(self):
        subprocess.run([self.glowplug, "conformance", "--plugin", self.plugin, *CASES, "--out", self.folder / "whole"],
                       check=True, capture_output=True, timeout=300)  # fmt: skip
        self.assertEqual(facts(self.folder / "run" / "report"), facts(self.folder / "whole"))

    def check_lost_worker(self, lose, shards=3, *options):
        """`lose` ends a worker of shard 1 while it runs."""
        process = self.open("--shards", str(shards), *options, "--", *CASES, "--jobs", "1")
        journal = self.folder / "run" / "shard-1" / "cases.jsonl"
        wait_until("shard 1 runs", lambda: journal.exists() and journal.read_bytes().count(b"\n") > 3)
        lose()
        status, text = self.finish(process)
        self.assertEqual(status, 0, text)
        self.check_whole()
        return text

    def check_hopeless(self, *options):
        """What no other attempt would mend is said at once."""
        status, text = self.finish(self.open("--shards", "1", *options, "--", "--level", "smoke", "--filter", "none/*"))
        self.assertEqual(status, 2, text)
        self.assertIn("no case has a name that is asked for", text)
        self.assertNotIn("again", text)


class SlurmTest(ClusterTest):
    TOOL = "conformance_slurm.py"
    NEEDS = ["munged", "slurmctld", "slurmd", "sbatch", "squeue"]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if os.geteuid() != 0:
            raise unittest.SkipTest("slurmd runs as root")

    def setUp(self):
        super().setUp()
        folder = self.folder
        key = folder / "munge.key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o400)
        folder.chmod(0o755)  # munged refuses other folders for its socket
        munge = folder / "munge.socket"
        self.start("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={munge}",
                   f"--pid-file={folder}/munge.pid", f"--log-file={folder}/munge.log",
                   f"--seed-file={folder}/munge.seed")  # fmt: skip
        wait_until("munged", munge.exists)
        ports = free_ports(2)
        configuration = folder / "slurm.conf"
        configuration.write_text(
            f"""ClusterName=test
SlurmctldHost=localhost
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
AuthInfo=socket={munge}
SlurmUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1
NodeName=node1 NodeHostname=localhost NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP MaxTime=INFINITE
"""
        )
        (folder / "state").mkdir()
        (folder / "spool").mkdir()
        self.environment["SLURM_CONF"] = str(configuration)
        self.start("slurmctld", "-D", "-L", folder / "slurmctld.log")
        self.start("slurmd", "-D", "-N", "node1", "-L", folder / "slurmd.log")
        wait_until("an idle node", lambda: "idle" in self.node_states())

    def node_states(self):
        listed = subprocess.run(["sinfo", "--noheader", "--format=%t"], env=self.environment, capture_output=True,
                                text=True)  # fmt: skip
        return listed.stdout

    def test_lost_worker(self):
        def lose():
            subprocess.run(["scancel", "--full", "--signal=KILL", "--name=conformance", "--state=RUNNING"],
                           env=self.environment, check=True)  # fmt: skip

        text = self.check_lost_worker(lose, 3, "--sbatch=--cpus-per-task=1")
        self.assertIn("again: shard", text)
        self.check_hopeless()


class DaskTest(ClusterTest):
    TOOL = "conformance_dask.py"
    NEEDS = ["dask-scheduler", "dask-worker"]

    def setUp(self):
        super().setUp()
        file = self.folder / "scheduler.json"
        self.start("dask-scheduler", "--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0",
                   "--scheduler-file", file)  # fmt: skip
        wait_until("the scheduler", lambda: file.exists() and file.stat().st_size > 0)
        self.scheduler = f"--scheduler={file}"
        self.workers = [
            self.start("dask-worker", "--no-nanny", "--no-dashboard", "--nthreads", "1", "--scheduler-file", file,
                       "--local-directory", self.folder / "space")  # fmt: skip
            for _ in range(2)
        ]

    def test_lost_worker(self):
        self.check_lost_worker(self.workers[0].kill, 4, self.scheduler)
        self.check_hopeless(self.scheduler)


def main():
    global BUILD
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    arguments, rest = parser.parse_known_args()
    BUILD = pathlib.Path(os.path.abspath(arguments.build))
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
