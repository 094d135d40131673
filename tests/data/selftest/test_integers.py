# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The integer golden vectors against plain numpy, and what they can tell apart.

Written from the ONNX text, and, for how to round, from what ONNX Runtime does.
"""

import os
import sys
import unittest

import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from gp_data import cases, op_goldens  # noqa: E402
from test_second_opinion import conv, inputs_of, pool  # noqa: E402

F = np.float32


def half_even(x):
    return np.rint(x)


def half_away(x):
    return np.trunc(x + np.copysign(0.5, x).astype(x.dtype))


def half_up(x):
    return np.floor(x + x.dtype.type(0.5))


class Rules:
    """How sums become narrow integers; a test replaces one rule by another."""

    def __init__(self, round_=half_even, to_float=F, zero_first=False, fused=True, wide_scale=False):
        self.round, self.to_float = round_, to_float
        # Add the zero point before rounding where it comes after, and the other way round.
        self.zero_first, self.fused, self.wide_scale = zero_first, fused, wide_scale

    def narrow(self, x, zero):
        """round(x) + zero point, clamped."""
        limits, z = np.iinfo(zero.dtype), x.dtype.type(zero)
        y = self.round(x + z) if self.zero_first else self.round(x) + z
        return np.clip(y, limits.min, limits.max)

    def narrow_moved(self, x, zero):
        """round(x), clamped, of what holds the zero point already."""
        limits, z = np.iinfo(zero.dtype), x.dtype.type(zero)
        return np.clip(self.round(x - z) + z if self.zero_first else self.round(x), limits.min, limits.max)

    def rescale(self, sums, scale, zero):
        """fp32_rne."""
        return self.narrow(self.to_float(sums) * self.to_float(scale), zero)

    def multiply_add(self, a, b, c):
        if not self.fused:
            return (F(a) * b + c).astype(F)
        return (np.float64(a) * np.float64(b) + np.float64(c)).astype(F)

    def scale(self, a, b, y):
        kind = np.float64 if self.wide_scale else F
        return (kind(a) * np.asarray(b, kind) / kind(y)).astype(F)


def along(x, rank, axis):
    """A scalar, or a vector along one axis."""
    x = np.asarray(x)
    return x if x.ndim == 0 else x.reshape([-1 if i == axis % rank else 1 for i in range(rank)])


def less(x, zero):
    """x - zero point, in int64."""
    return x.astype(np.int64) - (0 if zero is None else np.asarray(zero).astype(np.int64))


def dequantize(x, scale, zero):
    return F(less(x, zero)) * F(scale)


def q_conv(rules, x, xs, xz, w, ws, wz, ys, yz, bias=None, **attributes):
    sums = conv(F(less(x, xz)).astype(np.float64), less(w, along(wz, w.ndim, 0)).astype(np.float64), bias, attributes)
    return rules.rescale(sums, along(rules.scale(xs, ws, ys), x.ndim, 1), yz)


def q_matmul(rules, a, scale_a, az, b, bs, bz, ys, yz):
    return rules.rescale(np.matmul(less(a, az), less(b, bz)), rules.scale(scale_a, bs, ys), yz)


def q_gemm(rules, a, scale_a, az, b, bs, bz, c=None, ys=None, yz=None, alpha=1.0, transA=0, transB=0):
    left, right = less(a, az), less(b, along(bz, 2, 0 if transB else 1))
    sums = (left.T if transA else left) @ (right.T if transB else right)
    sums = sums if c is None else sums + c
    scale = F(alpha) * F(scale_a) * bs
    return F(sums) * scale if ys is None else rules.rescale(sums, (scale / ys).astype(F), yz)


def q_add(rules, a, scale_a, az, b, bs, bz, ys, yz):
    left, right = F(scale_a) / F(ys), F(bs) / F(ys)
    fixed = F(yz) - rules.multiply_add(F(az), left, right * F(bz))
    return rules.narrow_moved(rules.multiply_add(a, left, rules.multiply_add(b, right, fixed)), yz)


def q_mul(rules, a, scale_a, az, b, bs, bz, ys, yz):
    product = F(less(a, az) * less(b, bz)) * rules.scale(scale_a, bs, ys)
    return rules.narrow_moved(product + F(yz), yz)


def q_average(rules, x, xs, xz, ys, yz, channels_last=0, **attributes):
    x = np.moveaxis(x, -1, 1) if channels_last else x
    # Sums in float32, one tap after the other.
    y = pool(dequantize(x, xs, xz), attributes, True, F)
    y = rules.narrow_moved(F(y) / F(ys) + F(yz), yz)
    return np.moveaxis(y, 1, -1) if channels_last else y


def q_global_average(rules, x, xs, xz, ys, yz, channels_last=0):
    axes = (1, 2) if channels_last else (2, 3)
    count = np.prod([x.shape[axis] for axis in axes])
    return rules.rescale(less(x, xz).sum(axis=axes, keepdims=True), F(xs) / (F(ys) * F(count)), yz)


def q_concat(rules, ys, yz, *parts, axis):
    parts = [parts[i : i + 3] for i in range(0, len(parts), 3)]
    return np.concatenate([rules.narrow(dequantize(*part) / ys, yz) for part in parts], axis)


def q_table(rules, function, x, xs, xz, ys, yz):
    return rules.narrow(F(function(dequantize(x, xs, xz))) / ys, yz)


def q_softmax(rules, x, xs, xz, ys, yz, axis, opset):
    flat = x if opset >= 13 else x.reshape(int(np.prod(x.shape[:axis])), -1)
    axis = axis if opset >= 13 else -1
    powers = np.exp(dequantize(flat, xs, xz).astype(np.float64))
    y = powers / powers.sum(axis=axis, keepdims=True) / np.float64(ys)
    return rules.narrow(y, yz).reshape(x.shape)


def quantize(rules, x, scale, zero=None, axis=1, output_dtype=None):
    zero = np.zeros((), np.int8 if output_dtype == 3 else np.uint8) if zero is None else zero
    limits, zeros = np.iinfo(zero.dtype), along(zero, x.ndim, axis).astype(np.float64)
    with np.errstate(over="ignore"):
        return np.clip(rules.round(x / along(scale, x.ndim, axis)) + zeros, limits.min, limits.max)


def dynamic_quantize(rules, x):
    low, high = min(F(0), x.min()), max(F(0), x.max())
    scale = (high - low) / F(255) or F(1)
    zero = np.uint8(np.clip(np.rint(-low / scale), 0, 255))
    return quantize(rules, x, scale, np.array(zero))


OPERATORS = {
    "QLinearConv": q_conv,
    "QLinearMatMul": q_matmul,
    "ConvInteger": lambda r, x, w, xz=None, wz=None, **a: conv(
        less(x, xz).astype(np.float64), less(w, wz).astype(np.float64), None, a),
    "MatMulInteger": lambda r, a, b, az=None, bz=None: np.matmul(less(a, az), less(b, bz)),
    "QuantizeLinear": quantize,
    "DequantizeLinear": lambda r, x, s, z=None, axis=1: dequantize(
        x, along(s, x.ndim, axis), None if z is None else along(z, x.ndim, axis)),
    "DynamicQuantizeLinear": dynamic_quantize,
    "MaxPool": lambda r, x, **a: pool(x.astype(np.float64), a, False),
    "QGemm": q_gemm,
    "QLinearAdd": q_add,
    "QLinearMul": q_mul,
    "QLinearAveragePool": q_average,
    "QLinearGlobalAveragePool": q_global_average,
    "QLinearConcat": q_concat,
    "QLinearSigmoid": lambda r, *x: q_table(r, lambda v: 1 / (1 + np.exp(-v.astype(np.float64))), *x),
    "QLinearLeakyRelu": lambda r, *x, alpha: q_table(r, lambda v: np.where(v >= 0, v, v * F(alpha)), *x),
    "QLinearSoftmax": q_softmax,
}  # fmt: skip


class IntegerGoldensTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cases, cls.golden = cases.load_all("integers"), op_goldens.load("integers")

    def differing(self, rules, only=None, report=False):
        """Operator -> number of elements that the rules make differently."""
        result = {}
        for case in self.cases:
            op = case["op"].rpartition(".")[2]
            if only and op not in only:
                continue
            mine = OPERATORS[op](rules, *inputs_of(case), **case.get("attrs", {}))
            theirs = self.golden[case["name"]][1][0]
            self.assertEqual(np.shape(mine), theirs.shape, case["name"])
            count = int((mine != theirs).sum())
            result[op] = result.get(op, 0) + count
            if count and report:
                print(f"{case['name']}: {count} of {theirs.size} differ")
        return result

    def test_every_element(self):
        self.assertEqual(self.differing(Rules(), report=True), dict.fromkeys(OPERATORS, 0))

    def test_any_other_rounding_is_noticed(self):
        contractions = {"QLinearConv", "QLinearMatMul", "QGemm", "QLinearGlobalAveragePool"}
        adders = {"QLinearAdd", "QLinearMul", "QLinearAveragePool"}
        others = {"QLinearConcat", "QuantizeLinear", "QLinearLeakyRelu"}
        for name, rules, operators in (
            ("half away from zero", Rules(half_away), contractions | adders | others),
            ("half up", Rules(half_up), contractions | adders | others),
            ("truncation", Rules(np.trunc), contractions | adders | others),
            ("sums that stay exact", Rules(to_float=np.float64), {"QLinearConv"}),
            ("the zero point on the other side", Rules(zero_first=True), contractions | adders),
            ("scales computed in double", Rules(wide_scale=True), {"QLinearConv"}),
            ("no fused multiply-add", Rules(fused=False), {"QLinearAdd"}),
        ):
            for op, count in self.differing(rules, operators).items():
                with self.subTest(name, op=op):
                    self.assertGreater(count, 0)

    def test_has_a_golden_for_each_case_and_no_other(self):
        for which in ("integers", "islands"):
            names = [case["name"] for case in cases.load_all(which)]
            self.assertEqual(list(op_goldens.load(which)), names)


if __name__ == "__main__":
    unittest.main()
