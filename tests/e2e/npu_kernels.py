#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Single matrix products and convolutions, compiled and run on the NPU in RTL: no other byte, and no other cycle.

usage: npu_kernels.py --glowplug FILE --made DIR [--all] [--rows R...] [--only TEXT...]

Each kernel is a quantised model of one operator. It is compiled for the NPU, and `glowplug cosim` runs it on the
SystemC model beside the whole NPU in RTL, and beside array and vector unit in RTL: every command has to start and end
in the cycle of the model, which has to be that of the timing contract, and to write the same bytes. --all runs every
kernel at R = 4, 8 and 16, or at --rows; the whole NPU has to be built for these (GLOWPLUG_CHIP_ROWS). Without it, a few
of each kind run, at R = 4 and 16. --only takes the kernels whose names have one of the texts.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import time

import numpy as np
from onnx import TensorProto, helper, numpy_helper

# M, K, N of products: around R and 2 R, around the 64 bytes of a burst and the 256 rows of an accumulator bank, and
# with operands, sums and results beyond a bank.
FIXED_PRODUCTS = [
    (1, 1, 1), (1, 64, 10), (3, 5, 7), (4, 4, 4), (5, 3, 4), (7, 8, 9), (8, 8, 8), (9, 7, 17), (15, 17, 16),
    (16, 16, 16), (17, 15, 33), (31, 33, 32), (33, 31, 1), (1, 300, 17), (63, 65, 64), (64, 1, 65), (65, 64, 63),
    (100, 50, 25), (128, 257, 12), (129, 127, 31), (255, 40, 9), (256, 16, 16), (257, 24, 20), (300, 1, 3),
    (513, 18, 5), (40, 1100, 6), (12, 700, 40), (6, 90, 300), (200, 100, 60), (511, 129, 30),
]  # fmt: skip

# Channels in and out, height, width, kernel, strides, dilations, groups, pads (top, left, bottom, right). Depthwise
# ones have as many groups as channels, and one or more outputs for each.
CONVOLUTIONS = {
    "1x1": (16, 32, 12, 12, (1, 1), (1, 1), (1, 1), 1, (0, 0, 0, 0)),
    "1x1-odd-channels": (13, 21, 7, 9, (1, 1), (1, 1), (1, 1), 1, (0, 0, 0, 0)),
    "1x1-stride-2": (24, 10, 15, 14, (1, 1), (2, 2), (1, 1), 1, (0, 0, 0, 0)),
    "1x1-one-pixel": (70, 33, 1, 1, (1, 1), (1, 1), (1, 1), 1, (0, 0, 0, 0)),
    "3x3": (16, 16, 14, 14, (3, 3), (1, 1), (1, 1), 1, (1, 1, 1, 1)),
    "3x3-stem": (3, 16, 33, 31, (3, 3), (2, 2), (1, 1), 1, (1, 1, 1, 1)),
    "3x3-no-pads": (5, 7, 9, 11, (3, 3), (1, 1), (1, 1), 1, (0, 0, 0, 0)),
    "3x3-uneven-pads": (9, 17, 10, 8, (3, 3), (2, 2), (1, 1), 1, (0, 0, 1, 1)),
    "3x3-dilation-2": (12, 20, 13, 13, (3, 3), (1, 1), (2, 2), 1, (2, 2, 2, 2)),
    "3x3-dilation-3x1": (8, 6, 17, 9, (3, 3), (1, 1), (3, 1), 1, (3, 1, 3, 1)),
    "3x3-groups-2": (18, 30, 9, 9, (3, 3), (1, 1), (1, 1), 2, (1, 1, 1, 1)),
    "3x3-groups-5": (15, 25, 8, 10, (3, 3), (2, 1), (1, 1), 5, (1, 1, 1, 1)),
    "5x5": (11, 19, 12, 12, (5, 5), (1, 1), (1, 1), 1, (2, 2, 2, 2)),
    "5x5-stride-3": (6, 14, 22, 19, (5, 5), (3, 3), (1, 1), 1, (2, 2, 2, 2)),
    "7x7-stem": (3, 12, 35, 35, (7, 7), (2, 2), (1, 1), 1, (3, 3, 3, 3)),
    "7x7-one-output": (4, 9, 7, 7, (7, 7), (1, 1), (1, 1), 1, (0, 0, 0, 0)),
    "1x7": (10, 10, 9, 16, (1, 7), (1, 1), (1, 1), 1, (0, 3, 0, 3)),
    "7x1": (10, 10, 16, 9, (7, 1), (1, 1), (1, 1), 1, (3, 0, 3, 0)),
    "2x4": (17, 5, 11, 13, (2, 4), (1, 2), (1, 1), 1, (0, 1, 1, 2)),
    "depthwise-3x3": (16, 16, 14, 14, (3, 3), (1, 1), (1, 1), 16, (1, 1, 1, 1)),
    "depthwise-3x3-odd-channels": (19, 19, 9, 13, (3, 3), (1, 1), (1, 1), 19, (1, 1, 1, 1)),
    "depthwise-3x3-stride-2": (24, 24, 15, 16, (3, 3), (2, 2), (1, 1), 24, (0, 0, 1, 1)),
    "depthwise-3x3-no-pads": (7, 7, 10, 10, (3, 3), (1, 1), (1, 1), 7, (0, 0, 0, 0)),
    "depthwise-3x3-stride-3x1": (5, 5, 17, 8, (3, 3), (3, 1), (1, 1), 5, (1, 1, 1, 1)),
    "depthwise-3x3-dilation-2": (8, 8, 12, 12, (3, 3), (1, 1), (2, 2), 8, (2, 2, 2, 2)),
    "depthwise-5x5": (17, 17, 12, 11, (5, 5), (1, 1), (1, 1), 17, (2, 2, 2, 2)),
    "depthwise-5x5-stride-2": (12, 12, 21, 20, (5, 5), (2, 2), (1, 1), 12, (2, 2, 2, 2)),
    "depthwise-7x7": (9, 9, 14, 15, (7, 7), (1, 1), (1, 1), 9, (3, 3, 3, 3)),
    "depthwise-multiplier-2": (8, 16, 11, 11, (3, 3), (1, 1), (1, 1), 8, (1, 1, 1, 1)),
    "depthwise-multiplier-3": (6, 18, 9, 10, (3, 3), (2, 2), (1, 1), 6, (1, 1, 1, 1)),
    "depthwise-1x1": (21, 21, 8, 8, (1, 1), (1, 1), (1, 1), 21, (0, 0, 0, 0)),
}

# What runs without --all.
SMALL = [
    "product-3x5x7", "product-17x15x33-dynamic", "product-9x7x17-dynamic", "product-31x33x32",
    "product-40x1100x6-dynamic", "conv-1x1-odd-channels", "conv-3x3-uneven-pads", "conv-depthwise-3x3-odd-channels",
    "conv-depthwise-3x3-dilation-2",
]  # fmt: skip
MACHINES = {"banked": {"banked": 1, "turnaroundCycles": 4, "refreshInterval": 3900, "refreshCycles": 350}, "ideal": {}}


def products():
    """All of them; every third one with two operands that are not constant."""
    random = np.random.RandomState(13)
    shapes = list(FIXED_PRODUCTS)
    while len(shapes) < 50:
        shapes.append(tuple(int(2 ** random.uniform(0, 8.2)) for _ in range(3)))
    for index, shape in enumerate(shapes):
        isDynamic = index % 3 == 1
        yield f"product-{'x'.join(map(str, shape))}{'-dynamic' if isDynamic else ''}", shape, isDynamic


class Graph:
    """A model of one operator, which takes and gives bytes."""

    def __init__(self, name):
        self.random = np.random.RandomState(sum(name.encode()))
        self.constants, self.inputs = [], []

    def constant(self, name, array):
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def integers(self, name, dtype, shape):
        limits = np.iinfo(dtype)
        return self.constant(name, self.random.randint(limits.min, limits.max + 1, shape).astype(dtype))

    def scale(self, name, value):
        return self.constant(name, np.float32(value))

    def input(self, name, dtype, shape):
        self.inputs.append(helper.make_tensor_value_info(name, dtype, shape))
        return name

    def bytes(self, operator, names, shape, **attributes):
        node = helper.make_node(operator, names, ["y"], name="kernel", **attributes)
        result = helper.make_tensor_value_info("y", TensorProto.UINT8, shape)
        graph = helper.make_graph([node], "g", self.inputs, [result], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
        model.ir_version = 8
        return model.SerializeToString()


def product(name, shape, isDynamic):
    m, k, n = shape
    graph = Graph(name)
    x = [graph.input("x", TensorProto.UINT8, [m, k]), graph.scale("xs", 0.02), graph.constant("xz", np.uint8(117))]
    weights = graph.input("w", TensorProto.INT8, [k, n]) if isDynamic else graph.integers("w", np.int8, (k, n))
    w = [weights, graph.scale("ws", 0.01), graph.constant("wz", np.int8(-3 if isDynamic else 0))]
    y = [graph.scale("ys", 0.01 * k**0.5), graph.constant("yz", np.uint8(128))]
    return graph.bytes("QLinearMatMul", [*x, *w, *y], [m, n])


def convolution(name, sizes):
    channels, filters, height, width, kernel, strides, dilations, groups, pads = sizes
    graph = Graph(name)
    out = [(size + pads[i] + pads[i + 2] - dilations[i] * (kernel[i] - 1) - 1) // strides[i] + 1
           for i, size in enumerate((height, width))]
    terms = channels // groups * kernel[0] * kernel[1]
    x = [graph.input("x", TensorProto.UINT8, [1, channels, height, width]), graph.scale("xs", 0.02),
         graph.constant("xz", np.uint8(131))]
    w = [graph.integers("w", np.int8, (filters, channels // groups, *kernel)),
         graph.constant("ws", graph.random.uniform(0.005, 0.02, filters).astype(np.float32)),
         graph.constant("wz", np.zeros(filters, np.int8))]
    y = [graph.scale("ys", 0.01 * terms**0.5), graph.constant("yz", np.uint8(125))]
    bias = graph.constant("b", graph.random.randint(-5000, 5000, filters).astype(np.int32))
    return graph.bytes("QLinearConv", [*x, *w, *y, bias], [1, filters, *out], kernel_shape=kernel, strides=strides,
                       dilations=dilations, group=groups, pads=pads)


def kernels():
    for name, shape, isDynamic in products():
        yield name, product(name, shape, isDynamic)
    for name, sizes in CONVOLUTIONS.items():
        yield f"conv-{name}", convolution(name, sizes)


class Tester:
    def __init__(self, glowplug, folder):
        self.glowplug, self.folder = glowplug, folder

    def call(self, *arguments):
        command = [str(self.glowplug), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True)
        # 4: cosim found a difference, which its answer tells.
        if done.returncode not in (0, 4):
            raise ValueError(f"{' '.join(command)}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def machine(self, rows, memory):
        path = self.folder / f"npu-{rows}-{memory}.json"
        path.write_text(json.dumps({"array": {"rows": rows}, "dram": MACHINES[memory]}))
        return path

    def check(self, name, model, rows, memory):
        """The cycles of a kernel; a ValueError tells what is wrong."""
        source, program = self.folder / f"{name}.onnx", self.folder / f"{name}-{rows}.gpx"
        machine = self.machine(rows, memory)
        source.write_bytes(model)
        self.call("compile", source, "--recipe", "tosa_single", "--backend", "npu-sim", "-o", program,
                  "--backend-option", f"npu-sim:npu={machine}")
        contract = json.loads(self.call("run", program, "--npu", machine, "--json"))["cycles"]
        for units in ("chip", "array,vector"):
            text = self.call("cosim", program, "--npu", machine, "--units", units, "--exact", "--json")
            wrong = problem(json.loads(text), units, contract)
            if wrong:
                raise ValueError(f"{name}, R = {rows}, {memory} memory, {units}: {wrong}")
        return contract


def problem(answer, units, contract):
    """What is wrong with a comparison; nothing if all is well."""
    if len(answer["parts"]) != 1:
        return f"needs one part on the NPU, but got {len(answer['parts'])}"
    part = answer["parts"][0]
    if part["difference"] or part["commands_that_differ"] or not answer["results_equal"]:
        return f"other bytes: {part['difference']}"
    if part["commands_at_other_times"] or part["hardware_cycles"] != contract or part["model_cycles"] != contract:
        return (f"needs {contract} cycles and no command at another time, but got {part['hardware_cycles']} (model: "
                f"{part['model_cycles']}) and {part['commands_at_other_times']}")
    least = part["commands"] if units == "chip" else 1
    if part["commands_in_hardware"] < least:
        return f"needs {least} commands in hardware, but got {part['commands_in_hardware']}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glowplug", required=True, type=pathlib.Path)
    parser.add_argument("--made", required=True, type=pathlib.Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--rows", nargs="+", type=int)
    parser.add_argument("--only", nargs="+", default=[""])
    options = parser.parse_args()
    shutil.rmtree(options.made, ignore_errors=True)
    options.made.mkdir(parents=True)
    tester = Tester(options.glowplug, options.made)
    names = [name for name, _ in kernels()]
    assert set(SMALL) <= set(names) and len(set(names)) == len(names), "a name is unknown, or two are the same"
    count, failed, cycles, began = 0, 0, 0, time.monotonic()
    for name, model in kernels():
        if (not options.all and name not in SMALL) or not any(text in name for text in options.only):
            continue
        for rows in options.rows or ([4, 8, 16] if options.all else [4, 16]):
            memory = list(MACHINES)[count % len(MACHINES)]
            count += 1
            try:
                took = tester.check(name, model, rows, memory)
                cycles += took
                print(f"{name:<36} R = {rows:<2} {memory:<6} {took:>9,} cycles, 0 off", flush=True)
            except ValueError as wrong:
                failed += 1
                print(f"FAIL {wrong}", flush=True)
    print(f"{count - failed} of {count} kernels in {cycles:,} cycles, 0 off ({time.monotonic() - began:.0f} s)")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
