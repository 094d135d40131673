#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Feeds the corpus of bad ONNX files to `glowplug`, one process each.

usage: malformed.py --glowplug FILE --corpus DIR [--only PREFIX...] [--share N] [--jobs N]

DIR is what tests/data/generate_malformed.py wrote. Each file is compiled and has to
end as its row of DIR/malformed.json says, within 5 seconds and 256 MiB (rows marked
"large" stand for big legal models and may take longer). A refusal is one error on
standard error that names the file, nothing on standard output, and no output file, not
even a partial one. Exit status 1 if any file misbehaves.

--share N takes each N-th file only of those kinds of which there are more than a
hundred: what they do to a model, they do at every place of it.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import re
import signal
import sys
import tempfile
import time

SECONDS = 5.0
BYTES = 256 << 20
# For files that are large but legal.
LARGE_SECONDS = 120.0
# "any" may also be told to bind an input (2).
STATUSES = {"model": (1,), "ok": (0,), "any": (0, 1, 2), "refused": (1, 2)}
ERROR = re.compile(r"\berror: ")


class Result:
    """How one process ended."""

    def __init__(self, status, seconds, peak_bytes, out, err, timed_out):
        self.status, self.seconds, self.peak_bytes = status, seconds, peak_bytes
        self.out, self.err, self.timed_out = out, err, timed_out


def run(command, folder, limit):
    """Runs a command, with the peak memory of just that process."""
    out_path, err_path = os.path.join(folder, "out"), os.path.join(folder, "err")
    begin = time.monotonic()
    # posix_spawn, so that the memory of this process is not counted.
    child = os.posix_spawnp(
        command[0],
        command,
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, out_path, os.O_WRONLY | os.O_CREAT, 0o600),
            (os.POSIX_SPAWN_OPEN, 2, err_path, os.O_WRONLY | os.O_CREAT, 0o600),
        ],
    )
    timed_out, pause = False, 0.001
    while True:
        pid, status, usage = os.wait4(child, os.WNOHANG)
        if pid:
            break
        if not timed_out and time.monotonic() - begin > limit:
            timed_out = True
            os.kill(child, signal.SIGKILL)
        time.sleep(pause)
        pause = min(2 * pause, 0.02)
    seconds = time.monotonic() - begin
    texts = []
    for path in (out_path, err_path):
        with open(path, "rb") as file:
            texts.append(file.read().decode("utf-8", errors="replace"))
        os.remove(path)
    code = os.waitstatus_to_exitcode(status)
    return Result(code, seconds, usage.ru_maxrss * 1024, *texts, timed_out)


def faults(row, path, result, left):
    """What is wrong with the way one file was handled. `left`: files written."""
    if result.timed_out:
        return [f"still ran after {result.seconds:.1f} s"]
    if result.status < 0:
        return [f"killed by {signal.Signals(-result.status).name}: {tail(result.err)}"]
    found = []
    allowed = STATUSES[row["expect"]]
    if result.status not in allowed:
        wanted = " or ".join(map(str, allowed))
        found.append(f"exit status {result.status} instead of {wanted}: {tail(result.err)}")
    if result.peak_bytes > BYTES and not row.get("large"):
        found.append(f"took {result.peak_bytes >> 20} MiB")
    if result.status == 0:
        return found
    if left:
        found.append(f"left {', '.join(left)} behind")
    if result.out:
        found.append(f"wrote to standard output: {tail(result.out)}")
    errors = len(ERROR.findall(result.err))
    if errors != 1:
        found.append(f"{errors} errors instead of one: {tail(result.err)}")
    if os.path.basename(path)[:100] not in result.err:
        found.append(f"the error does not name the file: {tail(result.err)}")
    words = row.get("mentions")
    if words and result.status == 1 and not any(word in result.err for word in words):
        found.append(f"the error names none of {', '.join(words)}: {tail(result.err)}")
    return found


def tail(text):
    text = " | ".join(line for line in text.splitlines() if line.strip())
    return repr(text[:200] + ("..." if len(text) > 200 else ""))


def handle(name, row, arguments):
    """(name, result, faults) of one file."""
    path = os.path.join(arguments.corpus, "corpus", f"{name}.onnx")
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "made")
        os.mkdir(target)
        out = os.path.join(target, "model.gpx")
        command = [arguments.glowplug, "compile", path, "-o", out, *arguments.option]
        seconds = LARGE_SECONDS if row.get("large") else SECONDS
        result = run(command, folder, seconds * arguments.slack)
        left = sorted(os.listdir(target))
        found = faults(row, path, result, left)
        if result.status == 0 and left != ["model.gpx"]:
            found.append(f"wrote {', '.join(left) or 'nothing'} instead of model.gpx")
    return name, result, found


def shared(table, every):
    """The rows of small kinds, and each `every`-th one of large ones; a name begins with its kind."""
    kinds = collections.defaultdict(list)
    for name in table:
        kinds[name.split("_")[0]].append(name)
    chosen = [names if len(names) <= 100 else names[::every] for names in kinds.values()]
    return {name: table[name] for names in chosen for name in names}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--glowplug", required=True, metavar="FILE")
    parser.add_argument("--corpus", required=True, metavar="DIR")
    parser.add_argument("--only", nargs="+", default=[""], metavar="PREFIX")
    parser.add_argument("--share", type=int, default=1, metavar="N")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N")
    parser.add_argument(
        "--option", action="append", default=[], help="a further option of compile"
    )
    parser.add_argument(
        "--slack", type=float, default=1.0,
        help="factor on the time limit, for sanitizers and busy machines [1]",
    )  # fmt: skip
    arguments = parser.parse_args()
    with open(os.path.join(arguments.corpus, "malformed.json"), encoding="utf-8") as file:
        table = json.load(file)
    chosen = shared(table, arguments.share)
    chosen = {n: row for n, row in chosen.items() if n.startswith(tuple(arguments.only))}
    failed, slowest, largest = 0, (0.0, "-"), (0, "-")
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        jobs = [pool.submit(handle, name, row, arguments) for name, row in chosen.items()]
        for job in jobs:
            name, result, found = job.result()
            if not chosen[name].get("large"):
                slowest = max(slowest, (result.seconds, name))
                largest = max(largest, (result.peak_bytes, name))
            failed += bool(found)
            for fault in found:
                print(f"{name}: {fault}")
    print(
        f"{len(chosen)} files, {failed} mishandled; slowest {slowest[0]:.2f} s "
        f"({slowest[1]}), largest {largest[0] >> 20} MiB ({largest[1]})"
    )
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
