# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Conflicts on banks: the first of a program, by the last section of the page."""

import dataclasses

from case import COMMANDS, SPEC
from compute import BIAS_LINES, SCALE_LINES, TABLE_BYTES

FRONT = ("weight_addr", "weight_zp_addr", "param_addr", "table_addr")


@dataclasses.dataclass
class Access:
    field: str
    space: str
    write: bool
    begin: int
    run: int
    dims: list  # (count, step)

    def banks(self, size):
        """Dimensions that step over whole banks are followed; for the others, all between the ends counts."""
        for place, (count, step) in enumerate(self.dims):
            if count > 1 and abs(step) >= size:
                rest = self.dims[:place] + self.dims[place + 1 :]
                starts = (self.begin + i * step for i in range(count))
                parts = (dataclasses.replace(self, begin=start, dims=rest) for start in starts)
                return set().union(*(part.banks(size) for part in parts))
        offsets = [(count - 1) * step for count, step in self.dims]
        low = self.begin + sum(min(0, offset) for offset in offsets)
        high = self.begin + sum(max(0, offset) for offset in offsets) + self.run
        return set(range(low // size, (high - 1) // size + 1))


def plain(command, rows):
    """What isa.json says of a command."""
    for access in next(c for c in COMMANDS.values() if c["name"] == command["name"]).get("accesses", []):
        if access["space"] == "dram":
            continue

        def values(names):
            fields = [[n] if n == "R" else sorted(f for f in command if f[:-1] == n and f[-1].isdigit()) or [n]
                      for n in names]  # fmt: skip
            return [rows if name == "R" else command[name] for group in fields for name in group]

        (run,) = values([access["run"]])
        dims = list(zip(values(access["counts"]), values(access["steps"])))
        yield Access(access["field"], access["space"], access["writes"], command[access["field"]], run, dims)


def window(command, rows, blocks=1, block_step=0):
    """The inputs that exist; none if all is padding."""
    dims = []
    begin = command["src_addr"]
    for side, pad in (("w", "pad_left"), ("h", "pad_top")):
        dilation = command.get(f"dilation_{side}", 1)
        reach = (command[f"out_{side}"] - 1) * command[f"stride_{side}"] + (command[f"kernel_{side}"] - 1) * dilation
        low = max(0, -command[pad])
        high = min(reach - command[pad], command[f"in_{side}"] - 1)
        if high < low:
            return
        begin += low * command[f"step_{side}"]
        dims.append((high - low + 1, command[f"step_{side}"]))
    yield Access("src_addr", "scratchpad", False, begin, rows, [*dims, (blocks, block_step)])


def rows_of(command, field, kind, rows, dims):
    space = "accumulator" if kind == "accumulator" else "scratchpad"
    run = {"accumulator": 1, "bytes": rows, "words": 4 * rows}[kind]
    return Access(field, space, field == "dst_addr", command[field], run, dims)


def output(command, rows, sizes, scales):
    steps = command["dst_step0"], command["dst_step1"]
    yield rows_of(command, "dst_addr", command["dst_kind"], rows, list(zip(sizes, steps)))
    parameters = (BIAS_LINES * command["bias"] + SCALE_LINES * (command["rescale"] + scales)) * rows
    if parameters:
        yield Access("param_addr", "scratchpad", False, command["param_addr"], parameters, [])
    if command["lookup"]:
        yield Access("table_addr", "scratchpad", False, command["table_addr"], TABLE_BYTES, [])


def zero_points(command, rows):
    if command["weight_zp_columns"]:
        yield Access("weight_zp_addr", "scratchpad", False, command["weight_zp_addr"], rows, [])


def accesses(command, rows):
    name = command["name"]
    if name == "matmul":
        yield from window(command, rows, command["blocks"], command["step_c"])
        taps = command["kernel_h"] * command["kernel_w"]
        row_step, step = command["weight_row_step"], command["weight_block_step"]
        whole = (command["blocks"] - 1) * taps
        if whole:
            dims = [(rows, row_step), (whole, step)]
            yield Access("weight_addr", "scratchpad", False, command["weight_addr"], rows, dims)
        last = command["weight_addr"] + whole * step
        dims = [(command["last_rows"], row_step), (taps, step)]
        yield Access("weight_addr", "scratchpad", False, last, rows, dims)
        yield from zero_points(command, rows)
        for write in (False, True):
            yield Access("acc_addr", "accumulator", write, command["acc_addr"], command["out_h"] * command["out_w"], [])
    elif name == "vector":
        joins = command["op"] != "copy"
        sizes = command["count0"], command["count1"]
        results = (1 if command["reduce"] != "none" else sizes[0]), sizes[1]
        yield from output(command, rows, results, command["a_rescale"] + (command["b_rescale"] if joins else 0))
        dims = list(zip(sizes, (command["a_step0"], command["a_step1"])))
        yield rows_of(command, "a_addr", command["a_kind"], rows, dims)
        if joins:
            dims = list(zip(sizes, (command["b_step0"], command["b_step1"])))
            yield rows_of(command, "b_addr", "bytes", rows, dims)
    elif name == "depthwise":
        yield from output(command, rows, (command["out_w"], command["out_h"]), 0)
        yield from window(command, rows)
        if command["op"] == "mac":
            taps = command["kernel_h"] * command["kernel_w"]
            yield Access("weight_addr", "scratchpad", False, command["weight_addr"], taps * rows, [])
            yield from zero_points(command, rows)
    else:
        yield from plain(command, rows)


class Use:
    """The banks that a command holds: {(space, write): banks}, and what its front and its streams read."""

    def __init__(self, command, config):
        self.ports = {("scratchpad", False): set(), ("scratchpad", True): set(),
                      ("accumulator", False): set(), ("accumulator", True): set()}  # fmt: skip
        self.front, streams = set(), []
        sizes = {"scratchpad": config["scratchpad.bankBytes"], "accumulator": config["accumulator.bankRows"]}
        for access in accesses(command, config["array.rows"]):
            banks = access.banks(sizes[access.space])
            self.ports[access.space, access.write] |= banks
            if access.space == "scratchpad" and not access.write:
                if access.field in FRONT:
                    self.front |= banks
                else:
                    streams.append(banks)
        self.stream = set().union(*streams)
        together = [*streams, self.front] if command["name"] == "matmul" else streams
        self.twice = set().union(*(a & b for i, a in enumerate(together) for b in together[:i]))


def first_conflict(commands, times, config):
    """The fault of a program whose commands have these (start, end), or None."""
    numbers = sorted(range(len(commands)), key=lambda n: (times[n][0], commands[n]["queue"]))
    uses = [Use(command, config) for command in commands]
    name = lambda n: f"{n} ({SPEC.queues[commands[n]['queue']]})"  # noqa: E731
    for place, second in enumerate(numbers):
        use = uses[second]
        if use.twice:
            bank = min(use.twice)
            return {f"bank conflict: command {name(second)} reads bank {bank} of the scratchpad twice at a time"}
        found = set()
        for first in numbers[:place]:
            if times[first][1] + 1 < times[second][0]:
                continue
            if commands[first]["queue"] == commands[second]["queue"]:
                shared = {("scratchpad", False): uses[first].stream & use.front}
            else:
                shared = {port: uses[first].ports[port] & banks for port, banks in use.ports.items()}
            for (space, write), banks in shared.items():
                verb = "write" if write else "read"
                found |= {
                    f"bank conflict: commands {name(first)} and {name(second)} both {verb} bank {bank} of the {space}"
                    for bank in banks
                }
        if found:
            return found
    return None
