# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random programs that a machine takes: every command, with waits that program order satisfies.

What they compute means nothing and races may be in it, for time depends on neither. They say only that they ran: at the
end they store a pattern of which the players know the CRC."""

import random

from case import SPEC

REGION = 1 << 15  # bytes of DRAM that a command may reach from its base register
SOURCE_BASES = (0, 1, 2)
TARGET_BASE, SIGNATURE_BASE = 3, 4
SIGNATURE_BYTES = 96
PATTERN = 0x5A
# Parameters and tables lie here, and nothing else: scales need shifts that exist.
PARAMETER_BYTES = 4096
SCALE_BYTE = 0x11
TABLE_ADDRESS = 2048
OPCODES = {command["name"]: command["code"] for command in SPEC.commands}
ENUMS = {(c["name"], f["name"]): f["enum"] for c in SPEC.commands for f in c["fields"] if "enum" in f}
MIXES = (
    {"load": 4, "store": 4},
    {"load": 3, "store": 3, "copy": 3, "fill": 2, "fill_words": 1},
    {"matmul": 1},
    {"matmul": 3, "sync": 1, "load": 1},
    {"vector": 1},
    {"depthwise": 1},
    {"vector": 2, "depthwise": 2, "transpose": 1, "sync": 1},
    {"transpose": 3, "load": 1},
    {name: 1 for name in OPCODES},
)


class Generator:
    def __init__(self, config, seed):
        self.config, self.random = config, random.Random(seed)
        self.rows = config["array.rows"]
        self.scratchpad = config["scratchpad.banks"] * config["scratchpad.bankBytes"]
        self.accumulator = config["accumulator.banks"] * config["accumulator.bankRows"]
        self.tokens = {}  # semaphore -> [signalling queue, waiting queue, tokens there, tokens ever]

    def program(self):
        """Commands as dicts of fields."""
        pick = self.random
        mix = pick.choice(MIXES)
        ordered, drained = pick.choice((0, 0.3, 0.8)), pick.choice((0, 0.1, 0.5))
        queues = pick.sample(SPEC.queues, pick.randint(1, len(SPEC.queues)))
        names = [n for n in mix if set(queues) & set(self.takers(n))] or ["sync"]
        commands = self.prologue()
        for _ in range(pick.choice((1, 2, 4, 10, 40))):
            name = pick.choices(names, [mix.get(n, 1) for n in names])[0]
            queue = pick.choice([q for q in self.takers(name) if q in queues] or self.takers(name))
            command = {"name": name, **getattr(self, name)(), "drain": int(pick.random() < drained)}
            commands.append(self.head(command, queue, ordered))
        return commands + self.epilogue()

    @staticmethod
    def takers(name):
        return next(command["queues"] for command in SPEC.commands if command["name"] == name)

    def head(self, command, queue, ordered=0.0):
        number = SPEC.queues.index(queue)
        command.update(opcode=OPCODES[command["name"]], queue=number)
        for tag in range(3):
            if self.random.random() < ordered:
                self.wait(command, number, tag)
        for tag in range(3):
            if self.random.random() < ordered:
                self.signal(command, number, tag)
        return command

    def wait(self, command, queue, tag):
        ready = [s for s, (_, waiter, count, _) in self.tokens.items() if waiter == queue and count]
        if ready:
            semaphore = self.random.choice(ready)
            count = self.random.randint(1, min(15, self.tokens[semaphore][2]))
            self.tokens[semaphore][2] -= count
            command.update({f"wait{tag}_sem": semaphore, f"wait{tag}_count": count})

    def signal(self, command, queue, tag):
        """Each pair of queues has two semaphores, whose tokens never exceed the limit in any order."""
        waiter = self.random.randrange(len(SPEC.queues))
        semaphore = (queue * len(SPEC.queues) + waiter) * 2 + self.random.randrange(2)
        state = self.tokens.setdefault(semaphore, [queue, waiter, 0, 0])
        count = self.random.choice((1, 1, 2, 5))
        if state[3] + count <= SPEC.isa["semaphoreLimit"]:
            state[2], state[3] = state[2] + count, state[3] + count
            command.update({f"signal{tag}_sem": semaphore, f"signal{tag}_count": count})

    def prologue(self):
        fill = {"name": "fill", "dst_addr": 0, "value": SCALE_BYTE, "run": PARAMETER_BYTES, **counts()}
        fill.update(signal0_sem=63, signal0_count=1)
        gate = {"name": "sync", "wait0_sem": 63, "wait0_count": 1}
        return [self.head(fill, "load_a"), self.head(gate, "vector")]

    def epilogue(self):
        place = self.scratchpad - SIGNATURE_BYTES
        fill = {"name": "fill", "dst_addr": place, "value": PATTERN, "run": SIGNATURE_BYTES, **counts()}
        store = {"name": "store", "dram_base": SIGNATURE_BASE, "spad_addr": place, "run": SIGNATURE_BYTES, **counts()}
        return [self.head(fill, "store"), self.head({**store, "drain": 1}, "store")]

    def place(self, begin, end, reach, unit=1):
        """An address so that offsets reach[0] .. reach[1] - 1 lie in [begin, end)."""
        low, high = -(-(begin - reach[0]) // unit), (end - reach[1]) // unit
        return self.random.randint(low, high) * unit

    def spread(self, sizes, most, unit=1, run=1):
        """Steps along dimensions of these sizes, and what they reach."""
        steps = [self.random.randint(-most // unit, most // unit) * unit for _ in sizes]
        if self.random.random() < 0.3:
            steps[0] = run  # one run behind the other
        ends = [(size - 1) * step for size, step in zip(sizes, steps)]
        return steps, (sum(min(0, e) for e in ends), sum(max(0, e) for e in ends) + run)

    def runs(self, unit=1):
        pick = self.random
        run = pick.choice((pick.randint(1, 40), pick.randint(41, 300), 4 * pick.randint(1, 500)))
        sizes = [pick.choice((1, 1, 2, 3)) for _ in range(3)] + [pick.choice((1, 1, 2))]
        return -(-run // unit) * unit, sizes

    def memory(self):
        return PARAMETER_BYTES, self.scratchpad - SIGNATURE_BYTES

    def halves(self):
        """Where a command reads, and where it writes."""
        begin, end = self.memory()
        middle = (begin + end) // 2
        return (begin, middle), (middle, end)

    def transfer(self, bases):
        run, sizes = self.runs()
        dram_steps, dram = self.spread(sizes, 1500, run=run)
        spad_steps, spad = self.spread(sizes, 1500, run=run)
        return {
            "dram_base": self.random.choice(bases), "dram_offset": self.place(0, REGION, dram),
            "spad_addr": self.place(*self.memory(), spad), "run": run, **counts(*sizes),
            **series("dram_step", dram_steps), **series("spad_step", spad_steps),
        }  # fmt: skip

    def load(self):
        return self.transfer(SOURCE_BASES)

    def store(self):
        return self.transfer((TARGET_BASE,))

    def sync(self):
        return {}

    def copy(self):
        run, sizes = self.runs()
        (source_steps, source), (target_steps, target) = (self.spread(sizes, 1500, run=run) for _ in range(2))
        first, second = self.halves()
        return {"src_addr": self.place(*first, source), "dst_addr": self.place(*second, target), "run": run,
                **counts(*sizes), **series("src_step", source_steps), **series("dst_step", target_steps)}  # fmt: skip

    def fill(self, unit=1):
        run, sizes = self.runs(unit)
        steps, reach = self.spread(sizes, 1500, unit, run)
        return {"dst_addr": self.place(*self.memory(), reach, unit), "value": self.random.randrange(256), "run": run,
                **counts(*sizes), **series("dst_step", steps)}  # fmt: skip

    def fill_words(self):
        return self.fill(4)

    def inputs(self):
        """A window over an input, where all of it may be padding."""
        pick = self.random
        in_h, in_w = pick.randint(1, 20), pick.randint(1, 20)
        step_h, step_w = pick.choice((self.rows * in_w, 0)), self.rows
        reach = (0, in_h * in_w * self.rows)
        pads = {side: pick.choice((0, pick.randint(0, 4), pick.randint(0, 30))) for side in ("pad_top", "pad_left")}
        strides = {side: pick.choice((1, 2, pick.randint(1, 15))) for side in ("stride_h", "stride_w")}
        return {"src_addr": self.place(*self.halves()[0], reach, self.rows), "step_h": step_h, "step_w": step_w,
                "in_h": in_h, "in_w": in_w, **pads, **strides}  # fmt: skip

    def matmul(self):
        pick, unit = self.random, self.rows
        window = {"kernel_h": pick.randint(1, 3), "kernel_w": pick.randint(1, 3), "blocks": pick.choice((1, 1, 2, 3))}
        blocks = window["kernel_h"] * window["kernel_w"] * window["blocks"]
        sizes = {"out_h": pick.randint(1, 6), "out_w": pick.randint(1, 12)}
        zero_points = {"weight_zp_columns": pick.randrange(2)}
        begin, end = self.halves()[1]
        return {
            **self.inputs(), **window, **sizes, **zero_points,
            "dilation_h": pick.randint(1, 3), "dilation_w": pick.randint(1, 3), "last_rows": pick.randint(1, unit),
            "weight_addr": self.place(begin, end, (0, blocks * unit * unit), unit), "weight_row_step": unit,
            "weight_block_step": unit * unit, "weight_zp_addr": self.place(begin, end, (0, unit), unit),
            "acc_addr": self.place(0, self.accumulator, (0, sizes["out_h"] * sizes["out_w"])),
            "accumulate": pick.randrange(2),
        }  # fmt: skip

    def operand(self, prefix, kind, sizes, area):
        """Fields of an operand of rows, whose address has the prefix."""
        run = {"accumulator": 1, "bytes": self.rows, "words": 4 * self.rows}[kind]
        unit = 1 if kind == "accumulator" else self.rows
        steps, reach = self.spread(sizes, 3 * run, unit, run)
        address = self.place(*((0, self.accumulator) if kind == "accumulator" else area), reach, unit)
        return {f"{prefix}_addr": address, **series(f"{prefix}_step", steps)}

    def results(self, name, sizes):
        pick = self.random
        kind = pick.choice(ENUMS[name, "dst_kind"])
        flags = {flag: pick.randrange(2) for flag in ("bias", "rescale", "double_round", "lookup")}
        flags["lookup"] &= kind == "bytes"
        return {"dst_kind": kind, **flags, "param_addr": 0, "table_addr": TABLE_ADDRESS if flags["lookup"] else 0,
                **self.operand("dst", kind, sizes, self.halves()[1])}  # fmt: skip

    def vector(self):
        pick = self.random
        sizes = [pick.choice((pick.randint(1, 4), pick.randint(1, 40))), pick.randint(1, 5)]
        a_kind = pick.choice(ENUMS["vector", "a_kind"])
        results = self.results("vector", sizes)
        op = pick.choice(ENUMS["vector", "op"])
        may_rescale = a_kind == "bytes" and not results["bias"]
        return {
            **results, "op": op, "a_kind": a_kind,
            "reduce": pick.choice(ENUMS["vector", "reduce"]), "count0": sizes[0], "count1": sizes[1],
            "a_rescale": pick.randrange(2) if may_rescale else 0, "b_rescale": pick.randrange(2) if op != "mul" else 0,
            **self.operand("a", a_kind, sizes, self.halves()[0]), **self.operand("b", "bytes", sizes, self.halves()[0]),
        }  # fmt: skip

    def depthwise(self):
        pick = self.random
        out_h, out_w = pick.randint(1, 8), pick.randint(1, 8)
        kernel_h, kernel_w = (pick.choice((1, 3, pick.randint(1, 9))) for _ in range(2))
        mac = {"op": pick.choice(ENUMS["depthwise", "op"]), "weight_zp_columns": pick.randrange(2),
               "weight_addr": TABLE_ADDRESS, "weight_zp_addr": 0}  # fmt: skip
        return {**self.results("depthwise", [out_w, out_h]), **self.inputs(), **mac, "out_h": out_h, "out_w": out_w,
                "kernel_h": kernel_h, "kernel_w": kernel_w}  # fmt: skip

    def transpose(self):
        pick, unit = self.random, self.rows
        sizes = [pick.randint(1, 3), pick.randint(1, 2)]
        square = {"src_row_step": unit, "dst_row_step": unit, "count0": sizes[0], "count1": sizes[1]}
        steps = {side: [unit * unit * pick.randint(0, 2) for _ in sizes] for side in ("src", "dst")}
        places = {}
        for side, area in zip(steps, self.halves()):
            reach = sum(step * (size - 1) for step, size in zip(steps[side], sizes)) + unit * unit
            places[f"{side}_addr"] = self.place(*area, (0, reach), unit)
            places.update(series(f"{side}_step", steps[side]))
        return {**square, **places}


def series(name, values):
    return {f"{name}{d}": value for d, value in enumerate(values)}


def counts(*sizes):
    return series("count", [*sizes, 1, 1, 1, 1][:4])
