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

F32 = TensorProto.FLOAT


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
    """What the hello backend takes: element-wise f32 arithmetic, with a broadcast."""
    nodes = [
        helper.make_node("Mul", ["x", "y"], ["xy"], name="mul"),
        helper.make_node("Sub", ["xy", "x"], ["difference"], name="sub"),
        helper.make_node("Relu", ["difference"], ["z"], name="relu"),
    ]
    return model(nodes, [("x", F32, [3, 5]), ("y", F32, [1, 5])], [("z", F32, [3, 5])])


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


MODELS = {
    "hello": {"maps": maps},
    # Sizes that are and are not multiples of a tile.
    "tiles": {"layer": lambda: layer(8, 16, 8), "ragged": lambda: layer(37, 70, 41)},
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
