# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Wrong readings of the page, one for each of its rules: a text of the replay, and what stands there instead.

A test that compares the replay with the model proves a rule only if the replay without this rule fails it."""

import importlib.util
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
# In the order in which they import each other.
MODULES = ("runs", "compute", "dma", "memory", "machine")

MUTANTS = [
    ("fetch: one command more under way", "machine",
     "self.commands[self.next - self.depth].dispatched", "self.commands[self.next - self.depth - 1].dispatched"),
    ("fetch: a place is free at once", "machine", "max(time, dispatched + 1)", "max(time, dispatched)"),
    ("fetch: not in the next cycle", "machine", "request + 1 if", "request + 2 if"),
    ("fetch: first request in cycle 1", "machine", "if self.next else 0", "if self.next else 1"),
    ("dispatch: in the cycle of the arrival", "machine",
     "max(causes) + 1\n        queue", "max(causes)\n        queue"),
    ("dispatch: not one a cycle", "machine",
     "causes.append(self.commands[self.dispatched - 1].dispatched)",
     "causes.append(self.commands[self.dispatched - 1].dispatched - 1)"),
    ("dispatch: a queue has one place more", "machine",
     "if len(queue.commands) >= self.depth:\n            causes.append(queue.commands[-self.depth].start)",
     "if len(queue.commands) >= self.depth + 1:\n            causes.append(queue.commands[-self.depth - 1].start)"),
    ("dispatch: a place is free when its command issues", "machine",
     "causes.append(queue.commands[-self.depth].start)",
     "causes.append(shifted(queue.commands[-self.depth].start, -1))"),
    ("dispatch: a place is free when its command has retired", "machine", "[-self.depth].start)", "[-self.depth].end)"),
    ("issue: in the cycle of the dispatch", "machine",
     "causes = [command.dispatched + 1]", "causes = [command.dispatched]"),
    ("issue: the front need not be free", "machine",
     "causes.append(before.front_free)", "causes.append(before.front_free and before.start + 1)"),
    ("issue: a cycle after the front is free", "machine",
     "causes.append(before.front_free)", "causes.append(shifted(before.front_free, 1))"),
    ("issue: no drain", "machine", 'if command.fields["drain"]:', "if False:"),
    ("issue: drain waits for end + 1", "machine", "causes.append(before.end)", "causes.append(shifted(before.end, 1))"),
    ("issue: one token is enough", "machine", "tokens[count - 1] if", "tokens[0] if"),
    ("issue: tokens are not taken", "machine", "self.tokens[semaphore].popleft()", "pass"),
    ("issue: waits for one semaphore do not add up", "machine", "+= fields", "= fields"),
    ("retire: signals count at once", "machine", "[command.end + 1] * count", "[command.end] * count"),
    ("retire: out of order", "machine", "max(end, before.end) if before else end", "end"),
    ("sync: front", "compute", "return start + 1, start + 1", "return start + 2, start + 1"),
    ("sync: end", "compute", "return start + 1, start + 1", "return start + 1, start + 2"),
    ("matrix: one register for weights more", "compute",
     "load = max(start, self.load_end, self.multiply)\n            self.load_end = load",
     "load = max(start, self.load_end)\n            self.load_end = load"),
    ("matrix: one register for weights less", "compute",
     "load = max(start, self.load_end, self.multiply)\n            self.load_end = load",
     "load = max(start, self.load_end, self.multiply + self.streamed)\n            self.load_end = load"),
    ("matrix: zero points cost nothing", "compute", "1 if block == 0 and", "0 if block == 0 and"),
    ("matrix: zero points for each block", "compute", "block == 0 and command", "command"),
    ("matrix: rows of two blocks at once", "compute",
     "self.multiply = max(self.load_end, self.multiply + self.streamed)",
     "self.multiply = max(self.load_end, self.multiply)"),
    ("matrix: weights shift in within R - 1", "compute", "load + self.rows + zero", "load + self.rows - 1 + zero"),
    ("matrix: blocks of the window", "compute", 'command["blocks"] * command["kernel_h"]', 'command["kernel_h"]'),
    ("matrix: pipe", "compute", "ARRAY_PIPE = 3", "ARRAY_PIPE = 4"),
    ("matrix: skew", "compute", "rows + 2 * self.rows", "rows + self.rows + 16"),
    ("vector: one file of parameters more", "compute", "load = max(start, self.load_end, self.stream)", "load = start"),
    ("vector: one file of parameters less", "compute",
     "load = max(start, self.load_end, self.stream)", "load = max(start, self.stream + self.streamed)"),
    ("vector: two commands stream", "compute",
     "self.stream = max(self.load_end, self.stream + self.streamed)", "self.stream = max(self.load_end, self.stream)"),
    ("vector: front without parameters", "compute", "max(self.load_end, start + 1)", "self.load_end"),
    ("vector: pipe", "compute", "VECTOR_PIPE = 12", "VECTOR_PIPE = 11"),
    ("vector: bias", "compute", "BIAS_LINES = 4", "BIAS_LINES = 3"),
    ("vector: scale", "compute", "SCALE_LINES = 5", "SCALE_LINES = 4"),
    ("vector: scale of A", "compute", 'command["a_rescale"] + ', ""),
    ("vector: scale of B", "compute", ' + (command["b_rescale"] if command["op"] != "copy" else 0)', ""),
    ("vector: scale of B that is not read", "compute", ' if command["op"] != "copy" else 0', ""),
    ("vector: table", "compute", "TABLE_BYTES // line_bytes(self.rows)", "TABLE_BYTES // self.rows"),
    ("vector: words of A", "compute", 'WORDS if command["a_kind"] == "words" else 1', "1"),
    ("vector: words of results", "compute", 'WORDS if command["dst_kind"] == "words" else 1', "1"),
    ("vector: reads and writes take turns", "compute",
     "outer * max(inputs, results)", "outer * (inputs + results - 1)"),
    ("vector: reduction writes each row", "compute", 'command["reduce"] == "none"', "True"),
    ("vector: last row of a reduction to words", "compute", "rest = WORDS - 1", "rest = 0"),
    ("vector: reduction of words to words", "compute", "if inputs == 1 and results", "if results"),
    ("vector: reduction writes within its inputs", "compute", "max(inner * inputs, results)", "inner * inputs"),
    ("depthwise: weights", "compute",
     'command["kernel_h"] * command["kernel_w"] + command["weight_zp', 'command["weight_zp'),
    ("depthwise: zero points", "compute", ' + command["weight_zp_columns"]', ""),
    ("depthwise: weights of pools", "compute", '== "depthwise" and command["op"] == "mac"', '== "depthwise"'),
    ("depthwise: fill", "compute", "DEPTHWISE_FILL = 4", "DEPTHWISE_FILL = 5"),
    ("depthwise: passes of 4 x 4", "compute", "PASS_TAPS = 3", "PASS_TAPS = 4"),
    ("depthwise: outputs", "compute", "[max(inputs, outputs) for", "[inputs for"),
    ("depthwise: words of every pass", "compute", "[max(inputs, outputs) for", "[max(inputs, outputs * results) for"),
    ("depthwise: words of the last pass", "compute", "max(passes[-1], outputs * results)", "max(passes[-1], outputs)"),
    ("depthwise: inputs between those touched", "compute",
     "(outputs - 1) * stride + first + taps - pad",
     "min(outputs * stride, (outputs - 1) * stride + taps) + first - pad - (stride > taps)"),
    ("depthwise: padding costs as well", "compute", "max(0, min(end, inputs) - max(begin, 0))", "end - begin"),
    ("depthwise: padding on one side costs", "compute", "max(begin, 0))", "begin)"),
    ("transpose: the square that fills", "compute",
     'command["count1"] + 1) * self.rows', 'command["count1"]) * self.rows'),
    ("dma: a burst in the cycle of the start", "dma",
     "max(self.start + 1, self.granted_last", "max(self.start, self.granted_last"),
    ("dma: a cycle between bursts", "dma", "self.granted_last + 1, self.limits", "self.granted_last + 2, self.limits"),
    ("dma: one burst more under way", "dma",
     'deque([0] * config["dma.outstanding"], config["dma.outstanding"])',
     'deque([0] * (config["dma.outstanding"] + 1), config["dma.outstanding"] + 1)'),
    ("dma: a burst ends in the cycle after", "dma", "self.limits.append(end)", "self.limits.append(end + 1)"),
    ("load: two bursts through the port at once", "dma",
     "end = self.port = max(self.port, done) + self.burst[2]",
     "end = self.port = max(self.port, done + self.burst[2])"),
    ("load: one line for each burst", "dma", "max(self.port, done) + self.burst[2]", "max(self.port, done) + 1"),
    ("load, store: end", "dma", "(time + 1, end + 1)", "(time + 1, end)"),
    ("load, store: front", "dma", "(time + 1, end + 1)", "(time + 2, end + 1)"),
    ("store: one burst more read ahead", "dma",
     'deque([0] * config["dma.storeBursts"], config["dma.storeBursts"])',
     'deque([0] * (config["dma.storeBursts"] + 1), config["dma.storeBursts"] + 1)'),
    ("store: in the cycle in which it is read", "dma", "max(self.ready, self.port + 1)", "max(self.ready, self.port)"),
    ("store: reads before its start", "dma",
     "max(self.port, self.start, self.grants[0])", "max(self.port, self.grants[0])"),
    ("store: the port is free", "dma", "max(self.port, self.start, self.grants[0])", "max(self.start, self.grants[0])"),
    ("copy: lines of the source only", "runs",
     "max(lines_touched(source, run, line), lines_touched(target, run, line))", "lines_touched(source, run, line)"),
    ("copy: lines of the destination only", "runs",
     "max(lines_touched(source, run, line), lines_touched(target, run, line))", "lines_touched(target, run, line)"),
    ("copy: end", "dma", "COPY_PIPE = 3", "COPY_PIPE = 2"),
    ("fill: end", "dma", "FILL_PIPE = 1", "FILL_PIPE = 2"),
    ("copy, fill: the port is free", "dma", "max(start, self.port) + cycles", "start + cycles"),
    ("lines: of R bytes", "runs", "return max(rows, 16)", "return rows"),
    ("lines: as if aligned", "runs",
     "return (address + size - 1) // line - address // line + 1", "return -(-size // line)"),
    ("bursts: counted from the run's begin", "runs",
     "at // BURST_BYTES * BURST_BYTES + BURST_BYTES", "at + BURST_BYTES"),
    ("bursts: of 32 bytes", "runs", "BURST_BYTES = 64", "BURST_BYTES = 32"),
    ("runs: dimension 0 is the outermost", "runs", "for d in (3, 2, 1, 0)", "for d in (0, 1, 2, 3)"),
    ("bus: the first requester wins", "memory", "(self.last + distance) % count", "distance - 1"),
    ("bus: turns the other way", "memory", "(self.last + distance) % count", "(self.last - distance) % count"),
    ("bus: whoever was ready first", "memory",
     "if chosen.ready is not None and chosen.ready <= time:",
     "if chosen.ready is not None and chosen.ready == min(times):"),
    ("bus: decides before the rest of its cycle", "memory",
     "if chosen.ready is not None and chosen.ready <= time:",
     "if chosen.ready is not None and (chosen.ready < time or chosen.ready == time == min(times)):"),
    ("bus: beats as if aligned", "memory",
     "(address + size - 1) // self.width - address // self.width + 1", "-(-size // self.width)"),
    ("bus: a cycle between bursts", "memory", "self.free = time + beats", "self.free = time + beats + 1"),
    ("memory: latency", "memory", "begin + self.latency", "begin + self.latency + 1"),
    ("memory: answers out of order", "memory",
     "max(begin + self.latency, self.done) + beats", "begin + self.latency + beats"),
    ("memory: rows are always open", "memory", "0 if self.open_rows[bank] == row else self.miss", "0"),
    ("memory: rows never stay open", "memory", "self.open_rows[bank] == row", "False"),
    ("memory: rows are open at reset", "memory", "self.open_rows[bank] == row", "self.open_rows[bank] in (row, None)"),
    ("memory: one row is open of all banks", "memory",
     "self.open_rows[bank] = row", "self.open_rows[:] = [row] * len(self.open_rows)"),
    ("memory: banks are never busy", "memory", "max(time, self.bank_free[bank])", "time"),
    ("memory: one bank is busy for all", "memory",
     "self.bank_free[bank] = begin", "self.bank_free[:] = [begin + beats] * 64; begin"),
    ("memory: a bank is free at its begin", "memory",
     "self.bank_free[bank] = begin + beats", "self.bank_free[bank] = begin"),
    ("memory: banks change with each burst", "memory", "bank = row %", "bank = address // 64 %"),
]  # fmt: skip


def shifted(time, cycles):
    """For mutants: a time that may not be known yet, some cycles later."""
    return None if time is None else time + cycles


def mutated(module, before, after):
    """The class Machine of a replay in which one text stands for another."""
    kept = {name: sys.modules.pop(name, None) for name in MODULES}
    try:
        for name in MODULES:
            text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
            if name == module:
                if text.count(before) != 1:
                    raise ValueError(f"{name}.py has {text.count(before)} times: {before}")
                text = text.replace(before, after)
            made = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader=None))
            made.shifted = shifted
            sys.modules[name] = made
            exec(compile(text, f"{name}.py", "exec"), made.__dict__)
        return sys.modules["machine"].Machine
    finally:
        for name, module_before in kept.items():
            sys.modules.pop(name, None)
            if module_before:
                sys.modules[name] = module_before
