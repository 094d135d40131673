# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Single nodes that move data, with wrong axes, indices and sizes."""

import numpy as np

from gp_data.malformed.base import (
    ANY,
    INT64,
    INT64_MAX,
    INT64_MIN,
    MODEL,
    OK,
    File,
    floats,
    ints,
    node_model,
)

X = [2, 3, 4]


def spoilt():
    groups = (axes(), reshapes(), slices(), gathers(), pads(), growth(), resizes(), others())
    for group in groups:
        for op, name, expect, *arguments in group:
            inputs, attributes = arguments[0], arguments[1] if len(arguments) > 1 else {}
            made = node_model(op, inputs, **attributes)
            yield File(f"op_{op}_{name}", expect, made.SerializeToString())
    for file in degenerate():
        yield file


def axes():
    bad = [("3", 3), ("minus_4", -4), ("min", INT64_MIN), ("max", INT64_MAX)]
    for op in ("Softmax", "LogSoftmax", "Hardmax", "ArgMax", "ArgMin", "LpNormalization"):
        for name, axis in bad:
            yield op, f"axis_{name}", MODEL, [X], {"axis": axis}
    for name, axis in bad:
        if name != "3":
            yield "Flatten", f"axis_{name}", MODEL, [X], {"axis": axis}
        yield "Concat", f"axis_{name}", MODEL, [X, X], {"axis": axis}
        yield "ReduceMean", f"axes_{name}", MODEL, [X], {"axes": [axis]}
        yield "ReduceSum", f"axes_{name}", MODEL, [X, ints(axis)]
        yield "Unsqueeze", f"axes_{name}", ANY if name in ("3", "minus_4") else MODEL, [X, ints(axis)]
        yield "Squeeze", f"axes_{name}", MODEL, [X, ints(axis)]
        yield "Gather", f"axis_{name}", MODEL, [X, ints(0)], {"axis": axis}
        yield "Split", f"axis_{name}", MODEL, [X], {"axis": axis, "outputs": 2}
        yield "CumSum", f"axis_{name}", MODEL, [X, np.array(axis, np.int64)]
        yield "TopK", f"axis_{name}", MODEL, [X, ints(1)], {"axis": axis, "outputs": 2}
    yield "Flatten", "axis_4", MODEL, [X], {"axis": 4}
    yield "ReduceMean", "axes_twice", ANY, [X], {"axes": [1, -2]}
    yield "ReduceSum", "axes_float", MODEL, [X, floats(1)]
    yield "ReduceSum", "axes_matrix", MODEL, [X, np.zeros((1, 1), np.int64)]
    yield "ReduceMax", "empty", ANY, [[2, 0]], {"axes": [1]}
    yield "ArgMax", "empty", MODEL, [[2, 0]], {"axis": 1}
    yield "Softmax", "rank_0", ANY, [[]]
    yield "CumSum", "axis_vector", ANY, [X, ints(0, 1)]
    yield "Squeeze", "not_1", MODEL, [X, ints(1)]
    yield "Unsqueeze", "twice", MODEL, [X, ints(0, 0)]
    yield "Unsqueeze", "twice_negative", MODEL, [X, ints(0, -5)]
    yield "Unsqueeze", "past_rank_8", MODEL, [[1] * 8, ints(0)]
    yield "Unsqueeze", "no_axes", MODEL, [X]
    for name, perm in {
        "repeated": [0, 0, 1], "short": [1, 0], "long": [0, 1, 2, 3], "negative": [-1, 0, 1],
        "outside": [0, 1, 3],
    }.items():  # fmt: skip
        yield "Transpose", f"perm_{name}", MODEL, [X], {"perm": perm}


def reshapes():
    for name, shape in {
        "two_minus_1": [-1, -1], "product": [5, 5], "minus_2": [-2, 12], "min": [INT64_MIN, 2],
        "zero_outside": [2, 3, 4, 0], "minus_1_uneven": [-1, 5], "huge": [2**62, 2**62],
        "wraps": [2**32, 2**32, 24], "minus_1_of_0": [0, -1, 0, 0], "none": [],
        "rank_9": [1] * 7 + [2, 12],
    }.items():  # fmt: skip
        yield "Reshape", name, MODEL, [X, np.array(shape, np.int64)]
    late = {"opset": 14, "allowzero": 1}
    yield "Reshape", "allow_zero_and_minus_1", MODEL, [[0, 3], ints(0, -1)], late
    yield "Reshape", "allow_zero_of_24", MODEL, [X, ints(0, 24)], late
    yield "Reshape", "shape_float", MODEL, [X, floats(4, 6)]
    yield "Reshape", "shape_matrix", MODEL, [X, ints(4, 6).reshape(1, 2)]
    yield "Reshape", "shape_scalar", ANY, [X, np.array(24, np.int64)]
    yield "Reshape", "no_shape", MODEL, [X]


def slices():
    x = [6, 7]
    yield "Slice", "step_0", MODEL, [x, ints(0), ints(3), ints(0), ints(0)]
    yield "Slice", "start_after_end", OK, [x, ints(4), ints(2), ints(0)]
    yield "Slice", "all_min", OK, [x, ints(INT64_MIN), ints(INT64_MAX), ints(0)]
    yield "Slice", "step_min", OK, [x, ints(5), ints(INT64_MIN), ints(0), ints(INT64_MIN)]
    yield "Slice", "step_max", OK, [x, ints(0), ints(INT64_MAX), ints(0), ints(INT64_MAX)]
    yield "Slice", "axis_2", MODEL, [x, ints(0), ints(1), ints(2)]
    yield "Slice", "axis_min", MODEL, [x, ints(0), ints(1), ints(INT64_MIN)]
    yield "Slice", "axes_twice", MODEL, [x, ints(0, 0), ints(1, 1), ints(0, -2)]
    yield "Slice", "lengths", MODEL, [x, ints(0, 0), ints(1)]
    yield "Slice", "axes_length", MODEL, [x, ints(0), ints(1), ints(0, 1)]
    yield "Slice", "steps_length", MODEL, [x, ints(0), ints(1), ints(0), ints(1, 1)]
    yield "Slice", "too_many", MODEL, [x, ints(0, 0, 0), ints(1, 1, 1)]
    yield "Slice", "floats", MODEL, [x, floats(0), floats(1)]
    yield "Slice", "matrix", MODEL, [x, ints(0).reshape(1, 1), ints(1).reshape(1, 1)]
    yield "Slice", "rank_0", MODEL, [[], ints(0), ints(1)]
    yield "Slice", "no_ends", MODEL, [x, ints(0)]
    yield "Slice", "old_lengths", MODEL, [x], {"opset": 9, "starts": [0, 0], "ends": [1]}
    yield "Slice", "old_no_starts", MODEL, [x], {"opset": 9, "ends": [1]}
    yield "Split", "sum", MODEL, [[6], ints(2, 3)], {"outputs": 2}
    yield "Split", "negative", MODEL, [[6], ints(-2, 8)], {"outputs": 2}
    yield "Split", "wraps", MODEL, [[6], ints(INT64_MAX, INT64_MAX, 8)], {"outputs": 3}
    yield "Split", "count", MODEL, [[6], ints(2, 4)], {"outputs": 3}
    yield "Split", "uneven", MODEL, [[7]], {"outputs": 2}
    yield "Split", "num_outputs", MODEL, [[6]], {"outputs": 2, "num_outputs": 3, "opset": 18}


def gathers():
    yield "Gather", "index_outside", ANY, [X, ints(9)]
    yield "Gather", "index_min", ANY, [X, ints(INT64_MIN)]
    yield "Gather", "index_float", MODEL, [X, floats(0)]
    yield "Gather", "of_scalar", MODEL, [[], ints(0)]
    yield "Gather", "of_empty", ANY, [[0, 3], ints(0)]
    yield "Gather", "past_rank_8", MODEL, [[2] * 5, np.zeros((1,) * 5, np.int64)]
    yield "GatherElements", "rank", MODEL, [X, ints(0)]
    yield "GatherElements", "axis", MODEL, [X, np.zeros((2, 3, 4), np.int64)], {"axis": 3}
    yield "GatherElements", "larger", MODEL, [X, np.zeros((2, 4, 5), np.int64)]
    yield "GatherND", "depth", MODEL, [X, np.zeros((2, 4), np.int64)]
    yield "GatherND", "depth_0", ANY, [X, np.zeros((2, 0), np.int64)]
    yield "GatherND", "scalar", MODEL, [X, np.array(0, np.int64)]
    yield "GatherND", "batch_dims", MODEL, [X, np.zeros((2, 1), np.int64)], {"batch_dims": 3}
    yield "GatherND", "batch_sizes", MODEL, [X, np.zeros((3, 1), np.int64)], {"batch_dims": 1}
    yield "GatherND", "batch_negative", MODEL, [X, np.zeros((2, 1), np.int64)], {"batch_dims": -1}
    yield "ScatterElements", "updates", MODEL, [[3, 4], np.zeros((1, 2), np.int64), [1, 3]]
    yield "ScatterElements", "rank", MODEL, [[3, 4], ints(0), [1]]
    yield "ScatterElements", "outside", ANY, [[3], ints(7), [1]]
    yield "ScatterElements", "types", MODEL, [[3], ints(0), ([1], INT64)]
    late = {"opset": 16, "reduction": "median"}
    yield "ScatterElements", "reduction", MODEL, [[3], ints(0), [1]], late
    yield "ScatterND", "updates", MODEL, [X, np.zeros((2, 1), np.int64), [2, 3, 5]]
    yield "ScatterND", "depth", MODEL, [X, np.zeros((2, 4), np.int64), [2]]
    yield "ScatterND", "scalar", MODEL, [X, np.array(0, np.int64), [3, 4]]
    yield "OneHot", "depth_negative", MODEL, [([3], INT64), np.array(-4, np.int64), floats(0, 1)]
    yield "OneHot", "depth_huge", MODEL, [([3], INT64), np.array(2**60, np.int64), floats(0, 1)]
    yield "OneHot", "depth_vector", MODEL, [([3], INT64), ints(4, 5), floats(0, 1)]
    yield "OneHot", "values_3", MODEL, [([3], INT64), np.array(4, np.int64), floats(0, 1, 2)]
    yield "OneHot", "axis", MODEL, [([3], INT64), np.array(4, np.int64), floats(0, 1)], {"axis": 2}
    outputs = {"outputs": 2}
    yield "TopK", "beyond", MODEL, [X, ints(9)], outputs
    yield "TopK", "negative", MODEL, [X, ints(-1)], outputs
    yield "TopK", "k_vector", MODEL, [X, ints(1, 2)], outputs
    yield "TopK", "k_float", MODEL, [X, floats(1)], outputs
    yield "TopK", "old_no_k", MODEL, [X], {"opset": 9, **outputs}
    yield "Compress", "condition_rank", MODEL, [X, np.ones((1, 1), np.bool_)]
    yield "ReverseSequence", "lengths", MODEL, [[4, 2], ints(1, 2, 3)]
    yield "ReverseSequence", "same_axis", MODEL, [[4, 2], ints(1, 2)], {"time_axis": 1, "batch_axis": 1}


def pads():
    x = [3, 4]
    for name, expect, counts in [
        ("count", MODEL, [1, 1]),
        ("odd", MODEL, [1, 1, 1]),
        ("beyond_negative", MODEL, [-2, 0, -2, 0]),
        ("very_negative", MODEL, [INT64_MIN, 0, 0, 0]),
        ("huge", MODEL, [2**60, 0, 0, 2**60]),
        ("sum_wraps", MODEL, [INT64_MAX, 0, INT64_MAX, 0]),
        ("large", MODEL, [2**20, 2**20, 0, 0]),
    ]:
        yield "Pad", name, expect, [x, ints(*counts)]
    yield "Pad", "mode", MODEL, [x, ints(0, 0, 1, 1)], {"mode": "mirror"}
    yield "Pad", "reflect_beyond", ANY, [x, ints(5, 0, 0, 0)], {"mode": "reflect"}
    yield "Pad", "edge_of_empty", MODEL, [[0, 4], ints(1, 0, 0, 0)], {"mode": "edge"}
    yield "Pad", "value_vector", ANY, [x, ints(0, 0, 1, 1), floats(1, 2)]
    yield "Pad", "value_type", MODEL, [x, ints(0, 0, 1, 1), np.array(1, np.int64)]
    yield "Pad", "pads_float", MODEL, [x, floats(0, 0, 1, 1)]
    yield "Pad", "old_no_pads", MODEL, [x], {"opset": 9}
    late = {"opset": 18}
    yield "Pad", "axes_count", MODEL, [x, ints(1, 1), None, ints(0, 1)], late
    yield "Pad", "axes_outside", MODEL, [x, ints(1, 1), None, ints(2)], late
    yield "Pad", "axes_twice", MODEL, [x, ints(1, 1, 1, 1), None, ints(0, -2)], late


def growth():
    """A few bytes that ask for petabytes, at compile time already."""
    yield "Tile", "huge", MODEL, [[3], ints(2**60)]
    yield "Tile", "constant_huge", MODEL, [floats(1, 2), ints(2**60)]
    yield "Tile", "wraps", MODEL, [[2, 2], ints(2**62, 2**62)]
    yield "Tile", "negative", MODEL, [[3], ints(-1)]
    yield "Tile", "count", MODEL, [[3], ints(1, 2)]
    yield "Expand", "huge", MODEL, [[1], ints(2**60)]
    yield "Expand", "constant_huge", MODEL, [floats(1), ints(2**40, 2**20)]
    yield "Expand", "other", MODEL, [[3], ints(4)]
    yield "Expand", "negative", MODEL, [[3], ints(-1)]
    yield "Expand", "rank_9", MODEL, [[3], ints(*[1] * 8, 3)]
    for name, shape in [("huge", [2**60]), ("wraps", [2**32, 2**32]), ("negative", [-1]),
                        ("past_2_31", [2**16, 2**15]), ("rank_9", [1] * 9)]:  # fmt: skip
        yield "ConstantOfShape", name, MODEL, [np.array(shape, np.int64)]
    for name, numbers in {
        "huge": (0, 2**60, 1), "delta_0": (0, 5, 0), "past_2_31": (0, 2**31, 1),
        "wraps": (INT64_MIN, INT64_MAX, 1),
    }.items():  # fmt: skip
        yield "Range", name, MODEL, [np.array(number, np.int64) for number in numbers]
    for name, numbers in {
        "nan": (0, np.nan, 1), "inf": (0, np.inf, 1), "delta_nan": (0, 5, np.nan),
        "delta_tiny": (0, 1, 1e-30), "delta_0_float": (0, 1, 0),
    }.items():  # fmt: skip
        yield "Range", name, MODEL, [np.array(number, np.float32) for number in numbers]
    yield "Range", "types", MODEL, [np.array(0), np.array(5), np.array(1, np.float32)]
    yield "Range", "vector", ANY, [ints(0), ints(5), ints(1)]
    yield "EyeLike", "rank_3", MODEL, [X]
    yield "EyeLike", "dtype", MODEL, [[3, 3]], {"dtype": 99}
    yield "Concat", "huge", MODEL, [[2**30, 1], [2**30, 1]], {"axis": 0}


def resizes():
    x = [1, 1, 4, 4]
    none = floats()
    for name, scales in {
        "scale_0": [1, 1, 0, 1], "scale_negative": [1, 1, -2, 2], "scale_nan": [1, 1, np.nan, 1],
        "scale_inf": [1, 1, np.inf, 1], "scale_huge": [1, 1, 1e30, 1e30], "scale_count": [2, 2],
        "scale_large": [1, 1, 1e6, 1e6],
    }.items():  # fmt: skip
        yield "Resize", name, MODEL, [x, none, floats(*scales)]
    yield "Resize", "scale_tiny", ANY, [x, none, floats(1, 1, 1e-9, 1)]
    yield "Resize", "sizes_huge", MODEL, [x, none, none, ints(1, 1, 2**60, 2**60)]
    yield "Resize", "sizes_negative", MODEL, [x, none, none, ints(1, 1, -4, 4)]
    yield "Resize", "sizes_count", MODEL, [x, none, none, ints(8, 8)]
    yield "Resize", "both", MODEL, [x, none, floats(1, 1, 2, 2), ints(1, 1, 8, 8)]
    yield "Resize", "neither", MODEL, [x, none, none]
    yield "Resize", "mode", MODEL, [x, none, floats(1, 1, 2, 2)], {"mode": "sharp"}
    for key in ("coordinate_transformation_mode", "nearest_mode"):
        yield "Resize", key, MODEL, [x, none, floats(1, 1, 2, 2)], {key: "wild"}
    crop = {"coordinate_transformation_mode": "tf_crop_and_resize", "mode": "linear"}
    yield "Resize", "roi_count", MODEL, [x, floats(0, 0, 1, 1), floats(1, 1, 2, 2)], crop
    yield "Resize", "empty_input", ANY, [[1, 1, 0, 4], none, floats(1, 1, 2, 2)]
    old = {"opset": 7}
    yield "Upsample", "scale_0", MODEL, [x], {"scales": [1.0, 1.0, 0.0, 1.0], **old}
    yield "Upsample", "no_scales", MODEL, [x], old
    yield "Upsample", "count", MODEL, [x], {"scales": [2.0], **old}


def others():
    for op in ("DepthToSpace", "SpaceToDepth"):
        for size in (0, -2, 3, 2**40):
            yield op, f"block_{size}", MODEL, [[1, 8, 4, 4]], {"blocksize": size}
        yield op, "rank", MODEL, [[8, 4, 4]], {"blocksize": 2}
        yield op, "no_block", MODEL, [[1, 8, 4, 4]]
    yield "DepthToSpace", "mode", MODEL, [[1, 8, 4, 4]], {"blocksize": 2, "mode": "XYZ"}
    yield "Concat", "nothing", MODEL, [], {"axis": 0}
    yield "Concat", "no_axis", MODEL, [X, X]
    yield "Concat", "ranks", MODEL, [[2, 3], [2, 3, 1]], {"axis": 0}
    yield "Concat", "sizes", MODEL, [[2, 3], [2, 4]], {"axis": 0}
    yield "Concat", "types", MODEL, [[2], ([2], INT64)], {"axis": 0}
    yield "Concat", "scalars", MODEL, [[], []], {"axis": 0}
    yield "Trilu", "rank_1", MODEL, [[3]], {"opset": 14}
    yield "Trilu", "k_max", ANY, [[3, 3], np.array(INT64_MAX, np.int64)], {"opset": 14}
    yield "Trilu", "k_min", ANY, [[3, 3], np.array(INT64_MIN, np.int64)], {"opset": 14}
    yield "Transpose", "perm_of_scalar", MODEL, [[]], {"perm": [0]}
    yield "Identity", "nothing", MODEL, []
    yield "Shape", "nothing", MODEL, []
    yield "NonZero", "data_dependent", ANY, [X]
    yield "LpPool", "kernel_0", MODEL, [[1, 1, 4]], {"kernel_shape": [0]}
    yield "GridSample", "last_dim", MODEL, [[1, 1, 4, 4], [1, 2, 2, 3]], {"opset": 16}


# Operators that take one tensor and nothing else of need.
ONE_INPUT = """Abs ArgMax Cast Ceil Clip CumSum DepthToSpace Elu Erf Exp Flatten GlobalAveragePool
GlobalMaxPool HardSigmoid Hardmax Identity InstanceNormalization LRN LeakyRelu Log LogSoftmax
LpNormalization MaxPool MeanVarianceNormalization Neg NonZero Not OneHot Pad Reciprocal ReduceL1
ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum
ReduceSumSquare Relu Reshape Round Selu Shape Sigmoid Sign Sin Size Slice Softmax Softplus
SpaceToDepth Split Sqrt Squeeze Tanh Tile TopK Transpose Unsqueeze Where""".split()


def degenerate():
    """Every operator on a scalar, on nothing, and on an empty tensor."""
    for op in ONE_INPUT:
        for name, shape in {"scalar": [], "empty": [0], "empty_4d": [2, 0, 3, 3]}.items():
            made = node_model(op, [shape])
            yield File(f"lone_{op}_{name}", ANY, made.SerializeToString())
    for op in ("Add", "Conv", "MatMul", "Gemm", "Concat", "Gather", "Expand", "Pow", "Max"):
        for name, shape in {"scalar": [], "empty": [0], "empty_4d": [2, 0, 3, 3]}.items():
            made = node_model(op, [shape, shape])
            yield File(f"pair_{op}_{name}", ANY, made.SerializeToString())
