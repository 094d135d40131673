# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""float16 and bfloat16 numbers, kept as float32 arrays; numpy has no bfloat16."""

import numpy as np
from onnx import TensorProto

# By ONNX's number of the type: the largest number, the least above zero, and the distance from 1
# to the next number.
LIMITS = {
    TensorProto.FLOAT16: (65504.0, 2.0**-24, 2.0**-10),
    TensorProto.BFLOAT16: (3.3895314e38, 2.0**-133, 2.0**-7),
}


def bits(array, dtype):
    """The bits of the nearest numbers, ties to even, as uint16."""
    array = np.asarray(array, np.float32)
    if dtype == TensorProto.FLOAT16:
        with np.errstate(over="ignore"):
            return array.astype(np.float16).view(np.uint16)
    words = array.view(np.uint32).astype(np.int64)
    rounded = (words + 0x7FFF + (words >> 16 & 1)) >> 16
    return np.where(np.isnan(array), 0x7FC0, rounded).astype(np.uint16)


def values(bits_, dtype):
    """The numbers of these bits as float32."""
    if dtype == TensorProto.FLOAT16:
        return bits_.view(np.float16).astype(np.float32)
    return np.left_shift(bits_.astype(np.uint32), np.uint32(16)).view(np.float32)


def rounded(array, dtype):
    return values(bits(array, dtype), dtype)


def converted(array, dtype):
    """As converters do it: finite numbers stay finite, and what is not zero does not become it."""
    most, least, _ = LIMITS[dtype]
    array = np.asarray(array, np.float32)
    clamped = np.where(np.isfinite(array), np.clip(array, -most, most), array)
    small = (array != 0) & (np.abs(array) < least)
    return rounded(np.where(small, np.copysign(np.float32(least), array), clamped), dtype)
