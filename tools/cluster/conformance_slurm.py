#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the conformance suite as a job array of Slurm, one task a shard, and merges the reports."""

import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

import shards

POLL_SECONDS = 2


def script(run, status_folder):
    """Of one task. Its status is in a file, because a cluster need not keep accounts."""
    cases = "\n".join(
        f"{index}) {shlex.join(run.command(index))} >{shlex.quote(str(run.log(index)))} 2>&1 ;;"
        for index in range(1, run.options.shards + 1)
    )
    status = shlex.quote(str(status_folder)) + '/"$SLURM_ARRAY_TASK_ID"'
    keep = f"echo $? >{status}.new && mv {status}.new {status}"  # whole, or not there
    return f"#!/bin/sh\ncase $SLURM_ARRAY_TASK_ID in\n{cases}\nesac\n{keep}\n"


def statuses_in(folder):
    return {int(file.name): int(file.read_text()) for file in folder.iterdir() if file.name.isdecimal()}


def is_active(job):
    """Whether any task waits or runs. Of a job that Slurm has forgotten none does."""
    listed = subprocess.run(["squeue", "--noheader", "--jobs", job], capture_output=True, text=True)
    if listed.returncode != 0 and "Invalid job id" not in listed.stderr:
        raise OSError(listed.stderr.strip())  # no controller; it may come back
    return bool(listed.stdout.strip())


def run_round(run, indices):
    status_folder = pathlib.Path(tempfile.mkdtemp(prefix="status-", dir=run.folder))
    submit = ["sbatch", "--parsable", "--job-name=conformance", "--output=/dev/null",
              "--array=" + ",".join(map(str, indices)), *run.options.sbatch]  # fmt: skip
    done = subprocess.run(submit, input=script(run, status_folder), capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"sbatch: {done.stderr.strip()}")
    job = done.stdout.strip().split(";")[0]
    shards.say(f"job {job}: {len(indices)} tasks")
    shown = 0
    try:
        while True:
            try:
                active = is_active(job)
            except OSError as error:
                shards.say(f"squeue: {error}; asked again")
                active = True
            ended = len(statuses_in(status_folder))
            if ended != shown:
                shards.say(f"job {job}: {ended} of {len(indices)} ended")
                shown = ended
            if not active:
                break
            time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        subprocess.run(["scancel", job])
        sys.exit("cancelled; the same command goes on")
    statuses = statuses_in(status_folder)
    shutil.rmtree(status_folder)
    return statuses


def main():
    parser = shards.parser(__doc__)
    parser.add_argument("--sbatch", action="append", default=[], metavar="OPTION",
                        help="for sbatch, repeatable: --sbatch=--partition=lab --sbatch=--cpus-per-task=8")  # fmt: skip
    run = shards.Run(parser.parse_args())
    return run.run(lambda indices: run_round(run, indices))


if __name__ == "__main__":
    sys.exit(main())
