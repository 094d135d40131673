# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One compiled network on all devices of the NPU: the same bytes and the same times.

What each device answers is an Answer; npu.py prints them, compares them, and makes a page of them (npu_page.py).
"""

import hashlib
import json
import time

WHOLE = "whole NPU in RTL"
INTERPRETER = "interpreter"
DEVICES = {
    "replay": ["device=in-process"],
    "model": ["device=process"],
    "array in RTL": ["device=process", "rtl=array"],
    "vector unit in RTL": ["device=process", "rtl=vector"],
    "both in RTL": ["device=process", "rtl=array,vector"],
    WHOLE: ["device=process", "rtl=chip"],
}

# Of the whole NPU in RTL: memories that are slow and mix their answers. STALL:LATENCY:SEED
SLOW_MEMORIES = ["0:200:1", "50:1:2", "90:200:3"]
# Seeds of what the whole NPU holds after power-up where nothing resets it.
X_SEEDS = [1, 2, 3]


def hashes(answer):
    return [output["sha256"] for output in answer["outputs"]]


def slow(memory):
    """The name of the whole NPU with a slow memory."""
    return f"{WHOLE}, {memory}"


class Answers:
    """What devices answered: cycles of the whole and of each layer, a digest of stalls, hashes of the outputs.

    Kept in a file of JSON lines that grows, so that a network can be run by itself, now or another day. An answer
    counts for the model and the programs that gave it; those of others in the file are passed over.
    """

    def __init__(self, runner, path=None):
        self.runner, self.path, self.known, self.digests = runner, path, {}, {}
        if path and path.exists():
            for line in path.read_text().splitlines():
                entry = json.loads(line)
                self.known[tuple(entry["key"])] = entry

    def key(self, *place):
        return (*place, self.digest(place[0]))

    def digest(self, name):
        """Of the model and of the programs that have a part in an answer."""
        if name not in self.digests:
            plugins = self.runner.glowplug.parent.parent / "lib/glowplug/plugins"
            files = [self.runner.glowplug, self.runner.glowplug.with_name("npu-device"), plugins / "cpu.so",
                     plugins / "npu-sim.so", self.runner.model(name)]
            text = hashlib.sha256()
            for file in files:
                text.update(file.read_bytes() if file.exists() else b"")
            self.digests[name] = text.hexdigest()
        return self.digests[name]

    def has(self, *place):
        return self.key(*place) in self.known

    def get(self, *place):
        return self.known[self.key(*place)]

    def add(self, place, make):
        """The answer at a place: (model, rows, memory, device). One that is not known yet is made."""
        if not self.has(*place):
            began = time.monotonic()
            answer = make()
            entry = {"key": self.key(*place), "outputs": hashes(answer), "seconds": round(time.monotonic() - began, 1)}
            if "cycles" in answer:
                stalls = json.dumps(answer["stalls"], sort_keys=True).encode()
                entry |= {"cycles": answer["cycles"], "stalls": hashlib.sha256(stalls).hexdigest(),
                          "layers": [[layer["name"], layer["cycles"]] for layer in answer["layers"]]}
            self.known[self.key(*place)] = entry
            if self.path:
                with self.path.open("a") as file:
                    file.write(json.dumps(entry) + "\n")
        return self.get(*place)


def same_times(one, other):
    return all(one[part] == other[part] for part in ("cycles", "layers", "stalls"))


def cycles_off(one, other):
    """By how many cycles the whole or a layer differs, at most."""
    layers = [abs(a - b) for (_, a), (_, b) in zip(one["layers"], other["layers"], strict=True)]
    return max([abs(one["cycles"] - other["cycles"]), *layers])


class Comparison:
    """One network on a machine, on every device."""

    def __init__(self, runner, answers, name, rows, memory):
        self.runner, self.answers, self.place = runner, answers, (name, rows, memory)
        self.program = None

    def ask(self, device, options):
        """The answer of a device; the program is compiled when the first one needs it."""
        name, rows, memory = self.place

        def make():
            self.program = self.program or self.runner.compiled(name, rows, memory)
            return self.runner.on_device(self.program, rows, memory, options)

        return self.answers.add((*self.place, device), make)

    def devices(self, hasChip):
        return {device: self.ask(device, options) for device, options in DEVICES.items() if hasChip or device != WHOLE}

    def slow_memories(self):
        return {memory: self.ask(slow(memory), [*DEVICES[WHOLE], f"slow-memory={memory}"]) for memory in SLOW_MEMORIES}


    def seeded(self, seed, memory=None):
        """With an x-seed, and with a slow memory if one is given: what was run, and the answer."""
        options = [*DEVICES[WHOLE], f"x-seed={seed}", *([f"slow-memory={memory}"] if memory else [])]
        device = f"{slow(memory) if memory else WHOLE}, x-seed {seed}"
        return device, self.ask(device, options)


def differences(where, answers, expected):
    """Of devices that have to be equal to the replay, and to the interpreter's outputs."""
    first = answers["replay"]
    for device, answer in answers.items():
        if answer["outputs"] != expected:
            yield f"{where}, {device}: the outputs are not those of the interpreter"
        if not same_times(answer, first):
            yield (f"{where}, {device}: needs the times of the replay in every layer and stall, {first['cycles']:,} "
                   f"cycles in all, but got {answer['cycles']:,}")


def slow_differences(where, slow_answers, first):
    for memory, answer in slow_answers.items():
        if answer["outputs"] != first["outputs"]:
            yield f"{where}, slow memory {memory}: other outputs"
        if answer["cycles"] == first["cycles"]:
            yield f"{where}, slow memory {memory}: had no effect on the times"


def disturbed_differences(where, comparison, first):
    """Of the whole NPU with slow memories, and after a power-up with other bits, on a good memory and on slow ones."""
    found = comparison.slow_memories()
    yield from slow_differences(where, found, first)
    for seed, (slow_memory, slow_answer) in zip(X_SEEDS, found.items(), strict=True):
        for memory, before in (None, first), (slow_memory, slow_answer):
            device, answer = comparison.seeded(seed, memory)
            if answer["outputs"] != first["outputs"]:
                yield f"{where}, {device}: other outputs"
            if not same_times(answer, before):
                yield (f"{where}, {device}: needs the times without a seed, {before['cycles']:,} cycles, but got "
                       f"{answer['cycles']:,}")


def check_devices(runner, answers, name, sizes, chip_sizes, memories, slow_sizes):
    """Every device gives the interpreter's outputs and the replay's times; a chip with a slow memory the outputs.

    Nor does what a chip holds after power-up change either of them. Yields what differs.
    """
    expected = answers.add((name, 0, "", INTERPRETER), lambda: runner.execute(name, "--backend", "reference"))
    for rows in sizes:
        for memory in memories:
            comparison = Comparison(runner, answers, name, rows, memory)
            got = comparison.devices(rows in chip_sizes)
            cycles = " | ".join(f"{got[device]['cycles']:,}" if device in got else "-" for device in DEVICES)
            print(f"| {name} | {rows} | {memory} | {cycles} |", flush=True)
            where = f"{name} on {rows} x {rows}, {memory} memory"
            yield from differences(where, got, expected["outputs"])
            if memory == memories[0] and rows in chip_sizes and rows in slow_sizes:
                yield from disturbed_differences(where, comparison, got["replay"])
