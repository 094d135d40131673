# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Conversions to and from half types, with outputs by definition: the nearest number, ties to even, or infinity."""

import numpy as np
from onnx import TensorProto, helper

from gp_data.half import numbers

FLOATS = [
    0.0, -0.0, 1.0, -1.5, 65504.0, 65519.996, 65520.0, -65520.0, 65535.0, 1e6, 3.38e38, 3.4e38, -3.4028235e38,
    2.0**-14, 2.0**-24, 2.0**-25, 2.0**-25 * 1.0000001, -(2.0**-25), 2.0**-26, 6e-5, 1e-38, 1e-40,
    2049.0, 2051.0, 257.0, 259.0, np.inf, -np.inf, np.nan,
]  # fmt: skip
INTEGERS = [0, 1, -1, 2049, 2051, -2049, 257, 259, 65504, 65519, 65520, -65520, 100000, 2**24 + 1, 2**31 - 1]
# Next to ties of float16 and of bfloat16 by less than a float32 tells.
DOUBLES = [1 + 2.0**-11 + 2.0**-40, 1 + 2.0**-8 + 2.0**-40, 1 + 3 * 2.0**-11 - 2.0**-40, 65520 - 1e-6, 1 - 2.0**-50]


def nearest(array, dtype):
    """The nearest half numbers of float64 ones or integers, as float32; rounded once."""
    wide = np.asarray(array, np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        if dtype == TensorProto.FLOAT16:
            return wide.astype(np.float16).astype(np.float32)
        # Rounding to odd on the way keeps what lies beside a tie beside it.
        narrow = wide.astype(np.float32)
        bits = narrow.view(np.int32)
        past = np.abs(narrow.astype(np.float64)) > np.abs(wide)
        exact = narrow.astype(np.float64) == wide
        odd = np.where(past & ~exact, bits - 1, bits) | np.where(exact | ~np.isfinite(wide), 0, 1)
    return numbers.rounded(odd.astype(np.int32).view(np.float32), dtype)


def _model(name, source, target, count):
    node = helper.make_node("Cast", ["x"], ["y"], to=target)
    graph = helper.make_graph(
        [node], name, [helper.make_tensor_value_info("x", source, [count])],
        [helper.make_tensor_value_info("y", target, [count])],
    )  # fmt: skip
    return helper.make_model(
        graph, producer_name="glowplug-test-data", ir_version=7, opset_imports=[helper.make_opsetid("", 13)]
    )


def cases(dtype):
    """(name, model, inputs, outputs); halves are float32 arrays."""
    title = {TensorProto.FLOAT16: "f16", TensorProto.BFLOAT16: "bf16"}[dtype]
    sources = {
        "f32": (TensorProto.FLOAT, np.array(FLOATS, np.float32)),
        "f64": (TensorProto.DOUBLE, np.array(DOUBLES + [-d for d in DOUBLES] + FLOATS, np.float64)),
        "i32": (TensorProto.INT32, np.array(INTEGERS, np.int32)),
        "i64": (TensorProto.INT64, np.array([*INTEGERS, 2**62 + 1, -(2**63)], np.int64)),
        "u8": (TensorProto.UINT8, np.arange(256, dtype=np.uint8)),
        "bool": (TensorProto.BOOL, np.array([True, False])),
    }
    for source, (kind, array) in sources.items():
        name = f"cast_{source}_to_{title}"
        yield name, _model(name, kind, dtype, array.size), [array], [nearest(array, dtype)]
    halves = numbers.rounded(np.array(FLOATS, np.float32), dtype)
    small = np.array([0, -0.0, 0.75, -0.75, 1.5, 2.5, -7.9, 127, 100.5], np.float32)
    small = numbers.rounded(small, dtype)
    targets = {
        "f32": (TensorProto.FLOAT, halves, halves),
        "f64": (TensorProto.DOUBLE, halves, halves.astype(np.float64)),
        "i8": (TensorProto.INT8, small, np.trunc(small).astype(np.int8)),
        "i64": (TensorProto.INT64, small, np.trunc(small).astype(np.int64)),
        "bool": (TensorProto.BOOL, small, small != 0),
    }
    for target, (kind, array, wanted) in targets.items():
        name = f"cast_{title}_to_{target}"
        yield name, _model(name, dtype, kind, array.size), [array], [wanted]
    other = TensorProto.BFLOAT16 if dtype == TensorProto.FLOAT16 else TensorProto.FLOAT16
    name = f"cast_{title}_to_other_half"
    yield name, _model(name, dtype, other, halves.size), [halves], [nearest(halves, other)]
