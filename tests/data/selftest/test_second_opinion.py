# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The golden outputs of sums against plain loops written from the ONNX text.

ONNX Runtime is one implementation, and a wrong golden would make everybody wrong.
"""

import os
import sys
import unittest

import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from gp_data import cases, op_goldens, values  # noqa: E402


def inputs_of(case):
    """The input arrays of a case of one node; None for an absent one."""
    return [
        values.parse(text, f"{case['name']}/x{index}")[0] if text else None
        for index, text in enumerate(case["inputs"])
    ]


class Window:
    """The attributes that convolutions and pools share, for one input."""

    def __init__(self, attributes, sizes, kernel):
        rank = len(sizes)
        self.kernel = kernel
        self.strides = attributes.get("strides", [1] * rank)
        self.dilations = attributes.get("dilations", [1] * rank)
        self.reach = [d * (k - 1) + 1 for d, k in zip(self.dilations, kernel)]
        auto = attributes.get("auto_pad", "NOTSET")
        if auto.startswith("SAME"):
            self.low, self.high = [], []
            for size, stride, reach in zip(sizes, self.strides, self.reach):
                total = max(0, (-(-size // stride) - 1) * stride + reach - size)
                small, large = total // 2, total - total // 2
                self.low.append(large if auto == "SAME_LOWER" else small)
                self.high.append(small if auto == "SAME_LOWER" else large)
        else:
            pads = attributes.get("pads", [0] * 2 * rank)
            self.low, self.high = pads[:rank], pads[rank:]
        self.out = []
        for i in range(rank):
            room = sizes[i] + self.low[i] + self.high[i] - self.reach[i]
            count = room // self.strides[i] + 1
            if attributes.get("ceil_mode") and room % self.strides[i]:
                # A window that would start in the padding at the end does not count.
                count += count * self.strides[i] < sizes[i] + self.low[i]
            self.out.append(count)

    def taps(self):
        """For each tap the slices of the padded input that it reads."""
        for tap in np.ndindex(*self.kernel):
            yield tap, tuple(
                slice(t * d, t * d + (o - 1) * s + 1, s)
                for t, d, s, o in zip(tap, self.dilations, self.strides, self.out)
            )


EVERY = (slice(None), slice(None))


def conv(x, w, bias, attributes):
    """Cross-correlation in float64."""
    window = Window(attributes, x.shape[2:], w.shape[2:])
    groups = attributes.get("group", 1)
    ins, outs = w.shape[1], w.shape[0] // groups
    padded = np.pad(x, [(0, 0), (0, 0), *zip(window.low, window.high)])
    y = np.zeros((x.shape[0], w.shape[0], *window.out))
    for g in range(groups):
        mine = slice(g * outs, (g + 1) * outs)
        for tap, where in window.taps():
            part = padded[(slice(None), slice(g * ins, (g + 1) * ins), *where)]
            y[:, mine] += np.einsum("nc...,oc->no...", part, w[(mine, slice(None), *tap)])
    return y if bias is None else y + bias.reshape(-1, *[1] * (x.ndim - 2))


def conv_transpose(x, w, bias, attributes):
    """Every input element spreads the kernel; then the pads are cut off."""
    rank = x.ndim - 2
    strides = attributes.get("strides", [1] * rank)
    dilations = attributes.get("dilations", [1] * rank)
    extra = attributes.get("output_padding", [0] * rank)
    groups = attributes.get("group", 1)
    full = [
        (n - 1) * s + (k - 1) * d + 1 + e
        for n, s, k, d, e in zip(x.shape[2:], strides, w.shape[2:], dilations, extra)
    ]
    outs, ins = w.shape[1], x.shape[1] // groups
    y = np.zeros((x.shape[0], outs * groups, *full))
    for g in range(groups):
        mine, source = slice(g * outs, (g + 1) * outs), slice(g * ins, (g + 1) * ins)
        for tap in np.ndindex(*w.shape[2:]):
            where = tuple(
                slice(t * d, t * d + (n - 1) * s + 1, s)
                for t, d, n, s in zip(tap, dilations, x.shape[2:], strides)
            )
            y[(slice(None), mine, *where)] += np.einsum(
                "nc...,co->no...", x[:, source], w[(source, slice(None), *tap)]
            )
    auto = attributes.get("auto_pad", "NOTSET")
    wanted = attributes.get("output_shape")
    if auto.startswith("SAME"):
        wanted = [n * s for n, s in zip(x.shape[2:], strides)]
    pads = attributes.get("pads", [0] * 2 * rank)
    low, high = pads[:rank], pads[rank:]
    if wanted:
        total = [f - size for f, size in zip(full, wanted)]
        low = [t // 2 if auto == "SAME_UPPER" else t - t // 2 for t in total]
        high = [t - l for t, l in zip(total, low)]
    y = y[EVERY + tuple(slice(l, f - h) for l, f, h in zip(low, full, high))]
    return y if bias is None else y + bias.reshape(-1, *[1] * rank)


def pool(x, attributes, average, kind=np.float64):
    """The greatest or mean of each window; sums have the type `kind`."""
    window = Window(attributes, x.shape[2:], attributes["kernel_shape"])
    y = np.zeros((*x.shape[:2], *window.out))
    for place in np.ndindex(*window.out):
        seen, count = [], 0
        for tap in np.ndindex(*window.kernel):
            at = [
                p * s + t * d - low
                for p, s, t, d, low in zip(
                    place, window.strides, tap, window.dilations, window.low
                )
            ]
            if all(0 <= a < size for a, size in zip(at, x.shape[2:])):
                seen.append(x[(*EVERY, *at)])
            ends = [size + high for size, high in zip(x.shape[2:], window.high)]
            count += all(a < end for a, end in zip(at, ends))
        count = count if attributes.get("count_include_pad") else len(seen)
        y[(*EVERY, *place)] = sum(seen) / kind(count) if average else np.max(seen, axis=0)
    return y


def gemm(a, b, c, attributes):
    a = a.T if attributes.get("transA") else a
    b = b.T if attributes.get("transB") else b
    product = attributes.get("alpha", 1.0) * (a @ b)
    return product if c is None else product + attributes.get("beta", 1.0) * c


def lrn(x, attributes):
    size, channels = attributes["size"], x.shape[1]
    squares = np.zeros_like(x)
    for c in range(channels):
        first, last = max(0, c - (size - 1) // 2), min(channels, c + size // 2 + 1)
        squares[:, c] = (x[:, first:last] ** 2).sum(axis=1)
    alpha, beta = attributes.get("alpha", 1e-4), attributes.get("beta", 0.75)
    return x / (attributes.get("bias", 1.0) + alpha / size * squares) ** beta


def requantize(accumulator, scales, zero):
    """The recipe fp32_rne: one product in float32, rounded half to even."""
    scaled = np.rint(accumulator.astype(np.float32) * scales.astype(np.float32))
    limits = np.iinfo(zero.dtype)
    return np.clip(scaled + int(zero), limits.min, limits.max)


def q_linear_conv(inputs, attributes):
    x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero, *bias = inputs
    column = [-1] + [1] * (w.ndim - 1)
    shifted = w.astype(np.float64) - w_zero.astype(np.float64).reshape(column)
    sums = conv(
        x.astype(np.float64) - float(x_zero), shifted, bias[0] if bias else None, attributes
    )
    scales = (np.float32(x_scale) * w_scale / np.float32(y_scale)).reshape(column[:-1])
    return requantize(sums, scales, y_zero)


def q_linear_matmul(inputs):
    a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero = inputs
    sums = (a.astype(np.int64) - int(a_zero)) @ (b.astype(np.int64) - int(b_zero))
    return requantize(sums, np.float32(a_scale) * b_scale / np.float32(y_scale), y_zero)


def expected(case):
    """The outputs by plain loops, or None for an operator not covered."""
    op, attributes, inputs = case.get("op"), case.get("attrs", {}), inputs_of(case)
    if op == "QLinearConv":
        return q_linear_conv(inputs, attributes)
    if op == "QLinearMatMul":
        return q_linear_matmul(inputs)
    wide = [None if x is None else x.astype(np.float64) for x in inputs] + [None]
    if op == "Conv":
        return conv(wide[0], wide[1], wide[2], attributes)
    if op == "ConvTranspose":
        return conv_transpose(wide[0], wide[1], wide[2], attributes)
    if op in ("MaxPool", "AveragePool"):
        return pool(wide[0], attributes, op == "AveragePool")
    if op == "MatMul":
        return np.matmul(wide[0], wide[1])
    if op == "Gemm":
        return gemm(wide[0], wide[1], wide[2], attributes)
    if op == "LRN":
        return lrn(wide[0], attributes)
    return None


class SecondOpinionTest(unittest.TestCase):
    def test_goldens_agree_with_plain_loops(self):
        golden, counts = op_goldens.load(), {}
        for case in cases.load_all():
            if "op" not in case:
                continue
            mine = expected(case)
            if mine is None:
                continue
            theirs = golden[case["name"]][1][0]
            with self.subTest(case["name"]):
                self.assertEqual(mine.shape, theirs.shape)
                if case["op"].startswith("QLinear"):
                    np.testing.assert_array_equal(mine, theirs)
                else:
                    np.testing.assert_allclose(theirs, mine, rtol=1e-4, atol=3e-5)
            counts[case["op"]] = counts.get(case["op"], 0) + 1
        self.assertGreater(sum(counts.values()), 200, counts)
        self.assertEqual(len(counts), 9, counts)


if __name__ == "__main__":
    unittest.main()
