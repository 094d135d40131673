#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Says how many cycles the NPU takes for exported cases and compiled models, by docs/reference/npu-timing.md.

usage: replay.py [--npu FILE] [--commands] FOLDER|FILE.gpx...

--npu       sizes of the machine, as the option npu of the backend
--commands  a line for each command as well: its number, queue and opcode, and when it was requested, was dispatched,
            started, left the front of its engine free, and ended

A FOLDER is a case of `glowplug conformance export-rtl`, or holds cases. A model has a program for each part of it that
the NPU runs.
"""

import argparse
import pathlib
import signal
import sys

from case import SPEC, Deadlock, Fault, load_case, load_config, load_model
from machine import Machine

HEADINGS = ("command", "queue", "opcode", "request", "dispatched", "start", "front_free", "end")


def programs_of(path, config):
    """The program of each case at or below a folder, or of each part of a model."""
    if path.suffix == ".gpx":
        yield from load_model(path, config)
        return
    found = sorted(file.parent for file in path.rglob("case.json"))
    if not found:
        raise Fault(f"{path}: holds no case")
    for folder in found:
        yield load_case(folder, config)


def command_lines(machine):
    yield "".join(f"{heading:>11}" for heading in HEADINGS)
    for number, command in enumerate(machine.commands):
        queue = SPEC.queues[command.fields["queue"]]
        times = (command.request, command.dispatched, command.start, command.front_free, command.end)
        yield "".join(f"{value:>11}" for value in (number, queue, command.fields["name"], *times))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--npu", type=pathlib.Path)
    parser.add_argument("--commands", action="store_true")
    parser.add_argument("folders", nargs="+", metavar="FOLDER|FILE.gpx", type=pathlib.Path)
    arguments = parser.parse_args()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` is no fault
    try:
        config = load_config(arguments.npu)
        for path in arguments.folders:
            for program in programs_of(path, config):
                machine = Machine(config, program)
                print(f"{program.name}: {len(program.commands)} commands, {machine.run()} cycles")
                if arguments.commands:
                    print("\n".join(command_lines(machine)))
    except (Deadlock, Fault, OSError) as fault:
        print(f"replay: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
