# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tensors written as short texts, as the case tables hold them.

  f32[2,3]          random numbers of the default kind
  f32[2,3] normal   random numbers of a named kind, see KINDS
  i64(1,-2)         these numbers, rank 1
  f32[](0.5)        these numbers in this shape
  ...!              an initializer instead of an input
"""

import re

import numpy as np

from gp_data.stream import Stream

DTYPES = {
    "f16": np.float16, "f32": np.float32, "f64": np.float64, "bool": np.bool_,
    "i8": np.int8, "u8": np.uint8, "i16": np.int16, "u16": np.uint16,
    "i32": np.int32, "u32": np.uint32, "i64": np.int64, "u64": np.uint64,
}  # fmt: skip
TEXTS = {np.dtype(dtype): text for text, dtype in DTYPES.items()}

FORM = re.compile(r"(\w+)(\[[\d,]*\])?(\([^)]*\))?(?: (\w+))?(!?)")

SPECIALS = [
    "0", "-0", "1", "-1", "nan", "inf", "-inf", "1e-40", "-1e-45", "3.4028235e38",
    "-3.4028235e38", "1.1754944e-38", "0.5", "-0.5", "2", "1e-30", "88", "-88", "104",
    "nan", "1e10", "-1e10", "3", "-2.5",
]  # fmt: skip


def floats(stream, shape, kind):
    """Random float64 or float32 numbers of a kind."""
    if kind == "grid":
        # Quarters: sums of their products are exact in any order.
        return stream.integers(shape, -8, 8) / 4.0
    if kind == "normal":
        return stream.normal(shape)
    if kind == "small":
        return stream.normal(shape, 0.4)
    if kind == "wide":
        return stream.normal(shape, 10.0)
    if kind == "huge":
        return stream.normal(shape, 60.0)
    if kind == "positive":
        return stream.uniform(shape, 0.25, 2.0)
    if kind == "positive_wide":
        return stream.uniform(shape, 0.0, 250.0)
    if kind == "unit":
        return stream.uniform(shape, -0.95, 0.95)
    if kind == "above_one":
        return stream.uniform(shape, 1.05, 9.0)
    if kind == "below":
        # So that a pad taken as 0 would win.
        return stream.uniform(shape, -9.0, -1.0)
    if kind == "halves":
        return stream.integers(shape, -9, 9) / 2.0
    if kind == "few":
        return stream.integers(shape, -2, 2).astype(np.float64)
    if kind == "permuted":
        return permutation(stream, shape) - 0.5 * np.prod(shape)
    if kind == "scales":
        return stream.uniform(shape, 0.0005, 0.003)
    if kind == "powers":
        return np.exp2(stream.integers(shape, -8, -5).astype(np.float64))
    if kind == "extreme":
        return extreme(stream, shape)
    if kind == "special":
        return np.array(SPECIALS, np.float32).reshape(shape)
    if kind == "special_2":
        return np.roll(np.array(SPECIALS, np.float32), 5).reshape(shape)
    raise ValueError(f"unknown kind '{kind}'")


def extreme(stream, shape):
    """Six rows: of -inf; of -inf but one; with one inf; with one NaN; of zeros; of numbers."""
    rows = np.abs(stream.integers((6, shape[-1]), -8, 8) / 4.0)
    rows[:2], rows[1, -3], rows[2, -2], rows[3, -2], rows[4] = -np.inf, 1, np.inf, np.nan, 0
    return rows.reshape(shape)


def permutation(stream, shape):
    """The integers from 0 on in a random order."""
    keys = stream.raw(int(np.prod(shape)))
    return np.argsort(keys, kind="stable").reshape(shape)


def integers(stream, shape, dtype, kind):
    """Random int64 numbers of a kind that fit the type."""
    limits = np.iinfo(dtype)
    matched = re.fullmatch(r"(negative_)?index(\d+)", kind)
    if matched:
        size = int(matched[2])
        return stream.integers(shape, -size if matched[1] else 0, size - 1)
    if kind == "plain":
        return stream.integers(shape, 0 if limits.min == 0 else -10, 10)
    if kind == "full":
        if limits.bits == 64:
            return stream.raw(int(np.prod(shape))).astype(np.int64).reshape(shape)
        return stream.integers(shape, int(limits.min), int(limits.max))
    if kind == "nonzero":
        return stream.integers(shape, 1, int(limits.max))
    if kind == "few":
        return stream.integers(shape, 0 if limits.min == 0 else -2, 2)
    if kind == "shift8":
        return stream.integers(shape, 0, 7)
    if kind == "bias":
        return stream.integers(shape, -3000, 3000)
    if kind == "wide_bias":
        return stream.integers(shape, -20000, 20000)
    if kind in ("eights", "sixteens"):
        step = 8 if kind == "eights" else 16
        return step * stream.integers(shape, int(limits.min) // step, int(limits.max) // step)
    if kind == "bias_128":
        # Joins sums of products of the two above.
        return 128 * stream.integers(shape, -150, 150)
    if kind == "near_ties":
        # Beside (n + 1/2) * 2^20, by less than half of a float32's last place.
        ties = (2 * stream.integers(shape, -120, 119) + 1) << 19
        return ties + stream.integers(shape, -3, 3)
    if kind == "high":
        return stream.integers(shape, int(limits.max) // 4 * 3, int(limits.max))
    if kind == "permuted":
        return permutation(stream, shape)
    raise ValueError(f"unknown kind '{kind}'")


def number(text, dtype):
    if np.issubdtype(dtype, np.floating):
        return float(text)
    return int(text)


def parse(text, seed):
    """Returns (array, whether it is an initializer). `seed` names the stream."""
    matched = FORM.fullmatch(text)
    if not matched:
        raise ValueError(f"cannot read '{text}'")
    name, shape, values, kind, constant = matched.groups()
    dtype = np.dtype(DTYPES[name])
    if shape is not None:
        shape = tuple(int(size) for size in shape[1:-1].split(",") if size)
    if values is not None:
        listed = [number(value, dtype) for value in values[1:-1].split(",") if value]
        array = np.array(listed, dtype)
        return array if shape is None else array.reshape(shape), bool(constant)
    stream = Stream(seed)
    if dtype == np.bool_:
        array = stream.integers(shape, 0, 1)
    elif np.issubdtype(dtype, np.floating):
        array = floats(stream, shape, kind or "grid")
    else:
        array = integers(stream, shape, dtype, kind or "plain")
    return np.asarray(array).astype(dtype).reshape(shape), bool(constant)


def describe(array):
    """The text of an array's type and shape, such as f32[2,3]."""
    return f"{TEXTS[array.dtype]}[{','.join(map(str, array.shape))}]"
