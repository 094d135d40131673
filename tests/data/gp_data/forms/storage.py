# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The element types of ONNX that exist in files only: what their codes stand for, and how numbers round to them.

Rounding is a search among all numbers of a type, so that it has nothing in common with what it judges.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Integer:
    name: str
    number: int  # in TensorProto.DataType
    bits: int
    signed: bool

    def wrap(self, numbers):
        """The low bits of integers, as codes."""
        low = np.asarray(numbers, np.int64) & ((1 << self.bits) - 1)
        if self.signed:
            low = np.where(low >= 1 << (self.bits - 1), low - (1 << self.bits), low)
        return low

    def clamp(self, numbers):
        half = 1 << (self.bits - 1)
        low, high = (-half, half - 1) if self.signed else (0, 2 * half - 1)
        return np.clip(numbers, low, high).astype(np.int64)

    def decode(self, codes):
        return np.asarray(codes, np.float64)


@dataclass(frozen=True)
class Float:
    name: str
    number: int
    bits: int
    exponent: int  # bits of it
    fraction: int
    bias: int
    specials: str  # "infinities", "nan", "minus zero" (its code is NaN) or "none"

    def table(self):
        """The number of each code."""
        result = []
        sign = 1 << (self.bits - 1)
        for code in range(2 * sign):
            size = code % sign
            field, digits = size >> self.fraction, size % (1 << self.fraction)
            digits += (1 << self.fraction) if field else 0
            value = digits * 2.0 ** (max(field, 1) - self.bias - self.fraction)
            if self.specials == "infinities" and field == (1 << self.exponent) - 1:
                value = np.nan if size % (1 << self.fraction) else np.inf
            if self.specials == "nan" and size == sign - 1:
                value = np.nan
            value = -value if code >= sign else value
            if self.specials == "minus zero" and code == sign:
                value = np.nan
            result.append(value)
        return np.array(result)

    def decode(self, codes):
        return self.table()[np.asarray(codes, np.int64)]

    def sizes(self):
        """The finite magnitudes, ascending: the index is the code."""
        table = self.table()[: 1 << (self.bits - 1)]
        return table[np.isfinite(table)]

    def nan(self):
        """The code of a NaN without a sign."""
        return {"infinities": 0x7E, "nan": 0x7F, "minus zero": 0x80, "none": 0x8}[self.specials]

    def encode(self, numbers, saturates=True):
        numbers = np.asarray(numbers, np.float64)
        sizes = self.sizes()
        largest = len(sizes) - 1
        # One more, to see on which side of the middle a large number lies.
        sizes = np.append(sizes, 2 * sizes[-1] - sizes[-2])
        size = np.abs(numbers)
        known = np.where(np.isnan(size), 0, np.minimum(size, sizes[-1]))
        above = np.clip(np.searchsorted(sizes, known), 1, largest + 1)
        down, up = known - sizes[above - 1], sizes[above] - known
        to_even = (above % 2 == 0) & (down == up)
        code = np.where((down > up) | to_even, above, above - 1)
        if saturates or self.specials == "none":
            code = np.minimum(code, largest)
        else:
            beyond = largest + 1 if self.specials == "infinities" else self.nan()
            code = np.where(code > largest, beyond, code)
        code = np.where(np.isnan(numbers), self.nan(), code)
        sign = np.signbit(numbers)
        if self.specials == "minus zero":
            sign &= code != 0
        return code | np.where(sign, 1 << (self.bits - 1), 0)


@dataclass(frozen=True)
class Power:
    """Powers of two without a sign."""

    name: str
    number: int
    bits: int = 8

    def decode(self, codes):
        codes = np.asarray(codes, np.int64)
        return np.where(codes == 255, np.nan, 2.0 ** (codes - 127.0))

    def encode(self, numbers, saturates=True, mode="up"):
        result = []
        for number in np.asarray(numbers, np.float64).ravel():
            if np.isnan(number):
                result.append(255)
            elif number < 2.0**-127:
                result.append(0 if saturates else 255)
            elif np.isinf(number):
                result.append(254 if saturates else 255)
            else:
                fraction, power = np.frexp(number)  # from a half to one
                up = {"up": fraction > 0.5, "down": False, "nearest": fraction >= 0.75}[mode]
                code = power - 1 + 127 + up
                result.append(code if code <= 254 else 254 if saturates else 255)
        return np.array(result, np.int64).reshape(np.shape(numbers))


E4M3FN = Float("float8e4m3fn", 17, 8, 4, 3, 7, "nan")
E4M3FNUZ = Float("float8e4m3fnuz", 18, 8, 4, 3, 8, "minus zero")
E5M2 = Float("float8e5m2", 19, 8, 5, 2, 15, "infinities")
E5M2FNUZ = Float("float8e5m2fnuz", 20, 8, 5, 2, 16, "minus zero")
E2M1 = Float("float4e2m1", 23, 4, 2, 1, 1, "none")
FLOATS = (E4M3FN, E4M3FNUZ, E5M2, E5M2FNUZ, E2M1)
E8M0 = Power("float8e8m0", 24)
UINT4, INT4 = Integer("uint4", 21, 4, False), Integer("int4", 22, 4, True)
UINT2, INT2 = Integer("uint2", 25, 2, False), Integer("int2", 26, 2, True)
INTEGERS = (UINT4, INT4, UINT2, INT2)


def pack(codes, bits):
    """The bytes of codes in a file: the first is in the lowest bits."""
    codes = np.asarray(codes, np.int64).ravel() & ((1 << bits) - 1)
    per_byte = 8 // bits
    codes = np.append(codes, np.zeros(-len(codes) % per_byte, np.int64)).reshape(-1, per_byte)
    return (codes << (np.arange(per_byte) * bits)).sum(1).astype(np.uint8).tobytes()
