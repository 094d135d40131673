# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Single nodes whose attributes, shapes or types are wrong: arithmetic and layers."""

import numpy as np

from gp_data.malformed.base import (
    ANY,
    INT64,
    INT64_MIN,
    MODEL,
    OK,
    File,
    floats,
    node_model,
)

HUGE = 2**62
BOOL, INT32 = 9, 6


def ones(*shape):
    return np.ones(shape, np.float32)


def spoilt():
    for group in (conv(), pool(), matmul(), normalisation(), elementwise(), quantised()):
        for op, name, expect, *arguments in group:
            inputs, attributes = arguments[0], arguments[1] if len(arguments) > 1 else {}
            made = node_model(op, inputs, **attributes)
            yield File(f"op_{op}_{name}", expect, made.SerializeToString())


def conv():
    x, w = [1, 4, 6, 6], ones(4, 4, 3, 3)
    for name, expect, attributes in [
        ("stride_0", MODEL, {"strides": [0, 0]}),
        ("stride_minus_1", MODEL, {"strides": [-1, 1]}),
        ("stride_2_31", ANY, {"strides": [2**31, 2**31]}),
        ("strides_one", MODEL, {"strides": [1]}),
        ("strides_three", MODEL, {"strides": [1, 1, 1]}),
        ("dilation_0", MODEL, {"dilations": [0, 1]}),
        ("dilation_minus_1", MODEL, {"dilations": [1, -1]}),
        ("dilation_huge", MODEL, {"dilations": [HUGE, HUGE]}),
        ("group_0", MODEL, {"group": 0}),
        ("group_minus_2", MODEL, {"group": -2}),
        ("group_3", MODEL, {"group": 3}),
        ("group_2_of_full_weights", MODEL, {"group": 2}),
        ("group_int64_min", MODEL, {"group": INT64_MIN}),
        ("pads_three", MODEL, {"pads": [0, 0, 0]}),
        ("pads_one", MODEL, {"pads": [1]}),
        ("pads_negative", ANY, {"pads": [-1, 0, 0, 0]}),
        ("pads_very_negative", MODEL, {"pads": [-9, 0, 0, 0]}),
        ("pads_huge", MODEL, {"pads": [HUGE, HUGE, HUGE, HUGE]}),
        ("pads_large", MODEL, {"pads": [2**20] * 4}),
        ("auto_pad_unknown", MODEL, {"auto_pad": "SAME"}),
        ("auto_pad_and_pads", ANY, {"auto_pad": "SAME_UPPER", "pads": [1, 1, 1, 1]}),
        ("kernel_shape_other", MODEL, {"kernel_shape": [2, 2]}),
        ("kernel_shape_rank", MODEL, {"kernel_shape": [3]}),
        ("kernel_beyond_input", MODEL, {"dilations": [3, 3]}),
    ]:
        yield "Conv", name, expect, [x, w], attributes
    for rank in (0, 1, 2, 3, 5, 6, 9):
        yield "Conv", f"weights_rank_{rank}", MODEL, [x, ones(*[1] * rank)]
    for rank in (0, 1, 2, 3, 5, 9):
        yield "Conv", f"input_rank_{rank}", MODEL, [[4] * rank, w]
    yield "Conv", "channels", MODEL, [[1, 5, 6, 6], w]
    yield "Conv", "outputs_of_groups", MODEL, [x, ones(5, 2, 3, 3)], {"group": 2}
    yield "Conv", "bias_length", MODEL, [x, w, ones(3)]
    yield "Conv", "bias_rank", MODEL, [x, w, ones(4, 1)]
    yield "Conv", "no_weights", MODEL, [x]
    yield "Conv", "empty_weights", MODEL, [x, ones(4, 4, 0, 3)]
    yield "Conv", "weights_int", MODEL, [x, w.astype(np.int32)]
    yield "Conv", "input_int", MODEL, [(x, INT32), w.astype(np.int32)]
    yield "Conv", "four_inputs", MODEL, [x, w, ones(4), ones(4)]
    yield "Conv", "empty_batch", ANY, [[0, 4, 6, 6], w]
    for name, expect, attributes in [
        ("stride_0", MODEL, {"strides": [0, 1]}),
        ("group_0", MODEL, {"group": 0}),
        ("pads_beyond_output", MODEL, {"pads": [9, 9, 9, 9]}),
        ("output_padding_negative", MODEL, {"output_padding": [-1, 0]}),
        ("output_shape_negative", MODEL, {"output_shape": [-5, 8]}),
        ("output_shape_rank", MODEL, {"output_shape": [8]}),
        ("output_shape_huge", MODEL, {"output_shape": [2**40, 2**40]}),
        ("stride_huge", MODEL, {"strides": [HUGE, HUGE]}),
    ]:
        yield "ConvTranspose", name, expect, [x, w], attributes
    yield "ConvTranspose", "channels", MODEL, [[1, 5, 6, 6], w]


def pool():
    x = [1, 2, 6, 6]
    for op in ("MaxPool", "AveragePool"):
        for name, expect, attributes in [
            ("no_kernel", MODEL, {}),
            ("kernel_0", MODEL, {"kernel_shape": [0, 0]}),
            ("kernel_minus_1", MODEL, {"kernel_shape": [-1, 2]}),
            ("kernel_rank", MODEL, {"kernel_shape": [2]}),
            ("kernel_huge", MODEL, {"kernel_shape": [HUGE, HUGE]}),
            ("kernel_beyond_input", ANY, {"kernel_shape": [7, 7]}),
            ("stride_0", MODEL, {"kernel_shape": [2, 2], "strides": [0, 1]}),
            ("pads_three", MODEL, {"kernel_shape": [2, 2], "pads": [0, 0, 0]}),
            ("pads_beyond_kernel", ANY, {"kernel_shape": [2, 2], "pads": [2, 2, 2, 2]}),
            ("pads_huge", MODEL, {"kernel_shape": [2, 2], "pads": [HUGE] * 4}),
            ("auto_pad_unknown", MODEL, {"kernel_shape": [2, 2], "auto_pad": "UPPER"}),
            ("ceil_window_outside", ANY,
             {"kernel_shape": [1, 1], "strides": [4, 4], "ceil_mode": 1, "pads": [0, 0, 0, 0]}),
        ]:  # fmt: skip
            yield op, name, expect, [x], attributes
        for rank in (0, 1, 2):
            yield op, f"input_rank_{rank}", MODEL, [[4] * rank], {"kernel_shape": [2, 2]}
    yield "MaxPool", "dilation_0", MODEL, [x], {"kernel_shape": [2, 2], "dilations": [0, 0]}
    yield "MaxPool", "empty_input", ANY, [[1, 2, 0, 6]], {"kernel_shape": [2, 2]}
    yield "GlobalAveragePool", "rank_0", MODEL, [[]]
    yield "GlobalAveragePool", "rank_1", MODEL, [[4]]
    yield "GlobalAveragePool", "empty", ANY, [[1, 2, 0, 0]]


def matmul():
    yield "MatMul", "inner", MODEL, [[3, 4], [5, 6]]
    yield "MatMul", "scalar", MODEL, [[], [5, 6]]
    yield "MatMul", "scalar_right", MODEL, [[3, 4], []]
    yield "MatMul", "vectors", MODEL, [[3], [4]]
    yield "MatMul", "batch", MODEL, [[2, 3, 4], [3, 4, 5]]
    yield "MatMul", "types", MODEL, [[3, 4], ([4, 5], INT32)]
    yield "MatMul", "bool", MODEL, [([3, 4], BOOL), ([4, 5], BOOL)]
    yield "MatMul", "huge", MODEL, [[2**20, 1], [1, 2**20]]
    yield "MatMul", "inner_0", ANY, [[3, 0], [0, 4]]
    yield "Gemm", "inner", MODEL, [[3, 4], [5, 6]]
    yield "Gemm", "inner_transposed", MODEL, [[3, 4], [4, 6]], {"transB": 1}
    yield "Gemm", "rank_1", MODEL, [[4], [4, 6]]
    yield "Gemm", "rank_3", MODEL, [[1, 3, 4], [4, 6]]
    yield "Gemm", "scalar", MODEL, [[], [4, 6]]
    yield "Gemm", "scalar_old", MODEL, [[], [4, 6], [6]], {"opset": 7}
    yield "Gemm", "c_shape", MODEL, [[3, 4], [4, 6], [4]]
    yield "Gemm", "c_rank", MODEL, [[3, 4], [4, 6], [1, 3, 6]]
    yield "Gemm", "c_grows_result", MODEL, [[1, 4], [4, 6], [3, 6]]
    yield "Gemm", "no_c_before_11", MODEL, [[3, 4], [4, 6]], {"opset": 9}
    for equation in ("!!", "ij,jk", "ij,jk->il", "ij->ij", "ij,jk->", "i,j->", "", "ij,jk->>ik",
                     "...ij,...jk->...ik...", "ij,jk,kl->il", "i" * 9 + ",jk->i", "IJ,jk->i1"):  # fmt: skip
        safe = "".join(c if c.isalnum() else "_" for c in equation)[:24]
        yield "Einsum", f"equation_{safe}", ANY if equation == "ij,jk" else MODEL, [
            [3, 4], [5, 6] if equation != "ij,jk->" else [7, 6],
        ], {"equation": equation}  # fmt: skip
    yield "Einsum", "no_equation", MODEL, [[3, 4], [4, 5]]


def normalisation():
    x, c = [2, 3, 4, 4], ones(3)
    for index in range(1, 5):
        parameters = [c] * 4
        parameters[index - 1] = ones(4)
        yield "BatchNormalization", f"length_of_{index}", MODEL, [x] + parameters
        parameters[index - 1] = ones(3, 1)
        yield "BatchNormalization", f"rank_of_{index}", MODEL, [x] + parameters
    yield "BatchNormalization", "three_inputs", MODEL, [x, c, c]
    yield "BatchNormalization", "rank_0", MODEL, [[], c, c, c, c]
    yield "BatchNormalization", "epsilon_nan", ANY, [x, c, c, c, c], {"epsilon": float("nan")}
    yield "InstanceNormalization", "length", MODEL, [x, ones(4), c]
    yield "InstanceNormalization", "rank_2", ANY, [[2, 3], c, c]
    late = {"opset": 17}
    yield "LayerNormalization", "scale", MODEL, [[2, 5], ones(4)], late
    yield "LayerNormalization", "axis", MODEL, [[2, 5], ones(5)], {"axis": 2, **late}
    yield "LayerNormalization", "bias", MODEL, [[2, 5], ones(5), ones(3)], late
    yield "LayerNormalization", "rank_0", MODEL, [[], ones(1)], late
    for size in (0, -1, INT64_MIN):
        yield "LRN", f"size_{size}", MODEL, [x], {"size": size}
    yield "LRN", "size_huge", ANY, [x], {"size": 2**62 + 1}
    yield "LRN", "no_size", MODEL, [x]
    yield "LRN", "rank_1", ANY, [[3]], {"size": 3}
    yield "GroupNormalization", "groups", MODEL, [x, c, c], {"num_groups": 2, "opset": 21}
    yield "GroupNormalization", "groups_0", MODEL, [x, c, c], {"num_groups": 0, "opset": 21}


def elementwise():
    for op in ("Add", "Sub", "Mul", "Div", "Pow"):
        yield op, "shapes", MODEL, [[3, 4], [5]]
        yield op, "types", MODEL if op != "Pow" else ANY, [[3], ([3], INT64)]
        yield op, "one_input", MODEL, [[3]]
        yield op, "three_inputs", MODEL, [[3], [3], [3]]
        yield op, "bool", MODEL, [([3], BOOL), ([3], BOOL)]
        yield op, "empty", OK, [[0], [1]]
    yield "Add", "huge", MODEL, [[2**20, 1], [1, 2**20]]
    yield "Add", "empty_and_3", MODEL, [[0], [3]]
    yield "And", "floats", MODEL, [[3], [3]]
    yield "Not", "float", MODEL, [[3]]
    yield "Where", "condition", MODEL, [[3], [3], [3]]
    yield "Where", "shapes", MODEL, [([3], BOOL), [4], [3]]
    yield "Equal", "types", MODEL, [[3], ([3], INT64)]
    yield "Max", "shapes", MODEL, [[3], [4]]
    yield "Max", "nothing", MODEL, []
    yield "Sum", "types", MODEL, [[3], ([3], INT32)]
    yield "PRelu", "slope", MODEL, [[2, 3], ones(4)]
    yield "Clip", "crossed", OK, [[3], floats(2).reshape(()), floats(1).reshape(())]
    yield "Clip", "bound_rank", MODEL, [[3], floats(1, 2)]
    yield "Clip", "bound_type", MODEL, [[3], np.array(1, np.int64)]
    yield "BitShift", "no_direction", MODEL, [([3], 2), ([3], 2)]
    yield "BitShift", "direction", MODEL, [([3], 2), ([3], 2)], {"direction": "UP"}
    yield "Mod", "float_without_fmod", MODEL, [[3], [3]]
    yield "Erf", "bool", MODEL, [([3], BOOL)]
    yield "Relu", "bool", MODEL, [([3], BOOL)]
    yield "Sqrt", "int", MODEL, [([3], INT64)]
    yield "Cast", "no_to", MODEL, [[3]]
    for to in (0, 8, 99, -1, 2**40):
        yield "Cast", f"to_{to}", MODEL, [[3]], {"to": to}
    yield "Constant", "nothing", MODEL, []
    yield "Constant", "two", MODEL, [], {"value_int": 1, "value_float": 1.0}
    yield "Constant", "string", MODEL, [], {"value_string": "text"}
    yield "Dropout", "training", ANY, [
        [3], floats(0.5).reshape(()), np.array(True)
    ]  # fmt: skip
    for direction in ("sideways", ""):
        yield "LSTM", f"direction_{direction}", MODEL, [[2, 1, 3], ones(1, 8, 3), ones(1, 8, 2)], {
            "hidden_size": 2, "direction": direction,
        }  # fmt: skip
    yield "LSTM", "weights", MODEL, [[2, 1, 3], ones(1, 7, 3), ones(1, 8, 2)], {"hidden_size": 2}
    yield "LSTM", "hidden_size", MODEL, [
        [2, 1, 3], ones(1, 8, 3), ones(1, 8, 2)
    ], {"hidden_size": 2**40}  # fmt: skip


def quantised():
    scale, zero = floats(0.5).reshape(()), np.array(3, np.uint8)
    x = [2, 3, 4]
    yield "QuantizeLinear", "axis_length", MODEL, [x, ones(4), np.zeros(4, np.uint8)], {"axis": 1}
    yield "QuantizeLinear", "axis", MODEL, [x, ones(3), np.zeros(3, np.uint8)], {"axis": 3}
    yield "QuantizeLinear", "axis_min", MODEL, [x, ones(3)], {"axis": INT64_MIN}
    yield "QuantizeLinear", "lengths", MODEL, [x, ones(3), np.zeros(4, np.uint8)], {"axis": 1}
    yield "QuantizeLinear", "scale_rank", MODEL, [x, ones(3, 4), np.zeros((3, 4), np.uint8)]
    yield "QuantizeLinear", "zero_type", MODEL, [x, scale, floats(0).reshape(())]
    yield "QuantizeLinear", "scale_type", MODEL, [x, np.array(1, np.int32), zero]
    yield "QuantizeLinear", "scale_1e38", ANY, [x, floats(1e38).reshape(()), zero]
    yield "DequantizeLinear", "zero_type", MODEL, [(x, 2), scale, np.array(0, np.int8)]
    yield "DequantizeLinear", "float", MODEL, [x, scale, floats(0).reshape(())]
    yield "DequantizeLinear", "axis_length", MODEL, [(x, 2), ones(4), np.zeros(4, np.uint8)], {"axis": 1}
    w = np.ones((4, 2, 3, 3), np.int8)
    w_zero = np.array(0, np.int8)
    full = [([1, 2, 5, 5], 2), scale, zero, w, scale, w_zero, scale, zero]
    for name, index, other in [
        ("input_scale_vector", 1, ones(2)),
        ("input_zero_vector", 2, np.zeros(2, np.uint8)),
        ("weight_scale_length", 4, ones(3)),
        ("weight_zero_type", 5, zero),
        ("output_zero_type", 7, np.array(0, np.int32)),
        ("channels", 3, np.ones((4, 3, 3, 3), np.int8)),
        ("kernel", 3, np.ones((4, 2, 7, 7), np.int8)),
        ("weights_float", 3, ones(4, 2, 3, 3)),
    ]:
        inputs = list(full)
        inputs[index] = other
        yield "QLinearConv", name, MODEL, inputs
    yield "QLinearConv", "bias_float", MODEL, full + [ones(4)]
    yield "QLinearConv", "bias_length", MODEL, full + [np.zeros(3, np.int32)]
    yield "QLinearConv", "seven_inputs", MODEL, full[:7]
    yield "MatMulInteger", "inner", MODEL, [([3, 4], 2), ([5, 6], 2)]
    yield "MatMulInteger", "float", MODEL, [[3, 4], [4, 6]]
    yield "MatMulInteger", "zero_length", MODEL, [([3, 4], 2), ([4, 6], 2), None, np.zeros(5, np.uint8)]
    yield "ConvInteger", "group", MODEL, [([1, 2, 5, 5], 2), np.ones((4, 2, 3, 3), np.uint8)], {"group": 2}
