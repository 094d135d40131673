# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Single quantised nodes whose scales, zero points or sizes are wrong."""

import numpy as np
from onnx import AttributeProto

from gp_data.malformed.base import ANY, FLOAT, INT64_MIN, MODEL, OK, File, attribute, floats, node_model

UINT8, INT8, INT32 = 2, 3, 6
MICROSOFT = "com.microsoft"
# The attribute "opset" of QLinearSoftmax; node_model() has a setting of that name.
SOFTMAX_OPSET = attribute("opset", AttributeProto.INT, i=13)
SCALE, ZERO = floats(0.5).reshape(()), np.array(3, np.uint8)
NO_SCALES = {
    "0": 0.0, "minus_0": -0.0, "negative": -0.5, "nan": np.nan, "inf": np.inf, "minus_inf": -np.inf,
}  # fmt: skip

# Of the output, where it is not uint8.
TYPES = {"DequantizeLinear": FLOAT, "ConvInteger": INT32, "MatMulInteger": INT32}


def spoilt():
    for group in (linear(), conv_and_matmul(), integers(), microsoft()):
        for op, name, expect, inputs, *attributes in group:
            attributes = attributes[0] if attributes else {}
            made = node_model(op, inputs, makes=TYPES.get(op, UINT8), **attributes)
            yield File(f"op_{op}_{name}", expect, made.SerializeToString())


def ones(*shape):
    return np.ones(shape, np.float32)


def with_input(inputs, index, other):
    return [*inputs[:index], other, *inputs[index + 1 :]]


def parameters(op, inputs, scales, zeros, attributes, lengths=None):
    """Spoils each scale and each zero point of a node.

    `scales` and `zeros` name them and say which inputs they are; `lengths` says how
    long those may be that have a value per channel.
    """
    lengths = lengths or {}
    for name, index in scales.items():
        for text, number in NO_SCALES.items():
            bad = floats(number).reshape(())
            yield op, f"{name}_{text}", MODEL, with_input(inputs, index, bad), attributes
        if name in lengths:
            bad = np.linspace(0.1, 0.5, lengths[name]).astype(np.float32)
            bad[-1] = np.nan
            spoilt = with_input(inputs, index, bad)
            zero = zeros.get(name.replace("scale", "zero"))
            if zero is not None:
                spoilt = with_input(spoilt, zero, np.full(len(bad), inputs[zero]))
            yield op, f"{name}_last_nan", MODEL, spoilt, attributes
        length = lengths.get(name, 1) + 1
        yield op, f"{name}_length", MODEL, with_input(inputs, index, ones(length)), attributes
        yield op, f"{name}_rank", MODEL, with_input(inputs, index, ones(2, 2)), attributes
        yield op, f"{name}_int", MODEL, with_input(inputs, index, np.array(1, np.int32)), attributes
    for name, index in zeros.items():
        other = np.int8 if inputs[index].dtype == np.uint8 else np.uint8
        yield op, f"{name}_sign", MODEL, with_input(inputs, index, np.array(3, other)), attributes
        for text, dtype in (("float", np.float32), ("int32", np.int32)):
            bad = np.array(3, dtype)
            yield op, f"{name}_{text}", MODEL, with_input(inputs, index, bad), attributes
        bad = np.zeros(lengths.get(name.replace("zero", "scale"), 1) + 1, inputs[index].dtype)
        yield op, f"{name}_length", MODEL, with_input(inputs, index, bad), attributes


def linear():
    """QuantizeLinear and DequantizeLinear."""
    x = [2, 3, 4]
    for op, first in (("QuantizeLinear", x), ("DequantizeLinear", (x, UINT8))):
        full = [first, SCALE, ZERO]
        yield op, "sound", OK, full
        # A zero point of another type is a legal way to ask for that type.
        zeros = {} if op == "QuantizeLinear" else {"zero": 2}
        yield from parameters(op, full, {"its_scale": 1}, {f"its_{z}": i for z, i in zeros.items()}, {})
        axis = {"axis": 1}
        vector = [first, ones(3), np.zeros(3, np.uint8)]
        yield op, "vector_lengths", MODEL, with_input(vector, 2, np.zeros(4, np.uint8)), axis
        yield op, "vector_axis_length", MODEL, [first, ones(4), np.zeros(4, np.uint8)], axis
        yield op, "vector_zero_scalar", ANY, with_input(vector, 2, ZERO), axis
        yield op, "vector_axis_past_rank", MODEL, vector, {"axis": 3}
        yield op, "vector_axis_min", MODEL, vector, {"axis": INT64_MIN}
        for text, number in NO_SCALES.items():
            bad = floats(0.5, number, 0.5)
            yield op, f"vector_{text}", MODEL, with_input(vector, 1, bad), axis
        yield op, "scale_missing", MODEL, [first]
        yield op, "scale_absent", MODEL, [first, None, ZERO]
        tiny = floats(1e-45).reshape(())
        yield op, "its_scale_subnormal", ANY, with_input(full, 1, tiny)
    yield "DequantizeLinear", "int32_zero_3", ANY, [(x, INT32), SCALE, np.array(3, np.int32)]


def conv_and_matmul():
    weights, zero = np.ones((4, 2, 3, 3), np.int8), np.array(0, np.int8)
    full = [([1, 2, 5, 5], UINT8), SCALE, ZERO, weights, SCALE, zero, SCALE, ZERO]
    yield "QLinearConv", "sound", OK, full
    scales = {"x_scale": 1, "w_scale": 4, "y_scale": 6}
    zeros = {"x_zero": 2, "w_zero": 5, "y_zero": 7}
    yield from parameters("QLinearConv", full, scales, zeros, {}, {"w_scale": 4})
    for name, bias in (
        ("length", np.zeros(3, np.int32)), ("rank", np.zeros((4, 1), np.int32)),
        ("int64", np.zeros(4, np.int64)), ("int8", np.zeros(4, np.int8)),
    ):  # fmt: skip
        yield "QLinearConv", f"qbias_{name}", MODEL, [*full, bias]
    full = [([3, 6], UINT8), SCALE, ZERO, np.ones((6, 4), np.int8), SCALE, zero, SCALE, ZERO]
    yield "QLinearMatMul", "sound", OK, full
    names = ("a_scale", "b_scale", "y_scale"), ("a_zero", "b_zero", "y_zero")
    scales, zeros = (dict(zip(n, i)) for n, i in zip(names, ((1, 4, 6), (2, 5, 7))))
    yield from parameters("QLinearMatMul", full, scales, zeros, {}, {"b_scale": 4})
    yield "QLinearMatMul", "inner", MODEL, with_input(full, 3, np.ones((5, 4), np.int8))
    yield "QLinearMatMul", "float", MODEL, with_input(full, 0, [3, 6])
    yield "QLinearMatMul", "seven_inputs", MODEL, full[:7]
    yield "QLinearMatMul", "nine_inputs", MODEL, [*full, ZERO]


def integers():
    x, w = ([1, 2, 5, 5], UINT8), np.ones((4, 2, 3, 3), np.int8)
    yield "ConvInteger", "sound", OK, [x, w, ZERO, np.array(0, np.int8)]
    yield "MatMulInteger", "sound", OK, [([3, 6], UINT8), np.ones((6, 4), np.int8), ZERO]
    for name, zero in (("x_zero_sign", np.array(1, np.int8)), ("x_zero_length", np.zeros(2, np.uint8)),
                       ("x_zero_float", floats(1).reshape(()))):  # fmt: skip
        yield "ConvInteger", name, MODEL, [x, w, zero]
        yield "MatMulInteger", name, MODEL, [([3, 6], UINT8), np.ones((6, 4), np.int8), zero]
    for name, zero in (("w_zero_sign", ZERO), ("w_zero_length", np.zeros(3, np.int8)),
                       ("w_zero_int32", np.array(0, np.int32))):  # fmt: skip
        yield "ConvInteger", name, MODEL, [x, w, None, zero]
        yield "MatMulInteger", name, MODEL, [
            ([3, 6], UINT8), np.ones((6, 4), np.int8), None, zero
        ]  # fmt: skip
    yield "ConvInteger", "int32", MODEL, [([1, 2, 5, 5], INT32), w.astype(np.int32)]
    yield "DynamicQuantizeLinear", "int8", MODEL, [([4], INT8)], {"outputs": 3}
    yield "DynamicQuantizeLinear", "two_inputs", MODEL, [[4], SCALE], {"outputs": 3}
    yield "DynamicQuantizeLinear", "empty", ANY, [[0]], {"outputs": 3}


def microsoft():
    """The operators of com.microsoft."""
    own = {"domain": MICROSOFT}
    x = ([1, 2, 4, 4], UINT8)
    scales, zeros = {"x_scale": 1, "y_scale": 3}, {"x_zero": 2, "y_zero": 4}
    for op, attributes in (
        ("QLinearSigmoid", {}), ("QLinearLeakyRelu", {}), ("QLinearGlobalAveragePool", {}),
        ("QLinearAveragePool", {"kernel_shape": [2, 2]}), ("QLinearSoftmax", {"axis": 1, "the_opset": SOFTMAX_OPSET}),
    ):  # fmt: skip
        attributes = {**attributes, **own}
        yield op, "sound", OK, [x, SCALE, ZERO, SCALE, ZERO], attributes
        yield from parameters(op, [x, SCALE, ZERO, SCALE, ZERO], scales, zeros, attributes)
        yield op, "float", MODEL, [[1, 2, 4, 4], SCALE, ZERO, SCALE, ZERO], attributes
        yield op, "two_inputs", MODEL, [x, SCALE], attributes
    for name, attributes in (
        ("no_kernel", {}), ("stride_0", {"kernel_shape": [2, 2], "strides": [0, 1]}),
        ("kernel_rank", {"kernel_shape": [2]}),
        ("pads_huge", {"kernel_shape": [2, 2], "pads": [2**62] * 4}),
    ):  # fmt: skip
        yield "QLinearAveragePool", name, MODEL, [x, SCALE, ZERO, SCALE, ZERO], {**attributes, **own}

    scales = {"a_scale": 1, "b_scale": 4, "y_scale": 6}
    zeros = {"a_zero": 2, "b_zero": 5, "y_zero": 7}
    for op in ("QLinearAdd", "QLinearMul"):
        full = [x, SCALE, ZERO, x, SCALE, ZERO, SCALE, ZERO]
        yield op, "sound", OK, full, own
        yield from parameters(op, full, scales, zeros, own)
        yield op, "shapes", MODEL, with_input(full, 3, ([3, 4], UINT8)), own
        yield op, "types", MODEL, with_input(full, 3, ([1, 2, 4, 4], INT8)), own

    weights = np.ones((6, 4), np.int8)
    full = [([3, 6], UINT8), SCALE, ZERO, weights, SCALE, np.array(0, np.int8),
            np.zeros(4, np.int32), SCALE, ZERO]  # fmt: skip
    scales = {"a_scale": 1, "b_scale": 4, "y_scale": 7}
    zeros = {"a_zero": 2, "b_zero": 5, "y_zero": 8}
    yield "QGemm", "sound", OK, full, own
    yield from parameters("QGemm", full, scales, zeros, own, {"b_scale": 4})
    for name, index, other in (
        ("inner", 3, np.ones((5, 4), np.int8)), ("rank", 0, ([6], UINT8)),
        ("c_length", 6, np.zeros(3, np.int32)), ("c_float", 6, ones(4)),
    ):  # fmt: skip
        yield "QGemm", name, MODEL, with_input(full, index, other), own

    full = [SCALE, ZERO, x, SCALE, ZERO, x, SCALE, ZERO]
    scales = {"y_scale": 0, "first_scale": 3, "second_scale": 6}
    zeros = {"y_zero": 1, "first_zero": 4, "second_zero": 7}
    along = {"axis": 1, **own}
    yield "QLinearConcat", "sound", OK, full, along
    yield from parameters("QLinearConcat", full, scales, zeros, along)
    yield "QLinearConcat", "no_axis", MODEL, full, own
    yield "QLinearConcat", "axis_past_rank", MODEL, full, {"axis": 4, **own}
    yield "QLinearConcat", "incomplete_triple", MODEL, full[:7], along
    yield "QLinearConcat", "nothing", MODEL, full[:2], along
    yield "QLinearConcat", "shapes", MODEL, with_input(full, 5, ([1, 2, 4, 5], UINT8)), along
