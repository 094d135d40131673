# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The engines whose times follow from the start of a command alone: the array and the vector unit."""

from runs import line_bytes

PASS_TAPS = 3  # a pass of the depthwise engine has so many taps in each direction
BIAS_LINES = 4
SCALE_LINES = 5
TABLE_BYTES = 256
WORDS = 4  # cycles that a row of words takes, where a row of bytes takes one


def sync(start):
    """(front_free, end) of a command that does nothing."""
    return start + 1, start + 1


class Array:
    """The queue `matrix`."""

    def __init__(self, config):
        self.rows = config["array.rows"]
        self.pipe = config["array.pipeCycles"]
        self.mesh = config["array.meshCycles"]
        self.load_end = 0
        self.multiply = 0
        self.streamed = 0  # rows of the block before

    def begin(self, start, command):
        """(front_free, end) of a command that starts at `start`."""
        if command["name"] == "sync":
            return sync(start)
        rows = command["out_h"] * command["out_w"]
        for block in range(command["blocks"] * command["kernel_h"] * command["kernel_w"]):
            zero_points = 1 if block == 0 and command["weight_zp_columns"] else 0
            load = max(start, self.load_end, self.multiply)
            self.load_end = load + self.rows + zero_points
            self.multiply = max(self.load_end, self.multiply + self.streamed)
            self.streamed = rows
        return self.load_end, self.multiply + rows + self.mesh * self.rows + self.pipe


class Vector:
    """The queue `vector`."""

    def __init__(self, config):
        self.rows = config["array.rows"]
        self.pipe = config["vector.pipeCycles"]
        self.fill = config["depthwise.fillCycles"]
        self.load_end = 0
        self.stream = 0
        self.streamed = 0  # cycles of the command before

    def begin(self, start, command):
        """(front_free, end) of a command that starts at `start`."""
        if command["name"] == "sync":
            return sync(start)
        load = max(start, self.load_end, self.stream)
        self.load_end = load + self.parameters(command)
        self.stream = max(self.load_end, self.stream + self.streamed)
        self.streamed = self.cycles(command)
        return max(self.load_end, load + 1), self.stream + self.streamed + self.pipe

    def parameters(self, command):
        """L: what it takes to load the parameters."""
        if command["name"] == "transpose":
            return 0
        scales = command["rescale"]
        if command["name"] == "vector":
            scales += command["a_rescale"] + (command["b_rescale"] if command["op"] != "copy" else 0)
        cycles = BIAS_LINES * command["bias"] + SCALE_LINES * scales
        if command["lookup"]:
            cycles += TABLE_BYTES // line_bytes(self.rows)
        if command["name"] == "depthwise" and command["op"] == "mac":
            cycles += command["kernel_h"] * command["kernel_w"] + command["weight_zp_columns"]
        return cycles

    def cycles(self, command):
        """S: what it takes to stream the inputs."""
        if command["name"] == "transpose":
            return (command["count0"] * command["count1"] + 1) * self.rows
        results = WORDS if command["dst_kind"] == "words" else 1
        if command["name"] == "depthwise":
            return self.fill + depthwise_cycles(command, results)
        inputs = WORDS if command["a_kind"] == "words" else 1
        inner, outer = command["count0"], command["count1"]
        if command["reduce"] == "none":
            return inner * outer * max(inputs, results)
        rest = WORDS - 1 if inputs == 1 and results == WORDS else 0
        return outer * max(inner * inputs, results) + rest


def parts(size):
    """The passes along one side of a window: (first tap, taps)."""
    return [(first, min(PASS_TAPS, size - first)) for first in range(0, size, PASS_TAPS)]


def sweep(part, outputs, stride, pad, inputs):
    """What passes along one side for a part of a window: how much, before the first output, and beyond the input."""
    first, taps = part
    complete = first + taps - 1 - pad
    begin = min(max(first - pad, 0), complete)
    end = (outputs - 1) * stride + complete + 1
    return end - begin, complete - begin, end - max(begin, min(end, inputs))


def pass_cycles(rows, columns):
    (height, _, _), (width, before, after) = rows, columns
    overlap = min(before, after)
    return height * (width - overlap) + overlap


def depthwise_cycles(command, results):
    rows, columns = (
        [
            sweep(part, command[f"out_{d}"], command[f"stride_{d}"], command[pad], command[f"in_{d}"])
            for part in parts(command[f"kernel_{d}"])
        ]
        for d, pad in (("h", "pad_top"), ("w", "pad_left"))
    )
    passes = [pass_cycles(height, width) for height in rows for width in columns]
    return sum(passes) + command["out_h"] * command["out_w"] * (results - 1)
