#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes operators with a tail of element-wise work as ONNX backend test folders.

usage: generate_tails.py OUTDIR

Backends fuse such a tail, and its result may be narrower or wider than what was summed: a matrix product that ended in
float16 once wrote twice its buffer, and one that ended in a comparison aborted the compiler. All numbers are small
integers, so numpy's results are exact in every type. Every run gives the same bytes.
"""

import argparse
import os
import sys

sys.dont_write_bytecode = True

import numpy as np  # noqa: E402
from gp_data import layout  # noqa: E402
from gp_data.build import tensor_bytes  # noqa: E402
from gp_data.half.convert import BFLOAT16, FLOAT16, half_tensor  # noqa: E402
from onnx import TensorProto, helper, mapping, numpy_helper  # noqa: E402

OPSET = 19
WIDTHS = (3, 16, 17, 67)  # around the lanes of every vector register


def node(op, inputs, output, **attributes):
    return helper.make_node(op, inputs, [output], **attributes)


def numbers(shape, first=0):
    """Whole numbers of -3 to 3."""
    count = int(np.prod(shape))
    return ((np.arange(first, first + count) * 5 % 7) - 3).astype(np.float32).reshape(shape)


def products(width):
    """Name, nodes that make 'sum', named inputs, constants, and the value of 'sum'."""
    a, b = numbers((2, 5, 6)), numbers((2, 6, width), 3)
    yield "matmul", [node("MatMul", ["a", "b"], "sum")], {"a": a, "b": b}, {}, a @ b
    c, bias = numbers((width, 6), 1), numbers((width,), 2)
    yield (
        "gemm",
        [node("Gemm", ["a", "c", "bias"], "sum", transB=1)],
        {"a": a[0]},
        {"c": c, "bias": bias},
        a[0] @ c.T + bias,
    )
    yield (
        "einsum",
        [node("Einsum", ["a", "b"], "sum", equation="bij,bjk->bik")],
        {"a": a, "b": b},
        {},
        a @ b,
    )
    x, y = a.astype(np.int8), b.astype(np.int8)
    yield (
        "matmulinteger",
        [node("MatMulInteger", ["a", "b"], "whole"), node("Cast", ["whole"], "sum", to=TensorProto.FLOAT)],
        {"a": x, "b": y},
        {},
        a @ b,
    )
    image, weights = numbers((1, 4, 3, 5)), numbers((width, 4, 1, 1), 1)
    yield (
        "conv",
        [node("Conv", ["a", "w"], "sum")],
        {"a": image},
        {"w": weights},
        np.einsum("nchw,oc->nohw", image, weights[:, :, 0, 0]),
    )
    planes = numbers((1, width, 4, 6))
    windows = planes.reshape(1, width, 2, 2, 3, 2)
    pool = node("MaxPool", ["a"], "sum", kernel_shape=[2, 2], strides=[2, 2])
    yield "maxpool", [pool], {"a": planes}, {}, windows.max((3, 5))
    # Behind a pool, whose result lies in blocks of channels.
    pool = node("MaxPool", ["a"], "pooled", kernel_shape=[2, 2], strides=[2, 2])
    reduce = node("ReduceSum", ["pooled", "axes"], "sum")
    yield (
        "reduce",
        [pool, reduce],
        {"a": planes},
        {"axes": np.array([2, 3], np.int64)},
        windows.max((3, 5)).sum((2, 3), keepdims=True),
    )


def tails(value):
    """Name, nodes from 'sum' to 'y', the type of 'y' and its value."""
    for to in (FLOAT16, BFLOAT16, TensorProto.DOUBLE, TensorProto.INT64, TensorProto.INT16, TensorProto.INT8):
        name = TensorProto.DataType.Name(to).lower()
        yield name, [node("Cast", ["sum"], "y", to=to)], to, value
    relu = [node("Relu", ["sum"], "r"), node("Cast", ["r"], "y", to=FLOAT16)]
    yield "relu_float16", relu, FLOAT16, np.maximum(value, 0)
    residual = [node("Add", ["sum", "sum2"], "r"), node("Cast", ["r"], "y", to=BFLOAT16)]
    twice = [node("Mul", ["sum", "two"], "sum2"), *residual]
    yield "residual_bfloat16", twice, BFLOAT16, value * 3
    yield "greater", [node("Greater", ["sum", "two"], "y")], TensorProto.BOOL, value > 2
    yield "isnan", [node("IsNaN", ["sum"], "y")], TensorProto.BOOL, np.isnan(value)
    yield "bool", [node("Cast", ["sum"], "y", to=TensorProto.BOOL)], TensorProto.BOOL, value != 0


def type_of(array):
    return numpy_helper.from_array(array).data_type


def bytes_of(name, array, dtype):
    if dtype in (FLOAT16, BFLOAT16):
        return half_tensor(name, array, dtype).SerializeToString()
    return tensor_bytes(name, array.astype(mapping.TENSOR_TYPE_TO_NP_TYPE[dtype]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("outdir")
    arguments = parser.parse_args()
    count = 0
    for width in WIDTHS:
        for product, nodes, inputs, constants, value in products(width):
            for tail, more, dtype, result in tails(value):
                constants = {**constants, "two": np.array(2, np.float32)}
                graph = helper.make_graph(
                    nodes + more,
                    "tail",
                    [helper.make_tensor_value_info(k, type_of(v), v.shape) for k, v in inputs.items()],
                    [helper.make_tensor_value_info("y", dtype, result.shape)],
                    [numpy_helper.from_array(v, k) for k, v in constants.items()],
                )
                model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
                folder = os.path.join(arguments.outdir, f"{product}_{width}_{tail}")
                data_set = layout.data_set(folder, 0)
                layout.write_tensors(data_set, "input", inputs.keys(), inputs.values())
                with open(os.path.join(data_set, "output_0.pb"), "wb") as file:
                    file.write(bytes_of("y", result, dtype))
                with open(os.path.join(folder, "model.onnx"), "wb") as file:
                    file.write(model.SerializeToString())
                count += 1
    print(f"{count} cases")


if __name__ == "__main__":
    main()
