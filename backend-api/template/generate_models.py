#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the models that the examples are tested with.

usage: generate_models.py OUTDIR

OUTDIR/EXAMPLE/tests/NAME.onnx for each example beside this script. Every run gives the
same bytes. Needs python3-numpy and python3-onnx.
"""

import argparse
import pathlib

import numpy as np
from onnx import TensorProto, helper, numpy_helper

F32, I8, U8, I32 = TensorProto.FLOAT, TensorProto.INT8, TensorProto.UINT8, TensorProto.INT32


def model(nodes, inputs, outputs, constants=()):
    """A model of opset 13; inputs and outputs are (name, type, shape)."""
    values = [[helper.make_tensor_value_info(*port) for port in ports] for ports in (inputs, outputs)]
    graph = helper.make_graph(nodes, "test", *values, initializer=list(constants))
    made = helper.make_model(graph, producer_name="glowplug", opset_imports=[helper.make_opsetid("", 13)])
    made.ir_version = 7
    return made


def constant(name, array):
    return numpy_helper.from_array(np.asarray(array), name)


def maps():
    """What the hello backends take: element-wise f32 arithmetic, with a broadcast."""
    nodes = [
        helper.make_node("Mul", ["x", "y"], ["xy"], name="mul"),
        helper.make_node("Sub", ["xy", "x"], ["difference"], name="sub"),
        helper.make_node("Relu", ["difference"], ["z"], name="relu"),
    ]
    return model(nodes, [("x", F32, [3, 5]), ("y", F32, [1, 5])], [("z", F32, [3, 5])])


class Quantized:
    """Nodes with 8-bit weights, each in the scale that its sums ask for."""

    def __init__(self):
        self.random = np.random.Generator(np.random.PCG64(1))
        self.nodes, self.constants = [], []

    def add(self, name, array):
        self.constants.append(constant(name, array))
        return name

    def scale(self, name, value, zero, dtype):
        return [self.add(f"{name}_scale", np.float32(value)), self.add(f"{name}_zp", dtype(zero))]

    def conv(self, name, source, target, shape, **attributes):
        """`source` and `target` are (value, scale, zero point) of u8."""
        weights = self.random.integers(-100, 100, shape, dtype=np.int8)
        weight_scales = self.random.uniform(0.004, 0.02, shape[0]).astype(np.float32)
        inputs = [source[0], *self.scale(f"{name}_x", *source[1:], np.uint8)]
        inputs += [self.add(f"{name}_w", weights), self.add(f"{name}_w_scale", weight_scales)]
        inputs += [self.add(f"{name}_w_zp", np.zeros(shape[0], np.int8))]
        inputs += self.scale(f"{name}_y", *target[1:], np.uint8)
        inputs += [self.add(f"{name}_b", self.random.integers(-2000, 2000, shape[0], dtype=np.int32))]
        self.nodes.append(helper.make_node("QLinearConv", inputs, [target[0]], name=name, **attributes))

    def matmul(self, name, source, target, shape):
        weights = self.random.integers(0, 255, shape, dtype=np.uint8)
        inputs = [source[0], *self.scale(f"{name}_a", *source[1:], np.uint8)]
        inputs += [self.add(f"{name}_b", weights), *self.scale(f"{name}_b", 0.01, 117, np.uint8)]
        inputs += self.scale(f"{name}_y", *target[1:], np.uint8)
        self.nodes.append(helper.make_node("QLinearMatMul", inputs, [target[0]], name=name))


def convolutions():
    """A plain, a depthwise and a grouped convolution, and a branch that is added."""
    net = Quantized()
    net.conv("plain", ("x", 0.02, 128), ("a", 0.08, 120), (8, 3, 3, 3), pads=[1, 1, 1, 1])
    net.conv("depthwise", ("a", 0.08, 120), ("b", 0.1, 131), (8, 1, 3, 3), group=8, pads=[1, 1, 0, 0])
    net.conv("grouped", ("b", 0.1, 131), ("y", 0.15, 100), (4, 2, 3, 2), group=4, strides=[2, 1], dilations=[1, 2])
    return model(net.nodes, [("x", U8, [1, 3, 9, 8])], [("y", U8, [1, 4, 3, 5])], net.constants)


def products():
    """Matrix products, in a batch too."""
    net = Quantized()
    net.matmul("first", ("x", 0.02, 128), ("h", 0.09, 125), (12, 10))
    net.matmul("second", ("h", 0.09, 125), ("y", 0.15, 130), (10, 7))
    return model(net.nodes, [("x", U8, [2, 5, 12])], [("y", U8, [2, 5, 7])], net.constants)


def layer(rows, depth, columns):
    """A matrix product, a bias and Relu, then an element-wise sum."""
    random = np.random.Generator(np.random.PCG64(2))
    weights = random.uniform(-1, 1, (depth, columns)).astype(np.float32)
    bias = random.uniform(-1, 1, (1, columns)).astype(np.float32)
    nodes = [
        helper.make_node("MatMul", ["x", "weights"], ["product"], name="matmul"),
        helper.make_node("Add", ["product", "bias"], ["sum"], name="bias"),
        helper.make_node("Relu", ["sum"], ["active"], name="relu"),
        helper.make_node("Add", ["active", "skip"], ["y"], name="skip"),
    ]
    inputs = [("x", F32, [rows, depth]), ("skip", F32, [rows, columns])]
    constants = [constant("weights", weights), constant("bias", bias)]
    return model(nodes, inputs, [("y", F32, [rows, columns])], constants)


def chain():
    """Two products, and a map that broadcasts; a value between them is an output too."""
    random = np.random.Generator(np.random.PCG64(3))
    nodes = [
        helper.make_node("MatMul", ["x", "first"], ["product"], name="first"),
        helper.make_node("Relu", ["product"], ["h"], name="relu"),
        helper.make_node("MatMul", ["h", "second"], ["y"], name="second"),
        helper.make_node("Sub", ["h", "column"], ["difference"], name="sub"),
        helper.make_node("Mul", ["difference", "row"], ["z"], name="mul"),
    ]
    inputs = [("x", F32, [20, 33]), ("column", F32, [20, 1]), ("row", F32, [1, 18])]
    outputs = [("y", F32, [20, 5]), ("z", F32, [20, 18]), ("h", F32, [20, 18])]
    constants = [constant(name, random.uniform(-1, 1, shape).astype(np.float32))
                 for name, shape in (("first", (33, 18)), ("second", (18, 5)))]
    return model(nodes, inputs, outputs, constants)


# Sizes that are and are not multiples of a tile; values that pass from op to op.
TILES = {"layer": lambda: layer(8, 16, 8), "ragged": lambda: layer(37, 70, 41), "chain": chain}
MODELS = {
    "hello": {"maps": maps},
    "hello-cpp": {"maps": maps},
    "hello-rust": {"maps": maps},
    "int8": {"convolutions": convolutions, "products": products},
    "tiles": TILES,
    "tiles-c": TILES,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("outdir", type=pathlib.Path)
    outdir = parser.parse_args().outdir
    for example, models in MODELS.items():
        folder = outdir / example / "tests"
        folder.mkdir(parents=True, exist_ok=True)
        for name, make in models.items():
            (folder / f"{name}.onnx").write_bytes(make().SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
