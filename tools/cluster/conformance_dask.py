#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the conformance suite on the workers of a Dask scheduler, one task a shard, and merges the reports."""

import subprocess
import sys

import distributed
import shards


def run_shard(command, log):
    """On a worker. It has no module of ours."""
    with open(log, "wb") as output:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT).returncode


def run_round(run, client, indices):
    # Not pure: what an earlier attempt gave does not count for a later one.
    futures = {
        client.submit(run_shard, run.command(index), str(run.log(index)), pure=False): index for index in indices
    }
    statuses = {}
    # A worker that dies takes nothing with it: the scheduler gives its shard to another, which goes on in the folder.
    for future in distributed.as_completed(futures):
        index = futures[future]
        if future.status == "finished":
            statuses[index] = future.result()
        else:
            shards.say(f"shard {index}: {future.exception()}")
        shards.say(f"{len(statuses)} of {len(indices)} ended")
    return statuses


def main():
    parser = shards.parser(__doc__)
    parser.add_argument("--scheduler", required=True, metavar="ADDRESS", help="tcp://host:8786, or a scheduler file")
    run = shards.Run(parser.parse_args())
    address = run.options.scheduler
    where = {"address": address} if "://" in address else {"scheduler_file": address}
    try:
        client = distributed.Client(**where, timeout=30)
    except (OSError, ValueError) as error:
        sys.exit(f"{address}: no scheduler answers: {error}")
    with client:
        try:
            return run.run(lambda indices: run_round(run, client, indices))
        except KeyboardInterrupt:
            sys.exit("cancelled; the same command goes on")


if __name__ == "__main__":
    sys.exit(main())
