#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes models whose results have sizes that depend on data as ONNX backend test folders.

usage: generate_varying.py OUTDIR

Elements are chosen by their contents, and go on through other operators: by themselves, moved, joined, reduced,
multiplied, sorted, into branches and out of loops. Each model runs on data that chooses some, all and none of them.
Values are whole numbers, so Python's results, computed here with numpy, are exact; the few others are rounded once.
Every run gives the same bytes.
"""

import argparse
import sys

sys.dont_write_bytecode = True

import numpy as np  # noqa: E402
from generate_control import FLOAT, INT64, graph, node, whole  # noqa: E402
from gp_data import layout  # noqa: E402
from onnx import helper  # noqa: E402

ROWS = 7
X = whole((ROWS, 4))
# Which rows are chosen: some, all, none, the first, the last.
MASKS = [np.array([c == "1" for c in text]) for text in ("0110101", "1111111", "0000000", "1000000", "0000001")]
W = whole((4, 3), 2)


def ints(*values):
    return np.array(values, np.int64)


def choose():
    """'c' and 'x' to the chosen rows 'r' [n, 4], by way of their numbers 'at' [n]."""
    return [node("NonZero", "c", "nz"), node("Squeeze", "nz ax0", "at"), node("Gather", "x at", "r", axis=0)]


def chosen(name, outputs, nodes, function, x=X, **constants):
    """A model on the chosen rows; \\p function(rows, their numbers) gives its outputs."""
    model = graph("g", f"c:b{ROWS} x:f{ROWS},4", outputs, choose() + nodes, ax0=ints(0), **constants)
    sets = []
    for mask in MASKS:
        results = function(x[mask], np.flatnonzero(mask))
        sets.append(((mask, x), results if isinstance(results, tuple) else (results,)))
    return name, model, sets


def by_themselves():
    yield chosen("rows", "r", [], lambda r, at: r)
    yield chosen("numbers", "nz", [], lambda r, at: at[None])
    nodes = [node("Relu", "r", "p"), node("Mul", "p two", "q"), node("Sub", "q r", "s"), node("Less", "s r", "l"),
             node("Where", "l r s", "z"), node("Cast", "z", "y", to=INT64)]
    yield chosen("elementwise", "y", nodes, lambda r, at: np.where(
        (s := np.maximum(r, 0) * 2 - r) < r, r, s).astype(np.int64), two=np.float32(2))
    # A row of its own for each, from numbers that are chosen as well.
    nodes = [node("Cast", "at", "f", to=FLOAT), node("Unsqueeze", "f ax1", "g"), node("Add", "r g", "y")]
    yield chosen("broadcast", "y", nodes, lambda r, at: r + at[:, None].astype(np.float32), ax1=ints(1))


def moved():
    yield chosen("transpose", "y", [node("Transpose", "r", "y")], lambda r, at: r.T)
    yield chosen("flatten", "y", [node("Flatten", "r", "y", axis=0)], lambda r, at: r.reshape(1, -1))
    nodes = [node("Transpose", "r", "t"), node("Reshape", "t flat", "y")]
    yield chosen("flatten_columns", "y", nodes, lambda r, at: r.T.reshape(-1), flat=ints(-1))
    nodes = [node("Transpose", "r", "t"), node("Shape", "t", "s"), node("Gather", "s one", "n"),
             node("Concat", "n two minus", "shape", axis=0), node("Reshape", "t shape", "y")]
    yield chosen("reshape_sizes", "y", nodes, lambda r, at: r.T.reshape(len(r), 2, 2) if len(r) else r.reshape(0, 2, 2),
                 one=ints(1), two=ints(2), minus=ints(2))
    nodes = [node("Reshape", "r pairs", "y")]
    yield chosen("reshape_pairs", "y", nodes, lambda r, at: r.reshape(-1, 2), pairs=ints(-1, 2))
    nodes = [node("Slice", "r first last rows", "a"), node("Slice", "r last start rows back", "b"),
             node("Slice", "r zero two rows", "d"), node("Slice", "r minus2 end rows", "e"),
             node("Slice", "r first end rows two", "f")]
    yield chosen("slices", "a b d e f", nodes, lambda r, at: (
        r[1:-1], r[::-1], r[0:2], r[-2:], r[1::2]), first=ints(1), last=ints(-1), rows=ints(0),
        start=ints(-2**63), end=ints(2**63 - 1), back=ints(-1), zero=ints(0), two=ints(2), minus2=ints(-2))
    nodes = [node("Concat", "r x r", "y", axis=0)]
    yield chosen("concat", "y", nodes, lambda r, at: np.concatenate([r, X, r]))
    nodes = [node("Concat", "r r", "y", axis=1)]
    yield chosen("concat_columns", "y", nodes, lambda r, at: np.concatenate([r, r], 1))
    nodes = [node("Tile", "r twice", "y")]
    yield chosen("tile", "y", nodes, lambda r, at: np.tile(r, (1, 2)), twice=ints(1, 2))
    nodes = [node("Split", "r halves", "a b", axis=1)]
    yield chosen("split", "a b", nodes, lambda r, at: (r[:, :1], r[:, 1:]), halves=ints(1, 3))
    # From the end of what was chosen, where there is an end.
    nodes = [node("Concat", "x r", "all", axis=0), node("Gather", "all minus", "a", axis=0),
             node("GatherND", "all pair", "b"), node("GatherElements", "all column", "d", axis=0)]
    yield chosen("gather_end", "a b d", nodes, lambda r, at: (
        (full := np.concatenate([X, r]))[[-1, -2]], full[[-1, 0], [0, -1]], full[[[-1], [0]], [[0], [0]]]),
        minus=ints(-1, -2), pair=ints(-1, 0, 0, -1).reshape(2, 2), column=ints(-1, 0).reshape(2, 1))


def sizes():
    nodes = [node("Shape", "r", "s"), node("Size", "r", "n")]
    yield chosen("shape", "s n", nodes, lambda r, at: (ints(*r.shape), np.int64(r.size)))
    nodes = [node("Shape", "at", "s"), node("ConstantOfShape", "s", "zeros"), node("Squeeze", "s ax0", "n"),
             node("Range", "zero n one", "up"), node("Range", "n minus step", "down"),
             node("Concat", "s three", "wide", axis=0), node("Expand", "number wide", "e")]
    yield chosen("made", "zeros up down e", nodes, lambda r, at: (
        np.zeros(len(at), np.float32), np.arange(len(at)), np.arange(len(at), -1, -2),
        np.full((len(at), 3), 5, np.float32)), zero=np.int64(0), one=np.int64(1), minus=np.int64(-1),
        step=np.int64(-2), three=ints(3), number=np.float32(5))
    # No more than five, nor than there are.
    nodes = [node("Shape", "at", "s"), node("Concat", "s five", "both", axis=0),
             node("ReduceMin", "both", "k", keepdims=1), node("ReduceSum", "r ax1", "sums", keepdims=0),
             node("TopK", "sums k", "v i", axis=0)]

    def top(r, at):
        order = np.argsort(-r.sum(1), kind="stable")[:min(5, len(r))]
        return r.sum(1)[order], order

    yield chosen("topk", "v i", nodes, top, five=ints(5), ax1=ints(1))


def reduced():
    nodes = [node("ReduceSum", "r ax0", "a", keepdims=0), node("ReduceSumSquare", "r", "b", axes=[0], keepdims=1),
             node("ReduceL1", "r", "d", keepdims=0), node("ReduceProd", "r", "e", axes=[0], keepdims=0)]
    yield chosen("sums", "a b d e", nodes, lambda r, at: (
        r.sum(0), (r * r).sum(0, keepdims=True), np.abs(r).sum(), r.prod(0)))
    # Means and extremes of nothing are left to nobody.
    nodes = [node("Concat", "r one", "more", axis=0), node("ReduceMean", "more", "a", axes=[0], keepdims=0),
             node("ReduceMax", "more", "b", axes=[0], keepdims=0), node("ReduceMin", "more", "d", keepdims=0),
             node("ArgMax", "more", "e", axis=0, keepdims=0), node("ArgMin", "more", "f", axis=0, keepdims=0)]

    def extremes(r, at):
        more = np.concatenate([r, np.full((1, 4), -9, np.float32)])
        mean = more.sum(0) / np.float32(len(more))
        return mean, more.max(0), more.min(), more.argmax(0), more.argmin(0)

    yield chosen("extremes", "a b d e f", nodes, extremes, one=np.full((1, 4), -9, np.float32))
    nodes = [node("CumSum", "r zero", "a"), node("CumSum", "r zero", "b", reverse=1, exclusive=1)]
    yield chosen("running", "a b", nodes, lambda r, at: (
        r.cumsum(0), r[::-1].cumsum(0)[::-1] - r), zero=np.int64(0))


def products():
    nodes = [node("MatMul", "r w", "a"), node("Gemm", "r w bias", "b"), node("Transpose", "r", "t"),
             node("MatMul", "t r", "d")]
    yield chosen("products", "a b d", nodes, lambda r, at: (r @ W, r @ W + whole((3,)), r.T @ r), w=W, bias=whole((3,)))
    # Along each row, then over the rows.
    nodes = [node("Softmax", "r", "a", axis=1), node("Softmax", "r", "b", axis=0)]

    def softmax(x, axis):
        if x.size == 0:
            return x
        e = np.exp(x.astype(np.float64) - x.max(axis, keepdims=True))
        return (e / e.sum(axis, keepdims=True)).astype(np.float32)

    yield chosen("softmax", "a b", nodes, lambda r, at: (softmax(r, 1), softmax(r, 0)))
    image = np.stack([whole((1, 4, 4), i) for i in range(ROWS)]).astype(np.float32)
    kernel = whole((2, 1, 3, 3), 1)
    nodes = choose() + [node("Conv", "r k", "f"), node("MaxPool", "f", "y", kernel_shape=[2, 2])]
    model = graph("g", f"c:b{ROWS} x:f{ROWS},1,4,4", "y", nodes, ax0=ints(0), k=kernel)

    def conv(images):
        windows = np.lib.stride_tricks.sliding_window_view(images[:, 0], (3, 3), (1, 2))
        return np.einsum("nyxij,oij->noyx", windows, kernel[:, 0]).max((2, 3), keepdims=True)

    yield "images", model, [((mask, image), (conv(image[mask]),)) for mask in MASKS]


def replaced():
    nodes = [node("Unsqueeze", "at ax1", "where"), node("Neg", "r", "minus"), node("ScatterND", "x where minus", "a"),
             node("Slice", "where zero last zero", "fewer"), node("Slice", "minus zero last zero", "rest"),
             node("ScatterND", "x fewer rest", "b")]

    def scatter(r, at):
        a, b = X.copy(), X.copy()
        a[at] = -r
        b[at[:-1]] = -r[:-1]
        return a, b

    yield chosen("scatter_nd", "a b", nodes, scatter, ax1=ints(1), zero=ints(0), last=ints(-1))
    nodes = [node("Unsqueeze", "at ax1", "u"), node("Expand", "u wide", "where"),
             node("ScatterElements", "x where r", "y", axis=0, reduction="add")]

    def add(r, at):
        y = X.copy()
        y[at] += r
        return y

    yield chosen("scatter_elements", "y", nodes, add, ax1=ints(1), wide=ints(1, 4))


def selections():
    for name, x in (("some", X), ("none", np.zeros_like(X)), ("all", np.ones_like(X))):
        yield f"nonzero_{name}", graph("g", f"x:f{ROWS},4", "y", [node("NonZero", "x", "y")]), [
            ((x,), (np.stack(np.nonzero(x)),))]
    nodes = [node("NonZero", "x", "t"), node("Transpose", "t", "at"), node("GatherND", "x at", "y")]
    yield "masked", graph("g", f"x:f{ROWS},4", "y", nodes), [((x,), (x[x != 0],)) for x in (X, X * 0, X * 0 + 1)]
    # Chosen among the chosen.
    nodes = choose() + [node("Greater", "r zero", "p"), node("NonZero", "p", "q"), node("Compress", "r d", "z", axis=1),
                        node("Compress", "z e", "flat")]
    model = graph("g", f"c:b{ROWS} x:f{ROWS},4 d:b4 e:b{ROWS}", "q z flat", nodes, ax0=ints(0), zero=np.float32(0))
    sets = []
    d, e = np.array([True, False, True, True]), np.array([True, False, True, False, False, False, True])
    for mask in MASKS[:2]:
        r = X[mask]
        z = r[:, d]
        sets.append(((mask, X, d, e), (np.stack(np.nonzero(r > 0)), z, z.reshape(-1)[np.flatnonzero(e)])))
    yield "twice", model, sets


def unique(values, axis, sort):
    y, first, inverse, counts = np.unique(values, return_index=True, return_inverse=True, return_counts=True, axis=axis)
    inverse = inverse.reshape(-1)
    if not sort:
        order = np.argsort(first)
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        y = np.take(y, order, axis or 0)
        first, counts, inverse = first[order], counts[order], place[inverse]
    return y, first, inverse, counts


def uniques():
    small = np.abs(X) // 2
    for sort in (0, 1):
        for axis in (None, 0, 1, -2):
            name = f"unique_{'sorted' if sort else 'unsorted'}" + ("" if axis is None else f"_{axis}".replace("-", "m"))
            values = np.concatenate([small, small[2:4]])
            values[:, 3] = values[:, 0]
            at = {} if axis is None else {"axis": axis}
            model = graph("g", "x:f9,4", "y i v k", [node("Unique", "x", "y i v k", sorted=sort, **at)])
            yield name, model, [((x,), unique(x, axis, sort)) for x in (values, values * 0)]
    nodes = choose() + [node("Cast", "r", "n", to=INT64), node("Unique", "n", "y i v k"), node("Mul", "k y", "z")]
    yield "unique_of_chosen", graph("g", f"c:b{ROWS} x:f{ROWS},4", "y i v k z", nodes, ax0=ints(0)), [
        ((mask, X), (*(u := unique(X[mask].astype(np.int64), None, 1)), u[3] * u[0])) for mask in MASKS[:2]]


def boxes():
    """Boxes on a grid, of whole sizes: which overlap does not depend on rounding."""
    corner = np.stack([whole((2, 12), 1) * 3, whole((2, 12), 4) * 3], -1)
    all_boxes = np.concatenate([corner, corner + 8], -1).astype(np.float32)
    scores = ((np.arange(2 * 3 * 12) * 29 % 71) / 8).astype(np.float32).reshape(2, 3, 12)
    nodes = [
        node("NonMaxSuppression", "b s most overlap score", "sel"), node("GatherND", "s sel2", "v"),
        node("Cast", "v", "f", to=FLOAT),
    ]
    nodes[1:1] = [
        node("Split", "sel", "bi ci xi", axis=1), node("Concat", "bi ci xi", "sel2", axis=1),
        node("Concat", "bi xi", "bx", axis=1), node("GatherND", "b bx", "picked"),
    ]
    nodes += [node("Unsqueeze", "f ax1", "u"), node("Cast", "ci", "cls", to=FLOAT),
              node("Concat", "picked u cls", "found", axis=1)]
    model = graph("g", "b:f2,12,4 s:f2,3,12 score:f1", "found sel", nodes, most=ints(4), ax1=ints(1),
                  overlap=np.array([0.3], np.float32))
    sets = []
    for limit in (2.0, -1.0, 100.0):
        rows = []
        for n in range(2):
            for c in range(3):
                kept = []
                for i in np.argsort(-scores[n, c], kind="stable"):
                    if scores[n, c, i] <= limit or len(kept) == 4:
                        continue
                    a = all_boxes[n, i]
                    inside = [np.prod(np.maximum(np.minimum(a[2:], o[2:]) - np.maximum(a[:2], o[:2]), 0))
                              for o in all_boxes[n, kept]]
                    if all(common / (128 - common) <= 0.3 for common in inside):
                        kept.append(i)
                rows += [(n, c, i) for i in kept]
        sel = np.array(rows, np.int64).reshape(-1, 3)
        found = np.concatenate([all_boxes[sel[:, 0], sel[:, 2]], scores[sel[:, 0], sel[:, 1], sel[:, 2]][:, None],
                                sel[:, 1:2].astype(np.float32)], 1)
        sets.append(((all_boxes, scores, np.array([limit], np.float32)), (found, sel)))
    yield "detections", model, sets


def graphs():
    # One branch gives what was chosen, the other one row.
    then = graph("then", "", "a", [node("Mul", "r two", "a")], two=np.float32(2))
    other = graph("else", "", "b", [node("Identity", "none", "b")], none=np.full((1, 4), 7, np.float32))
    nodes = [node("Size", "at", "n"), node("Greater", "n one", "many"),
             node("If", "many", "y", then_branch=then, else_branch=other),
             node("ReduceSum", "y ax0", "sum", keepdims=0)]
    yield chosen("branches", "y sum", nodes, lambda r, at: (
        (y := r * 2 if len(r) > 1 else np.full((1, 4), 7, np.float32)), y.sum(0)), one=np.int64(1))
    # As many rows as were chosen, each of what was carried.
    body = graph("body", "i:i k:b h:f4", "go:b h1:f4 row:f4",
                 [node("Gather", "r i", "x1", axis=0), node("Add", "h x1", "h1"), node("Neg", "h1", "row"),
                  node("Identity", "k", "go")])
    nodes = [node("Size", "at", "n"), node("Loop", "n", "last rows", body=body),
             node("ReduceSum", "rows ax0", "sum", keepdims=0)]
    nodes[1].input[:] = ["n", "", "h"]
    yield chosen("rows_of_loop", "last rows sum", nodes, lambda r, at: (
        r.sum(0), -r.cumsum(0), (-r.cumsum(0)).sum(0)), h=np.zeros(4, np.float32))
    # As long as the condition holds, but not for ever.
    body = graph("body", "i:i k:b h:i", "go:b h1:i row:i",
                 [node("Add", "h h", "h1"), node("Less", "h1 limit", "go"), node("Identity", "h", "row")])
    nodes = [node("Loop", "most", "last rows", body=body)]
    nodes[0].input[:] = ["most", "", "h"]
    model = graph("g", "h:i limit:i", "last rows", nodes, most=np.int64(100))
    sets = []
    for h, limit in ((1, 50), (3, 2), (0, 1)):
        rows, value, i = [], h, 0
        while True:
            rows.append(value)
            value, i = value * 2, i + 1
            if value >= limit or i == 100:
                break
        sets.append(((np.int64(h), np.int64(limit)), (np.int64(value), np.array(rows, np.int64))))
    yield "rows_while", model, sets


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("outdir")
    arguments = parser.parse_args()
    count = 0
    for family in (by_themselves, moved, sizes, reduced, products, replaced, selections, uniques, boxes, graphs):
        for name, made, sets in family():
            opset = 16 if name in ("scatter_elements",) else 13
            model = helper.make_model(made, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
            layout.write_case(arguments.outdir, name, model, sets)
            count += 1
    print(f"{count} cases")


if __name__ == "__main__":
    main()
