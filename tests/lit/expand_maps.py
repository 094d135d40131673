# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Expands short maps of a test into prim IR, on standard output.

usage: expand_maps.py FILE.mlir

A short map is one line: one scalar op on tensors and numbers.

  %y = map quantize(%x, 0.5, 3) : (tensor<4xf32>) -> tensor<4xui8>

It becomes a prim.map of the tensors, whose body has the numbers as constants. The types of numbers follow from the
op: the scale of a quantize or dequantize is f32, its zero point has the type of the integers, and any other number
has the type of the first operand. All other lines stay as they are.
"""

import re
import sys

SHORT = re.compile(r"\s*(%\w+) = map (\w+)\(([^)]*)\) : \(([^)]*)\) -> (tensor<[^>]*>)\s*$")


class Fault(Exception):
    """A short map that cannot be read."""


def element(tensor):
    """The element type of a tensor type."""
    return re.fullmatch(r"tensor<(?:\d+x)*(\w+)>", tensor).group(1)


def number_type(op, position, first, result):
    """The type of a number that is an operand of an op."""
    if op in ("quantize", "dequantize") and position > 0:
        return "f32" if position == 1 else {"quantize": result, "dequantize": first}[op]
    return first


def expand(name, op, operands, types, result):
    """The lines of one map."""
    operands = [operand.strip() for operand in operands.split(",")]
    tensors = [operand for operand in operands if operand.startswith("%")]
    elements = [element(tensor) for tensor in types.split(", ")]
    if not tensors or len(tensors) != len(elements):
        raise Fault(f"needs a type for each of {len(tensors)} tensors, but got {len(elements)}")
    parameters, constants, scalars = iter(elements), [], []
    for position, operand in enumerate(operands):
        if operand.startswith("%"):
            scalars.append((f"%a{position}", next(parameters), True))
            continue
        kind = number_type(op, position, elements[0], element(result))
        constants.append(f"    %a{position} = prim.scalar_constant {operand} : {kind}")
        scalars.append((f"%a{position}", kind, False))
    arguments = ", ".join(f"{scalar}: {kind}" for scalar, kind, is_tensor in scalars if is_tensor)
    names = ", ".join(scalar for scalar, _, _ in scalars)
    kinds = ", ".join(kind for _, kind, _ in scalars)
    return [
        f"  {name} = prim.map({', '.join(tensors)}) : ({types}) -> {result} {{",
        f"  ^bb0({arguments}):",
        *constants,
        f"    %r = prim.scalar {op}({names}) : ({kinds}) -> {element(result)}",
        f"    prim.yield %r : {element(result)}",
        "  }",
    ]


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: expand_maps.py FILE.mlir")
    with open(sys.argv[1], encoding="utf-8") as file:
        for number, line in enumerate(file.read().splitlines(), 1):
            short = SHORT.match(line)
            try:
                if not short and re.match(r"\s*%\w+ = map\b", line):
                    raise Fault("needs %y = map OP(OPERANDS) : (TYPES) -> TYPE")
                print("\n".join(expand(*short.groups())) if short else line)
            except Fault as fault:
                sys.exit(f"{sys.argv[1]}:{number}: {fault}")


main()
