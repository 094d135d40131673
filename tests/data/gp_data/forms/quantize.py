# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""QuantizeLinear and DequantizeLinear of types of 2 to 8 bits and in blocks, and MatMulNBits."""

import numpy as np
from gp_data.forms.case import Case, Data, plain
from gp_data.forms.storage import E2M1, E4M3FN, E5M2, E8M0, INT4, INTEGERS, pack
from onnx import TensorProto

OPSET = 25


def numbers(shape, step):
    """Multiples of `step` on both sides of 0, none of them twice in a row."""
    count = int(np.prod(shape))
    return ((np.arange(count) * 7 % 61 - 30) * step).astype(np.float32).reshape(shape)


def spread(values, axis, block, size):
    """One entry per block as one per element."""
    return np.take(np.repeat(values, block, axis), np.arange(size), axis)


def integers():
    x = numbers((3, 10), 0.25)
    for storage in INTEGERS:
        point = np.array(1)
        y = storage.clamp(np.rint(x / np.float32(0.5)) + point)
        scale = plain(0.5, constant=True)
        zero = Data(point, storage, constant=True)
        yield Case(f"quantize_{storage.name}", "QuantizeLinear", OPSET, [Data(x), scale, zero], [Data(y, storage)])
        back = (storage.decode(y) - 1) * 0.5
        inputs = [Data(y, storage), scale, zero]
        yield Case(f"dequantize_{storage.name}", "DequantizeLinear", OPSET, inputs, [plain(back)])


def blocks():
    # Whole blocks, and a last one that is short; along either axis.
    for name, axis, block, rows in (("whole", 1, 4, (3, 12)), ("ragged", 1, 4, (3, 10)), ("columns", 0, 2, (6, 5))):
        shape = list(rows)
        shape[axis] = -(-rows[axis] // block)
        scales = (2.0 ** (np.arange(np.prod(shape)) % 3 - 2)).astype(np.float32).reshape(shape)
        points = (np.arange(np.prod(shape)) % 4 - 2).reshape(shape)
        x = numbers(rows, 0.125)
        scale, point = (spread(v, axis, block, rows[axis]) for v in (scales, points))
        y = INT4.clamp(np.rint(x / scale) + point)
        attributes = {"axis": axis, "block_size": block}
        inputs = [Data(x), Data(scales, constant=True), Data(points, INT4, constant=True)]
        yield Case(f"quantize_blocks_{name}", "QuantizeLinear", OPSET, inputs, [Data(y, INT4)], attributes)
        back = ((y - point) * scale).astype(np.float32)
        inputs = [Data(y, INT4), Data(scales), Data(points, INT4)]
        yield Case(f"dequantize_blocks_{name}", "DequantizeLinear", OPSET, inputs, [Data(back)], attributes)
        # The formats MX: floats of few bits, and a power of two for each block.
        codes = np.arange(np.prod(rows)).reshape(rows) * 5 % 16
        powers = (np.arange(np.prod(shape)).reshape(shape) % 5) + 125
        back = E2M1.decode(codes) * spread(E8M0.decode(powers), axis, block, rows[axis])
        inputs = [Data(codes, E2M1), Data(powers, E8M0)]
        more = {**attributes, "output_dtype": TensorProto.FLOAT16}
        result = plain(back, np.float16)
        yield Case(f"dequantize_mx_{name}", "DequantizeLinear", OPSET, inputs, [result], more)


def floats():
    x = numbers((4, 16), 3.7)
    x[0, :4] = [-0.0, 1e6, -1e6, 0]
    for storage in (E4M3FN, E5M2, E2M1):
        scales = np.array([0.5, 1, 2, 4], np.float32)[:, None]
        for saturates in (1, 0):
            y = storage.encode(x / scales, bool(saturates))
            attributes = {"axis": 0, "output_dtype": storage.number, "saturate": saturates}
            name = f"quantize_{storage.name}_{saturates}"
            inputs = [Data(x), Data(scales[:, 0])]
            yield Case(name, "QuantizeLinear", OPSET, inputs, [Data(y, storage)], attributes)
        codes = storage.encode(x)
        back = (storage.decode(codes) * scales).astype(np.float32)
        inputs = [Data(codes, storage), Data(scales[:, 0])]
        yield Case(f"dequantize_{storage.name}", "DequantizeLinear", OPSET, inputs, [Data(back)], {"axis": 0})
        point = Data(storage.encode(np.array(1.5)), storage)
        y = storage.encode(x.astype(np.float64) / 2 + 1.5)
        inputs = [Data(x), plain(2.0), point]
        yield Case(f"quantize_{storage.name}_point", "QuantizeLinear", OPSET, inputs, [Data(y, storage)])


def products():
    for name, bits, block, k, point in (
        ("4", 4, 16, 32, None), ("4_point", 4, 16, 40, "packed"), ("8_point", 8, 32, 64, "packed"),
        ("2", 2, 16, 20, None), ("4_float_point", 4, 16, 32, "float"),
    ):  # fmt: skip
        n, count = 6, -(-k // block)
        codes = (np.arange(n * count * block) * 11 % (1 << bits)).reshape(n, count * block)
        scales = (2.0 ** (np.arange(n * count) % 3 - 1)).astype(np.float32).reshape(n, count)
        points = np.full((n, count), 1 << (bits - 1))
        inputs = [plain(numbers((2, 3, k), 0.25)), None, Data(scales.ravel(), constant=True)]
        packed = np.frombuffer(pack(codes, bits), np.uint8).reshape(n, count, -1)
        inputs[1] = Data(packed, constant=True)
        if point == "packed":
            points = (np.arange(n * count) % (1 << bits)).reshape(n, count)
            rows = [np.frombuffer(pack(row, bits), np.uint8) for row in points]
            inputs.append(Data(np.concatenate(rows), constant=True))
        elif point == "float":
            points = np.arange(n * count).reshape(n, count) / 2
            inputs.append(plain(points, constant=True))
        weights = (codes - np.repeat(points, block, 1)) * np.repeat(scales, block, 1)
        y = inputs[0].array.astype(np.float64) @ weights[:, :k].T
        attributes = {"K": k, "N": n, "bits": bits, "block_size": block}
        yield Case(f"matmul_n_bits_{name}", "MatMulNBits", 21, inputs, [plain(y)], attributes, "com.microsoft")


def cases():
    for family in (integers, blocks, floats, products):
        yield from family()
