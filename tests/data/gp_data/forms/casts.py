# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Conversions from and to types of 2 to 8 bits, and movement of their codes."""

import numpy as np
from gp_data.forms.case import Case, Data, plain
from gp_data.forms.storage import E2M1, E4M3FN, E5M2, E8M0, FLOATS, INT4, INTEGERS, UINT4
from onnx import TensorProto

FLOAT, FLOAT16, DOUBLE = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE


def all_codes(storage):
    if storage in INTEGERS:
        return storage.wrap(np.arange(1 << storage.bits))
    return np.arange(1 << storage.bits)


def around_middles(storage, dtype):
    """Numbers at and next to those that are as far from one code as from the next, and others."""
    sizes = storage.sizes()
    sizes = np.append(sizes, 2 * sizes[-1] - sizes[-2])
    middles = ((sizes[1:] + sizes[:-1]) / 2).astype(dtype)
    up, down = np.nextafter(middles, dtype(np.inf)), np.nextafter(middles, dtype(0))
    others = [0, 1, 1e-30, 3e38, np.inf, np.nan, np.finfo(dtype).tiny, np.finfo(dtype).smallest_subnormal]
    numbers = np.concatenate([middles, up, down, sizes, np.array(others)]).astype(dtype)
    return np.concatenate([numbers, -numbers])


def bf16_values(bits):
    return (bits.astype(np.uint32) << 16).view(np.float32)


def to_floats():
    halves = np.arange(1 << 16, dtype=np.uint16)
    # A NaN is one NaN here: the sign of others is not kept by every machine.
    f16 = np.where(np.isnan(halves.view(np.float16)), np.uint16(0x7E00), halves).view(np.float16)
    bf16 = np.where(np.isnan(bf16_values(halves)), np.uint16(0x7FC0), halves)
    for storage in FLOATS:
        for saturates in (True, False) if storage is not E2M1 else (True,):
            kind = f"{storage.name}{'' if saturates else '_no_saturate'}"
            numbers = around_middles(storage, np.float32)
            wide = around_middles(storage, np.float64)
            integers = np.arange(-70000, 70000, 37, dtype=np.int32)
            for name, data, values in (
                ("float16", Data(f16), f16),
                ("bfloat16", Data(bf16, bf16=True), bf16_values(bf16)),
                ("float", Data(numbers), numbers),
                ("double", Data(wide), wide),
                ("int32", Data(integers), integers),
            ):
                codes = Data(storage.encode(values, saturates), storage)
                attributes = {"to": storage.number, "saturate": int(saturates)}
                yield Case(f"cast_{name}_to_{kind}", "Cast", 24, [data], [codes], attributes)


def from_floats():
    for storage in (*FLOATS, E8M0, *INTEGERS):
        codes = all_codes(storage)
        values = storage.decode(codes)
        for to, dtype in ((FLOAT, np.float32), (FLOAT16, np.float16), (DOUBLE, np.float64)):
            with np.errstate(over="ignore"):
                result = plain(values, dtype)
            name = f"cast_{storage.name}_to_{np.dtype(dtype).name}"
            yield Case(name, "Cast", 25, [Data(codes, storage)], [result], {"to": to})
    codes = all_codes(E5M2)
    result = Data(E4M3FN.encode(E5M2.decode(codes)), E4M3FN)
    source = Data(codes, E5M2, typed=True, constant=True)
    yield Case("cast_like_between_floats", "CastLike", 25, [source, Data(np.zeros(2, np.int64), E4M3FN)], [result])
    result = plain(E5M2.decode(codes) != 0, bool)
    yield Case("cast_e5m2_to_bool", "Cast", 25, [Data(codes, E5M2)], [result], {"to": TensorProto.BOOL})


def powers():
    exact = 2.0 ** np.arange(-130, 128)
    numbers = np.concatenate([exact, exact * 1.5, exact[3:] * 1.0000002, exact * 1.4999999, [0, np.inf, np.nan, 3e38]])
    numbers = numbers.astype(np.float32)
    for mode in ("up", "down", "nearest"):
        for saturates in (1, 0):
            codes = Data(E8M0.encode(numbers, bool(saturates), mode), E8M0)
            attributes = {"to": E8M0.number, "saturate": saturates, "round_mode": mode}
            yield Case(f"cast_float_to_e8m0_{mode}_{saturates}", "Cast", 24, [Data(numbers)], [codes], attributes)


def to_integers():
    numbers = np.arange(-20, 20.5, 0.5).astype(np.float32)
    integers = np.arange(-300, 300, 7, dtype=np.int64)
    for storage in INTEGERS:
        for name, data, whole in (("float", numbers, np.trunc(numbers)), ("int64", integers, integers)):
            result = Data(storage.wrap(whole), storage)
            yield Case(f"cast_{name}_to_{storage.name}", "Cast", 25, [Data(data)], [result], {"to": storage.number})
    codes = all_codes(INT4)
    for op in ("Cast", "BitCast"):
        result = Data(UINT4.wrap(codes), UINT4)
        yield Case(f"{op.lower()}_int4_to_uint4", op, 26, [Data(codes, INT4)], [result], {"to": UINT4.number})


def bit_casts():
    numbers = np.array([1.5, -0.0, np.inf, 1e-40], np.float32)
    integers = plain(numbers.view(np.int32), np.int32)
    yield Case("bitcast_float_to_int32", "BitCast", 26, [Data(numbers)], [integers], {"to": TensorProto.INT32})
    yield Case("bitcast_int32_to_float", "BitCast", 26, [integers], [Data(numbers)], {"to": FLOAT})
    halves = np.array([1.5, -2, 65504], np.float16)
    result = plain(halves.view(np.uint16), np.uint16)
    yield Case("bitcast_float16_to_uint16", "BitCast", 26, [Data(halves)], [result], {"to": TensorProto.UINT16})
    codes = all_codes(E5M2)
    signed = plain(codes.astype(np.uint8).view(np.int8), np.int8)
    yield Case("bitcast_e5m2_to_int8", "BitCast", 26, [Data(codes, E5M2)], [signed], {"to": TensorProto.INT8})
    yield Case("bitcast_int8_to_e5m2", "BitCast", 26, [signed], [Data(codes, E5M2)], {"to": E5M2.number})
    result = Data(UINT4.wrap(np.arange(16)), UINT4)
    yield Case("bitcast_e2m1_to_uint4", "BitCast", 26, [Data(np.arange(16), E2M1)], [result], {"to": UINT4.number})


def movement():
    codes = INT4.wrap(np.arange(15)).reshape(3, 5)
    x = Data(codes, INT4)

    def moved(op, result, *more, **attributes):
        return Case(f"{op.lower()}_int4", op, 25, [x, *more], [Data(result, INT4)], attributes)

    def ints(*values):
        return plain(values, np.int64, constant=True)

    yield moved("Transpose", codes.T)
    yield moved("Reshape", codes.reshape(5, 3), ints(5, 3))
    yield moved("Flatten", codes.reshape(1, 15), axis=0)
    yield moved("Concat", np.concatenate([codes, codes]), x, axis=0)
    yield moved("Slice", codes[1:, ::2], ints(1, 0), ints(3, 5), ints(0, 1), ints(1, 2))
    yield moved("Gather", codes[:, [4, 0]], ints(4, 0), axis=1)
    yield moved("Pad", np.pad(codes, ((1, 0), (0, 2))), ints(1, 0, 0, 2))
    filled = np.pad(codes, ((1, 0), (0, 2)), constant_values=-8)
    value = Data(np.array(-8, np.int64), INT4, constant=True)
    yield Case("pad_int4_value", "Pad", 25, [x, ints(1, 0, 0, 2), value], [Data(filled, INT4)])
    yield moved("Tile", np.tile(codes, (2, 1)), ints(2, 1))
    yield moved("Unsqueeze", codes[None], ints(0))
    yield Case("shape_int4", "Shape", 25, [x], [plain([3, 5], np.int64)])


def cases():
    for family in (to_floats, from_floats, powers, to_integers, bit_casts, movement):
        yield from family()
