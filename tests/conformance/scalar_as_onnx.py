# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Regions of scalar ops as nodes of ONNX, from the comments of image.fbs alone."""

import numpy
import program_as_onnx as programs

SAME = {
    "floor": "Floor", "ceil": "Ceil", "round_even": "Round", "sqrt": "Sqrt", "exp": "Exp", "log": "Log", "erf": "Erf",
    "asin": "Asin", "acos": "Acos", "atan": "Atan", "sinh": "Sinh",
    "cosh": "Cosh", "asinh": "Asinh", "acosh": "Acosh", "atanh": "Atanh",
}  # fmt: skip
WRAPPING = {"add": "Add", "sub": "Sub", "mul": "Mul", "neg": "Neg"}
ORDER = {"eq": "Equal", "lt": "Less", "le": "LessOrEqual", "gt": "Greater", "ge": "GreaterOrEqual"}
BITS = {"bit_and": ("BitwiseAnd", "And"), "bit_or": ("BitwiseOr", "Or"), "bit_xor": ("BitwiseXor", "Xor")}


def region(graph, region, tensors):
    """The results of `region` over tensors that broadcast, as tensors."""
    scalars = list(tensors)
    for instruction in region.get("instructions", []):
        operands = [scalars[number] for number in instruction.get("operands", [])]
        result = Scalar(graph, instruction, operands).result()
        scalars.append(graph.cast(result, instruction["dtype"]))
    return [scalars[number] for number in region["results"]]


class Scalar:
    """One scalar op."""

    def __init__(self, graph, instruction, operands):
        self.graph, self.instruction, self.operands = graph, instruction, operands
        self.op, self.dtype = instruction["op"], instruction["dtype"]
        self.source = graph.types[operands[0]] if operands else self.dtype
        self.is_float = self.source in programs.FLOATS

    def result(self):
        if self.op in SAME:
            return self.unary(SAME[self.op])
        if self.op in WRAPPING:
            return self.node(WRAPPING[self.op], [self.graph.wrapping(operand) for operand in self.operands])
        if self.op in ORDER:
            return self.compare(ORDER[self.op])
        if self.op in BITS:
            return self.node(BITS[self.op][self.source == "boolean"], self.operands)
        return getattr(self, "op_" + self.op)()

    # ---- Help

    def node(self, operator, inputs, dtype=None, **attributes):
        return self.graph.add(operator, inputs, dtype or self.graph.types[inputs[0]], **attributes)

    def wide(self):
        return [self.graph.wide(operand) for operand in self.operands]

    def number(self, value, like):
        dtype = self.graph.types[like]
        return self.graph.constant(numpy.array(value, programs.NUMPY[dtype]), dtype)

    def unary(self, operator):
        return self.node(operator, self.wide())

    def compare(self, operator):
        return self.node(operator, self.wide(), "boolean")

    def skip(self, what):
        raise programs.Skip(what)

    def clamp(self, tensor, low, high):
        least = self.node("Max", [tensor, self.number(low, tensor)])
        return self.node("Min", [least, self.number(high, tensor)])

    def without_nan(self, tensor):
        return self.node("Where", [self.node("IsNaN", [tensor], "boolean"), self.number(0, tensor), tensor],
                         self.graph.types[tensor])  # fmt: skip

    def saturated(self, tensor, dtype):
        """An integer of up to 32 bits from a wide number; NaN gives 0."""
        if dtype in ("i64", "u64"):
            self.skip("a float as 64 bits")
        wide = self.without_nan(self.graph.cast(tensor, "f64")) if self.graph.types[tensor] != "i64" else tensor
        return self.graph.cast(self.clamp(wide, *programs.limits(dtype)), dtype)

    # ---- Ops

    def op_constant(self):
        bits = int(self.instruction.get("bits", 0))
        data = bits.to_bytes(8, "little")[: programs.SIZES[self.dtype]]
        if self.dtype == "bf16":
            array = (numpy.frombuffer(data, numpy.uint16).astype(numpy.uint32) << 16).view(numpy.float32)[0]
            return self.graph.constant(numpy.asarray(array), "bf16")
        return self.graph.constant(numpy.frombuffer(data, programs.NUMPY[self.dtype])[0], self.dtype)

    def op_tanh(self):
        return self.inexact_in_f64("Tanh")

    def op_sin(self):
        return self.inexact_in_f64("Sin")

    def op_cos(self):
        return self.inexact_in_f64("Cos")

    def op_tan(self):
        return self.inexact_in_f64("Tan")

    def inexact_in_f64(self, operator):
        if self.source == "f64":
            self.skip("tanh of f64, off by 7 units in the last place, or sin, cos or tan, by more for large numbers")
        return self.unary(operator)

    def op_abs(self):
        return self.unary("Abs")

    def op_sign(self):
        [x] = self.wide()
        sign = self.node("Sign", [x])
        if not self.is_float:
            return sign
        nan = self.node("IsNaN", [x], "boolean")
        return self.node("Where", [nan, x, sign], self.graph.types[x])

    def op_trunc(self):
        [x] = self.wide()
        down, up = self.node("Floor", [x]), self.node("Ceil", [x])
        negative = self.node("Less", [x, self.number(0, x)], "boolean")
        return self.node("Where", [negative, up, down], self.graph.types[x])

    def op_log1p(self):
        [x] = [self.graph.cast(operand, "f64") for operand in self.operands]
        if self.source == "f64":
            self.skip("log1p of f64")
        # Goldberg's form: log(1 + x) * x / ((1 + x) - 1), or x where 1 + x is 1.
        whole = self.node("Add", [x, self.number(1, x)])
        part = self.node("Sub", [whole, self.number(1, x)])
        log = self.node("Div", [self.node("Mul", [self.node("Log", [whole]), x]), part])
        exact = self.node("Equal", [part, self.number(0, x)], "boolean")
        infinite = self.node("IsInf", [self.graph.cast(x, "f32")], "boolean")
        plain = self.node("Where", [exact, x, log], "f64")
        return self.node("Where", [infinite, self.node("Log", [whole]), plain], "f64")

    def op_invert(self):
        return self.node("Not" if self.source == "boolean" else "BitwiseNot", self.operands)

    def op_is_nan(self):
        return self.node("IsNaN", self.wide(), "boolean")

    def op_is_inf(self):
        return self.node("IsInf", self.wide(), "boolean")

    def op_cast(self):
        [x] = self.operands
        if self.is_float and self.dtype == "boolean":
            [x] = self.wide()
            return self.node("Not", [self.node("Equal", [x, self.number(0, x)], "boolean")], "boolean")
        if self.is_float and self.dtype not in programs.FLOATS:
            [x] = self.wide()
            return self.saturated(self.truncated(x), self.dtype)
        return self.graph.cast(x, self.dtype)

    def op_bitcast(self):
        self.skip("bits as another type")

    def truncated(self, x):
        negative = self.node("Less", [x, self.number(0, x)], "boolean")
        parts = [self.node("Ceil", [x]), self.node("Floor", [x])]
        return self.node("Where", [negative, *parts], self.graph.types[x])

    def op_ne(self):
        return self.node("Not", [self.compare("Equal")], "boolean")

    def op_div(self):
        x, y = self.wide()
        if self.is_float:
            return self.node("Div", [x, y])
        if self.source == "i64":
            self.skip("division of i64")
        return self.by_zero(y, lambda divisor: self.node("Div", [x, divisor]))

    def op_rem(self):
        x, y = self.wide()
        if self.is_float:
            return self.node("Mod", [x, y], fmod=1)
        if self.source == "i64":
            self.skip("division of i64")
        return self.by_zero(y, lambda divisor: self.node("Mod", [x, divisor], fmod=1))

    def by_zero(self, y, divide):
        """0 where the divisor is."""
        zero = self.node("Equal", [y, self.number(0, y)], "boolean")
        quotient = divide(self.node("Where", [zero, self.number(1, y), y], "i64"))
        return self.node("Where", [zero, self.number(0, y), quotient], "i64")

    def op_pow(self):
        if not self.is_float:
            self.skip("a power of integers")
        return self.node("Pow", self.wide())

    def op_min(self):
        return self.node("Min", self.wide())

    def op_max(self):
        return self.node("Max", self.wide())

    def op_shift_left(self):
        x, power, outside = self.shift()
        moved = self.node("Mul", [x, power])
        return self.node("Where", [outside, self.number(0, x), moved], "i64")

    def op_shift_right(self):
        x, power, outside = self.shift()
        # Toward minus infinity: Mod has the sign of the divisor.
        moved = self.node("Div", [self.node("Sub", [x, self.node("Mod", [x, power])]), power])
        negative = self.node("Less", [x, self.number(0, x)], "boolean")
        fill = self.node("Where", [negative, self.number(-1, x), self.number(0, x)], "i64")
        return self.node("Where", [outside, fill, moved], "i64")

    def shift(self):
        """The number, two to the amount, and whether the amount is none of 0 to the width."""
        if self.source in ("i64", "u64"):
            self.skip("a shift of 64 bits")
        x, amount = self.wide()
        width = 8 * programs.SIZES[self.source]
        low = self.node("Less", [amount, self.number(0, x)], "boolean")
        high = self.node("GreaterOrEqual", [amount, self.number(width, x)], "boolean")
        powers = self.graph.ints([2**i for i in range(width)])
        power = self.graph.add("Gather", [powers, self.clamp(amount, 0, width - 1)], "i64", axis=0)
        return x, power, self.node("Or", [low, high], "boolean")

    def op_select(self):
        chosen = [self.graph.wrapping(operand) for operand in self.operands[1:]]
        return self.node("Where", [self.operands[0], *chosen], self.graph.types[chosen[0]])

    def op_fma(self):
        if self.source == "f64":
            self.skip("fma of f64")
        x, y, z = [self.graph.cast(operand, "f64") for operand in self.operands]
        return self.node("Add", [self.node("Mul", [x, y]), z])

    def op_quantize(self):
        x, scale = [self.graph.wide(operand) for operand in self.operands[:2]]
        quotient = self.node("Div", [x, scale])
        if self.source in programs.HALVES:
            quotient = self.graph.cast(self.graph.cast(quotient, self.source), "f32")
        whole = self.graph.cast(self.without_nan(self.node("Round", [quotient])), "f64")
        point = self.graph.cast(self.operands[2], "f64")
        return self.saturated(self.node("Add", [whole, point]), self.dtype)

    def op_dequantize(self):
        q, point = [self.graph.wide(self.operands[i]) for i in (0, 2)]
        if self.dtype == "f64" or self.graph.types[self.operands[0]] == "i64":
            self.skip("dequantize of or to 64 bits")
        offset = self.graph.cast(self.node("Sub", [q, point]), "f64")
        return self.node("Mul", [offset, self.graph.cast(self.operands[1], "f64")])

    def op_rescale_fp32_rne(self):
        x = self.graph.cast(self.operands[0], "f32")
        scaled = self.without_nan(self.node("Mul", [x, self.operands[1]]))
        whole = self.graph.cast(self.node("Round", [scaled]), "f64")
        point = self.graph.cast(self.operands[2], "f64")
        return self.saturated(self.node("Add", [whole, point]), self.dtype)

    def op_rescale_tosa_single(self):
        return self.rescale(twice=False)

    def op_rescale_tosa_double(self):
        return self.rescale(twice=True)

    def rescale(self, twice):
        x, multiplier, shift, point = [self.graph.cast(operand, "i64") for operand in self.operands]
        powers = self.graph.ints([2**i for i in range(63)])
        divisor = self.graph.add("Gather", [powers, shift], "i64", axis=0)
        half = self.node("Div", [divisor, self.number(2, x)])
        if twice:
            sign = self.node("Less", [x, self.number(0, x)], "boolean")
            step = self.node("Where", [sign, self.number(-(2**30), x), self.number(2**30, x)], "i64")
            far = self.node("Greater", [shift, self.number(31, x)], "boolean")
            half = self.node("Add", [half, self.node("Where", [far, step, self.number(0, x)], "i64")])
        total = self.node("Add", [self.node("Mul", [x, multiplier]), half])
        # Toward minus infinity: Mod has the sign of the divisor.
        exact = self.node("Sub", [total, self.node("Mod", [total, divisor])])
        moved = self.node("Add", [self.node("Div", [exact, divisor]), point])
        return self.saturated(moved, self.dtype)

    def op_table(self):
        table = bytes(self.instruction["table"])
        if self.dtype == "bf16":
            entries = (numpy.frombuffer(table, numpy.uint16).astype(numpy.uint32) << 16).view(numpy.float32)
        else:
            entries = numpy.frombuffer(table, programs.NUMPY[self.dtype])
        index = self.graph.cast(self.graph.cast(self.operands[0], "u8"), "i64")
        return self.graph.add("Gather", [self.graph.constant(entries, self.dtype), index], self.dtype, axis=0)
