# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which places the runs of a command touch: bursts of DRAM, and lines of the scratchpad."""

import itertools

BURST_BYTES = 64


def line_bytes(rows):
    return max(rows, 16)


def lines_touched(address, size, line):
    return (address + size - 1) // line - address // line + 1


def places(command, address, step):
    """Where each run begins; dimension 0 is the innermost."""
    dims = [[i * command[f"{step}{d}"] for i in range(command[f"count{d}"])] for d in (3, 2, 1, 0)]
    return [address + sum(offsets) for offsets in itertools.product(*dims)]


def bursts(command, bases, line):
    """(DRAM address, bytes, lines of the scratchpad) of each burst of a load or store, in order."""
    begin = bases[command["dram_base"]] + command["dram_offset"]
    dram, spad = places(command, begin, "dram_step"), places(command, command["spad_addr"], "spad_step")
    for at, there in zip(dram, spad):
        end = at + command["run"]
        while at < end:
            size = min(end, at // BURST_BYTES * BURST_BYTES + BURST_BYTES) - at
            yield at, size, lines_touched(there, size, line)
            at, there = at + size, there + size


def copy_cycles(command, line):
    run = command["run"]
    pairs = zip(places(command, command["src_addr"], "src_step"), places(command, command["dst_addr"], "dst_step"))
    return sum(max(lines_touched(source, run, line), lines_touched(target, run, line)) for source, target in pairs)


def fill_cycles(command, line):
    return sum(lines_touched(at, command["run"], line) for at in places(command, command["dst_addr"], "dst_step"))
