#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes models with If, Loop, Scan and sequences as ONNX backend test folders.

usage: generate_control.py OUTDIR

Conditions and numbers of iterations are known or depend on data; bodies use values from outside, carry, stack and
nest. Values are whole numbers, so Python's results, computed here by plain loops, are exact. Every run gives the same
bytes.
"""

import argparse
import sys

sys.dont_write_bytecode = True

import numpy as np  # noqa: E402
from gp_data import layout  # noqa: E402
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

OPSET = 17
FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL


def node(op, inputs, outputs, **attributes):
    return helper.make_node(op, inputs.split(), outputs.split(), **attributes)


def info(text):
    """'x:f2,3' is a float tensor x of shape [2, 3]; i is int64 and b is bool; 'x' has no type."""
    name, _, kind = text.partition(":")
    if not kind:
        value = helper.make_empty_tensor_value_info(name)
        return value
    shape = [int(dim) for dim in kind[1:].split(",") if dim]
    return helper.make_tensor_value_info(name, {"f": FLOAT, "i": INT64, "b": BOOL}[kind[0]], shape)


def graph(name, inputs, outputs, nodes, **constants):
    return helper.make_graph(
        nodes,
        name,
        [info(text) for text in inputs.split()],
        [info(text) for text in outputs.split()],
        [numpy_helper.from_array(np.asarray(value), key) for key, value in constants.items()],
    )


def whole(shape, first=0):
    """Whole numbers of -3 to 3."""
    count = int(np.prod(shape))
    return ((np.arange(first, first + count) * 5 % 7) - 3).astype(np.float32).reshape(shape)


X, Y, W = whole((2, 3)), whole((2, 3), 4), whole((3, 3), 2)
YES, NO = np.array(True), np.array(False)


def branches():
    """Both use what the other does not, from outside."""
    then = graph("then", "", "a", [node("MatMul", "x w", "a")])
    other = graph("else", "", "b", [node("Mul", "x two", "t"), node("Sub", "t y", "b")], two=np.float32(2))
    return {"then_branch": then, "else_branch": other}


def conditionals():
    main = [node("If", "c", "r", **branches()), node("Add", "r y", "z")]
    inputs, constants = "c:b x:f2,3 y:f2,3", {"w": W}
    values = {True: X @ W + Y, False: X * 2 - Y + Y}
    sets = [((c, X, Y), (values[bool(c)],)) for c in (YES, NO)]
    yield "if", graph("g", inputs, "z:f2,3", main, **constants), sets
    for name, known in (("then", YES), ("else", NO)):
        folded = graph("g", "x:f2,3 y:f2,3", "z:f2,3", main, c=known, **constants)
        yield f"if_known_{name}", folded, [((X, Y), (values[bool(known)],))]

    # The branch that nobody takes may hold what is not supported.
    dead = graph("else", "", "b", [node("RandomNormalLike", "x", "b")])
    live = graph("then", "", "a", [node("Neg", "x", "a")])
    rank = [
        node("Shape", "x", "s"),
        node("Gather", "s one", "n"),
        node("Equal", "n three", "c"),
        node("If", "c", "z", then_branch=live, else_branch=dead),
    ]
    by_shape = graph("g", "x:f2,3", "z:f2,3", rank, one=np.int64(1), three=np.int64(3))
    yield "if_by_shape", by_shape, [((X,), (-X,))]

    # Two conditions, one within the other; a branch gives what it was given.
    inner = graph("inner", "", "d", [node("If", "e", "d", **branches())])
    same = graph("same", "", "f", [node("Identity", "x", "f")])
    nested = graph("g", "c:b e:b x:f2,3 y:f2,3", "z:f2,3",
                   [node("If", "c", "z", then_branch=inner, else_branch=same)], **constants)
    sets = [((c, e, X, Y), ((X @ W if e else X * 2 - Y) if c else X,)) for c in (YES, NO) for e in (YES, NO)]
    yield "if_nested", nested, sets

    # The condition is computed, and has a dim.
    computed = [node("ReduceMax", "x", "m", keepdims=0), node("Greater", "m limit", "g"),
                node("Reshape", "g ones", "c"), node("If", "c", "z", **branches())]
    sets = [((x, Y), (x @ W if x.max() > 3 else x * 2 - Y,)) for x in (X, X + 1)]
    yield "if_computed", graph("g", "x:f2,3 y:f2,3", "z:f2,3", computed, limit=np.float32(3),
                               ones=np.ones(1, np.int64), **constants), sets


def counting_body():
    """h = (5 h + i + k) mod 97; a row is h + 1."""
    nodes = [
        node("Mul", "h five", "h5"), node("Add", "h5 i", "hi"), node("Add", "hi k", "hk"),
        node("Mod", "hk m", "h1"),
        node("Add", "h1 one", "row"), node("Identity", "c", "go"),
    ]
    return graph("body", "i:i c:b h:i3", "go:b h1:i3 row:i3", nodes, five=np.int64(5), m=np.int64(97), one=np.int64(1))


def counted(trips, h, k):
    rows = []
    for i in range(trips):
        h = (5 * h + i + k) % 97
        rows.append(h + 1)
    return h, np.array(rows, np.int64).reshape(-1, 3)


def loops():
    h, k = np.array([1, 2, 3], np.int64), np.array([7, 0, 50], np.int64)
    for name, trips in (("unrolled", 5), ("counted", 300), ("empty", 0)):
        main = [node("Loop", "trips  h", "last rows", body=counting_body())]
        main[0].input[:] = ["trips", "", "h"]
        model = graph("g", "h:i3 k:i3", f"last:i3 rows:i{trips},3", main, trips=np.int64(trips))
        yield f"loop_{name}", model, [((h, k), counted(trips, h, k))]

    # The condition is false from the start, and known: there are no rows, however many trips there may be.
    main = [node("Loop", "trips no h", "last rows", body=counting_body())]
    for name, trips in (("never", 5), ("never_long", 300)):
        model = graph("g", "h:i3 k:i3", "last:i3 rows:i0,3", main, trips=np.int64(trips), no=NO)
        yield f"loop_{name}", model, [((h, k), counted(0, h, k))]

    # How often is data; so is whether at all.
    body = graph("body", "i:i c:b h:f2,3", "go:b h1:f2,3",
                 [node("MatMul", "h w", "t"), node("Clip", "t low high", "h1"),
                  node("ReduceSum", "h1", "s", keepdims=0), node("Less", "s limit", "go")],
                 low=np.float32(-9), high=np.float32(9), limit=np.float32(20))
    main = [node("Loop", "n c h", "last", body=body)]

    def run(n, c, x):
        i = 0
        while i < n and c:
            x = np.clip(x @ W, -9, 9)
            c = x.sum() < 20
            i += 1
        return x

    cases = ((0, YES), (1, YES), (2, YES), (9, YES), (4, NO), (-1, YES))
    sets = [((np.int64(n), c, X), (run(n, c, X),)) for n, c in cases]
    yield "loop_data", graph("g", "n:i c:b h:f2,3", "last:f2,3", main, w=W), sets

    # Without a number of iterations, and with a branch within.
    odd = graph("odd", "", "o", [node("Mul", "h three", "p"), node("Add", "p one", "o")], three=np.int64(3))
    even = graph("even", "", "e", [node("Div", "h two", "e")])
    body = graph("body", "i:i c:b h:i1 n:i1", "go:b h1:i1 n1:i1",
                 [node("Mod", "h two", "r"), node("Cast", "r", "b", to=BOOL),
                  node("If", "b", "h1", then_branch=odd, else_branch=even),
                  node("Add", "n one", "n1"), node("Greater", "h1 one", "go")],
                 two=np.int64(2), one=np.int64(1))
    main = [node("Loop", "n c h", "last steps", body=body)]
    main[0].input[:] = ["", "c", "h", "zero"]

    def steps(h):
        n = 0
        while h > 1 or n == 0:
            h, n = (3 * h + 1 if h % 2 else h // 2), n + 1
        return np.array([h]), np.array([n])

    yield "loop_while", graph("g", "h:i1", "last:i1 steps:i1", main, c=YES, zero=np.zeros(1, np.int64)), [
        ((np.array([h], np.int64),), steps(h)) for h in (6, 27)]

    # A loop in a loop, both too long to become nodes.
    inner = graph("inner", "j:i d:b a:i1", "go1:b a1:i1",
                  [node("Mul", "a two", "t"), node("Add", "t i", "u"), node("Add", "u j", "v"),
                   node("Mod", "v m", "a1"), node("Identity", "d", "go1")], two=np.int64(2))
    outer = graph("outer", "i:i c:b h:i1", "go:b h1:i1",
                  [node("Loop", "n", "h1", body=inner), node("Identity", "c", "go")])
    outer.node[0].input[:] = ["n", "", "h"]
    main = [node("Loop", "n", "last", body=outer)]
    main[0].input[:] = ["n", "", "h"]
    a = 1
    for i in range(70):
        for j in range(70):
            a = (2 * a + i + j) % 1009
    yield "loop_nested", graph("g", "h:i1", "last:i1", main, n=np.int64(70), m=np.int64(1009)), [
        ((np.ones(1, np.int64),), (np.array([a]),))]

    # What is carried grows: it becomes nodes, whatever that costs.
    body = graph("body", "i:i c:b h", "go:b h1", [node("Concat", "h x", "h1", axis=0), node("Identity", "c", "go")])
    main = [node("Loop", "n c h", "last", body=body)]
    main[0].input[:] = ["n", "", "x"]
    yield "loop_growing", graph("g", "x:f2,3", "last:f82,3", main, n=np.int64(40)), [((X,), (np.tile(X, (41, 1)),))]


def scans():
    # Two states, two sequences, one of them backward along dim 1; a row comes last in front.
    nodes = [node("Add", "s a", "s1"), node("MatMul", "t w", "tw"), node("Mod", "tw m", "t0", fmod=1),
             node("Add", "t0 b", "t1"), node("Mul", "s1 t1", "row"), node("Sub", "a b", "diff")]
    body = graph("body", "s:f3 t:f3 a:f3 b:f3", "s1:f3 t1:f3 row:f3 diff:f3", nodes, m=np.float32(5))
    for name, count in (("unrolled", 4), ("long", 90)):
        a, b = whole((count, 3), 1), whole((3, count), 5)
        scan = node("Scan", "s t a b", "s1 t1 rows diffs", body=body, num_scan_inputs=2, scan_input_axes=[0, 1],
                    scan_input_directions=[0, 1], scan_output_axes=[1, -2], scan_output_directions=[0, 1])
        s, t, rows, diffs = whole((3,)), whole((3,), 3), [], []
        first = (s, t, a, b)
        for i in range(count):
            at = b[:, count - 1 - i]
            s, t = s + a[i], np.fmod(t @ W, np.float32(5)) + at
            rows.append(s * t)
            diffs.append(a[i] - at)
        model = graph("g", f"s:f3 t:f3 a:f{count},3 b:f3,{count}", f"s1:f3 t1:f3 rows:f3,{count} diffs:f{count},3",
                      [scan], w=W)
        yield f"scan_{name}", model, [(first, (s, t, np.stack(rows, 1), np.stack(diffs[::-1])))]


def sequences():
    # Taken apart and put together; what is made of the parts is known, also within a loop that stays one.
    nodes = [
        node("SplitToSequence", "x", "rows", axis=0, keepdims=0), node("SequenceInsert", "rows y zero", "more"),
        node("SequenceErase", "more two", "fewer"), node("SequenceLength", "fewer", "n"),
        node("SequenceAt", "fewer minus", "last"), node("ConcatFromSequence", "fewer", "stacked", axis=1, new_axis=1),
        node("Identity", "n", "count"),
    ]
    x, y = whole((4, 3)), whole((3,), 5)
    constants = {"zero": np.int64(0), "two": np.int64(2), "minus": np.int64(-1)}
    kept = [y, x[0], x[2], x[3]]
    yield "sequence", graph("g", "x:f4,3 y:f3", "last:f3 stacked:f3,4 count:i", nodes, **constants), [
        ((x, y), (kept[-1], np.stack(kept, 1), np.int64(4)))]

    body = graph("body", "i:i c:b h:f3", "go:b h1:f3",
                 [node("SequenceAt", "rows two", "r"), node("Squeeze", "r zeros", "q"), node("Add", "h q", "s"),
                  node("Mod", "s m", "h1", fmod=1), node("Identity", "c", "go")])
    nodes = [node("SplitToSequence", "x ones", "rows", axis=0), node("Squeeze", "y zeros", "h"),
             node("Loop", "n", "last", body=body)]
    nodes[2].input[:] = ["n", "", "h"]
    h = y
    for _ in range(200):
        h = np.fmod(h + x[2], np.float32(11))
    constants = {"ones": np.ones(4, np.int64), "zeros": np.zeros(1, np.int64), "two": np.int64(2), "n": np.int64(200),
                 "m": np.float32(11)}
    yield "sequence_in_loop", graph("g", "x:f4,3 y:f1,3", "last:f3", nodes, **constants), [((x, y[None]), (h,))]

    body = graph("body", "a b", "s", [node("MatMul", "a w", "aw"), node("Sub", "aw b", "s")])
    nodes = [node("SplitToSequence", "x pairs", "rows", axis=0), node("SequenceMap", "rows y", "mapped", body=body),
             node("ConcatFromSequence", "mapped", "z", axis=0)]
    yield "sequence_map", graph("g", "x:f5,3 y:f3", "z:f5,3", nodes, pairs=np.int64(2), w=W), [((whole((5, 3)), y), (
        whole((5, 3)) @ W - y,))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("outdir")
    arguments = parser.parse_args()
    count = 0
    for family in (conditionals, loops, scans, sequences):
        for name, made, sets in family():
            model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
            layout.write_case(arguments.outdir, name, model, sets)
            count += 1
    print(f"{count} cases")


if __name__ == "__main__":
    main()
