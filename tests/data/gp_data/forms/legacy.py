# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Operators as they were in version 6, and those that versions 26 to 28 brought."""

import numpy as np
from gp_data.forms.case import Case, Data, plain
from onnx import TensorProto


def numbers(*shape):
    return (np.arange(int(np.prod(shape)), dtype=np.float32) * 5 % 17 - 8).reshape(shape) / 4


def broadcasts():
    x = numbers(2, 3, 4, 5)
    forms = {
        "same": (x[::-1].copy(), {}, (2, 3, 4, 5)),
        "scalar": (np.float32(2), {"broadcast": 1}, ()),
        "one": (np.float32([[2]]), {"broadcast": 1}, (1, 1, 1, 1)),
        "end": (numbers(4, 5) + 3, {"broadcast": 1}, (4, 5)),
        "middle": (numbers(3, 4) + 3, {"broadcast": 1, "axis": 1}, (3, 4, 1)),
        "first": (numbers(2) + 3, {"broadcast": 1, "axis": 0}, (2, 1, 1, 1)),
    }
    for op, function in (("Add", np.add), ("Sub", np.subtract), ("Mul", np.multiply), ("Div", np.divide)):
        for form, (y, attributes, shape) in forms.items():
            y = y + np.float32(9) if op == "Div" else y
            result = function(x, y.reshape(shape)).astype(np.float32)
            yield Case(f"{op.lower()}_{form}_6", op, 6, [Data(x), Data(np.asarray(y))], [Data(result)], attributes)
    y, attributes, shape = forms["middle"]
    for op, function in (("Greater", np.greater), ("Less", np.less)):
        result = function(x, y.reshape(shape))
        yield Case(f"{op.lower()}_6", op, 6, [Data(x), Data(y)], [Data(result)], attributes)
    base = np.abs(x) + 1
    result = np.power(base, y.reshape(shape)).astype(np.float32)
    yield Case("pow_6", "Pow", 6, [Data(base), Data(y)], [Data(result)], attributes)
    a, b = x > 0, y > 3
    for op, function in (("And", np.logical_and), ("Or", np.logical_or), ("Xor", np.logical_xor), ("Equal", np.equal)):
        yield Case(f"{op.lower()}_6", op, 6, [Data(a), Data(b)], [Data(function(a, b.reshape(shape)))], attributes)
    slope = np.float32([0.5, 2, -1])
    result = np.where(x < 0, x * slope[:, None, None], x)
    yield Case("prelu_channels_6", "PRelu", 6, [Data(x), Data(slope)], [Data(result)])


def others():
    a, b = numbers(3, 4), numbers(4, 5)
    bias = numbers(5)
    result = plain(2 * (a @ b) + 0.5 * bias)
    attributes = {"alpha": 2.0, "beta": 0.5, "broadcast": 1}
    yield Case("gemm_broadcast_6", "Gemm", 6, [Data(a), Data(b), Data(bias)], [result], attributes)
    x = numbers(2, 3, 4)
    scale, shift, mean = numbers(3, 4) + 1, numbers(3, 4), numbers(3, 4) / 2
    variance = np.abs(numbers(3, 4)) + 0.5
    result = plain((x - mean) / np.sqrt(variance + np.float32(1e-5)) * scale + shift)
    inputs = [Data(v) for v in (x, scale, shift, mean, variance)]
    for opset, attributes in ((6, {"spatial": 0, "is_test": 1}), (7, {"spatial": 0})):
        yield Case(f"batchnorm_per_element_{opset}", "BatchNormalization", opset, inputs, [result], attributes)
    image = numbers(1, 2, 3, 4)
    result = Data(image.repeat(2, 2).repeat(3, 3))
    yield Case("upsample_6", "Upsample", 6, [Data(image)], [result], {"height_scale": 2.0, "width_scale": 3.0})
    x = numbers(2, 12, 4)
    yield Case("reshape_4", "Reshape", 4, [Data(x)], [Data(x.reshape(8, 12))], {"shape": [8, -1]})


def newer():
    x, y = numbers(4, 6), numbers(6) + np.float32(0.1)
    result = plain(np.mod(x, y))
    yield Case("mod_floats_28", "Mod", 28, [Data(x), Data(y)], [result], {"fmod": 0})
    for reverse in (0, 1):
        for exclusive in (0, 1):
            values = x[:, ::-1] if reverse else x
            running = np.cumprod(values, 1)
            if exclusive:
                running = np.concatenate([np.ones((4, 1), np.float32), running[:, :-1]], 1)
            running = running[:, ::-1] if reverse else running
            attributes = {"reverse": reverse, "exclusive": exclusive}
            inputs = [Data(x), plain(1, np.int64, constant=True)]
            result = plain(np.ascontiguousarray(running))
            yield Case(f"cumprod_{reverse}{exclusive}_26", "CumProd", 26, inputs, [result], attributes)
    image = numbers(1, 2, 4, 6)
    split = image.reshape(1, 2, 2, 2, 3, 2)
    for mode, order in (("DCR", (0, 3, 5, 1, 2, 4)), ("CRD", (0, 1, 3, 5, 2, 4))):
        result = plain(split.transpose(order).reshape(1, 8, 2, 3))
        attributes = {"blocksize": 2, "mode": mode}
        yield Case(f"spacetodepth_{mode.lower()}_28", "SpaceToDepth", 28, [Data(image)], [result], attributes)
    gate, value = numbers(3, 5), numbers(3, 5)[::-1].copy()
    result = plain(gate / (1 + np.exp(-2.0 * gate)) * value)
    yield Case("swiglu_28", "SwiGLU", 28, [Data(gate), Data(value)], [result], {"alpha": 2.0})
    start, limit, delta = (plain(v, np.float16, constant=True) for v in (1, 3, 0.3))
    result = plain(1 + np.arange(7) * np.float32(np.float16(0.3)), np.float16)
    yield Case("range_float16_27", "Range", 27, [start, limit, delta], [result], {"stash_type": TensorProto.FLOAT})


def cases():
    for family in (broadcasts, others, newer):
        yield from family()
