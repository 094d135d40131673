# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random numbers that are the same for ever.

Only the raw 64-bit output of PCG64 is taken from numpy. The state is set from
a SHA-256 of a name, and every number is made from the bits here with integer
arithmetic and at most one rounding, so neither numpy's seeding nor its
distributions nor the order of a float sum can change a weight.
"""

import hashlib
import math

import numpy as np

CHUNK = 1 << 16
LOW_HALVES = np.uint64(0x0000FFFF0000FFFF)
LOW_WORD = np.uint64(0xFFFFFFFF)
# The standard deviation of the sum of four integers uniform in 0..65535.
SUM_DEVIATION = math.sqrt((65536.0 * 65536.0 - 1.0) / 3.0)


class Stream:
    """The stream that belongs to a name."""

    def __init__(self, name):
        digest = hashlib.sha256(name.encode()).digest()
        self._bits = np.random.PCG64(0)
        self._bits.state = {
            "bit_generator": "PCG64",
            "state": {
                "state": int.from_bytes(digest[:16], "little"),
                "inc": int.from_bytes(digest[16:], "little") | 1,
            },
            "has_uint32": 0,
            "uinteger": 0,
        }

    def raw(self, count):
        """`count` uniform 64-bit integers."""
        return self._bits.random_raw(count).astype(np.uint64, copy=False)

    def bells(self, count):
        """`count` integers in +-131070, bell-shaped around 0, as int32."""
        result = np.empty(count, np.int32)
        for begin in range(0, count, CHUNK):
            raw = self.raw(min(CHUNK, count - begin))
            pairs = (raw & LOW_HALVES) + ((raw >> np.uint64(16)) & LOW_HALVES)
            sums = (pairs & LOW_WORD) + (pairs >> np.uint64(32))
            result[begin : begin + len(raw)] = sums
        result -= 131070
        return result

    def normal(self, shape, deviation=1.0, mean=0.0):
        """float32 numbers, nearly normal, none beyond 3.5 deviations."""
        count = math.prod(shape)
        values = self.bells(count).astype(np.float32)
        values *= np.float32(deviation / SUM_DEVIATION)
        if mean:
            values += np.float32(mean)
        return values.reshape(shape)

    def centred(self, shape, deviation):
        """Like normal(), but the sum over all dims but the first is 0.

        Such weights ignore the mean of their input. Behind a ReLU that keeps
        a deep random network from answering the same to every input.
        """
        rows, length = shape[0], math.prod(shape[1:])
        result = np.empty((rows, length), np.float32)
        scale = deviation / SUM_DEVIATION / math.sqrt(length * (length - 1.0))
        step = max(1, CHUNK // length)
        for begin in range(0, rows, step):
            end = min(rows, begin + step)
            bells = self.bells((end - begin) * length).astype(np.int64)
            bells = bells.reshape(end - begin, length)
            sums = bells.sum(axis=1, keepdims=True)
            result[begin:end] = (bells * length - sums) * scale
        return result.reshape(shape)

    def centred_columns(self, shape, deviation):
        """centred() for weights stored as [inputs, outputs]."""
        return np.ascontiguousarray(self.centred(shape[::-1], deviation).T)

    def row_sums(self, shape, length, deviation, factor):
        """`factor` times the sums of rows of normal(shape + length, deviation)."""
        sums = self.bells(shape[0] * length).astype(np.int64)
        sums = sums.reshape(shape[0], length).sum(axis=1)
        return (sums * (factor * deviation / SUM_DEVIATION)).astype(np.float32)

    def uniform(self, shape, low, high):
        """float32 numbers in low..high, from 24 bits each."""
        units = (self.raw(math.prod(shape)) >> np.uint64(40)).astype(np.float64)
        values = low + units * ((high - low) / 16777216.0)
        return values.astype(np.float32).reshape(shape)

    def integers(self, shape, low, high):
        """int64 numbers in low..high inclusive."""
        span = np.uint64(high - low + 1)
        top = (self.raw(math.prod(shape)) >> np.uint64(32)) * span
        values = (top >> np.uint64(32)).astype(np.int64) + low
        return values.reshape(shape)

    def image(self, channels, height, width):
        """A float32 picture [1, C, H, W]: blocks of colour under fine noise.

        Plain noise would look alike to a network that averages over space.
        """
        blocks = self.normal((1, channels, 8, 8), 0.9)
        rows = np.arange(height) * 8 // height
        columns = np.arange(width) * 8 // width
        picture = blocks[:, :, rows[:, None], columns[None, :]]
        picture = picture + self.normal((1, channels, height, width), 0.4)
        return picture + self.normal((1, channels, 1, 1), 0.5)
