#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Computes the golden outputs of the operator cases with ONNX Runtime.

usage: make_op_goldens.py [--set cases|wider|integers|islands|degenerate] [--second-opinion]

Needs what make_goldens.py needs. Writes goldens/{ops,wider,integers,islands,degenerate}.{bin,txt}. A
case that ONNX Runtime refuses, or whose outputs say nothing, is an error: take it out or
mend it. The islands run with ONNX Runtime's default optimisations, which have to turn
them into integer operators; the others without any. The degenerate cases are those of
two_opinions.py. Cases with `judge` "onnx" run in the reference evaluator of the
onnx package, 1.23 or later. With --second-opinion the reference
evaluator of the onnx package (1.13 or later) runs each case as well, and every
disagreement is printed.
"""

import argparse
import os
import sys
import tempfile

import numpy as np
import onnx

sys.dont_write_bytecode = True

import two_opinions  # noqa: E402
from gp_data import cases, op_goldens  # noqa: E402
from make_goldens import onnxruntime, session  # noqa: E402

# What may be left of an island, besides the QLinear operators.
INTEGER_OPS = {
    "QuantizeLinear", "DequantizeLinear", "MaxPool", "NhwcMaxPool", "Concat", "Transpose",
    "Reshape", "Slice", "Gather", "QGemm", "Relu", "MatMulIntegerToFloat",
}  # fmt: skip


def fused_session(model):
    """(a session with the default optimisations, the operators that it left in float)."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Or it turns int8 into uint8, and then leaves some operators in float.
    options.add_session_config_entry("session.qdqisint8allowed", "1")
    with tempfile.TemporaryDirectory() as folder:
        options.optimized_model_filepath = os.path.join(folder, "optimized.onnx")
        run = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        nodes = onnx.load(options.optimized_model_filepath).graph.node
    kinds = {node.op_type for node in nodes if not node.op_type.startswith("QLinear")}
    return run, kinds - INTEGER_OPS


def vacuous(case, arrays):
    """Why the outputs of a case say nothing, or None."""
    if case.get("flat") or case["set"] == "degenerate":
        return None
    for array in arrays:
        distinct = len(np.unique(array))
        if array.size == 0:
            return "an output is empty"
        if array.size > 1 and distinct < 2:
            return "an output is constant"
        continuous = np.issubdtype(array.dtype, np.floating)
        if continuous and array.size >= 64 and distinct < 16:
            return f"an output of {array.size} elements has {distinct} values"
        if case["set"] not in ("cases", "wider") and array.dtype.kind in "iu" and array.size >= 64:
            limits = np.iinfo(array.dtype)
            clamped = ((array == limits.min) | (array == limits.max)).mean()
            if distinct < 12 or clamped > 0.6:
                return f"an output has {distinct} values and is {clamped:.0%} clamped"
    return None


def second_opinion(case, data, inputs, arrays):
    """Compares with the reference evaluator; returns a text or None."""
    from onnx.reference import ReferenceEvaluator

    try:
        others = ReferenceEvaluator(onnx.load_from_string(data)).run(None, inputs)
    except Exception as error:  # It lacks many operators and old opsets.
        return f"not evaluated: {str(error).splitlines()[0][:90] if str(error) else error!r}"
    for mine, other in zip(arrays, others):
        other = np.asarray(other)
        if mine.shape != other.shape:
            return f"DISAGREE: shapes {mine.shape} and {other.shape}"
        both = mine.astype(np.float64), other.astype(np.float64)
        if not np.allclose(*both, rtol=1e-4, atol=1e-5, equal_nan=True):
            return f"DISAGREE by {np.nanmax(np.abs(both[0] - both[1])):.3g}"
    return None


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--set", default="cases", choices=cases.SETS)
    parser.add_argument("--second-opinion", action="store_true")
    arguments = parser.parse_args()
    failed, lines, chunks = False, [], []
    for case in cases.load_all(arguments.set):
        name = case["name"]
        untyped, inputs = cases.build(case)
        try:
            if arguments.set == "degenerate":
                arrays = two_opinions.golden(case, untyped, inputs)
            elif arguments.set == "islands":
                run, left = fused_session(untyped)
                # ONNX Runtime has no integer form of it; ours agrees with its floats.
                if left - {node[0] for node in case["nodes"] if node[0] == "ConvTranspose"}:
                    raise RuntimeError(f"left in float: {', '.join(sorted(left))}")
                arrays = run.run(None, inputs)
            elif case.get("judge") == "onnx":
                from onnx.reference import ReferenceEvaluator

                arrays = ReferenceEvaluator(onnx.load_from_string(untyped)).run(None, inputs)
            else:
                arrays = session(untyped).run(None, inputs)
        except Exception as error:
            print(f"error: {name}: {str(error).splitlines()[0]}", file=sys.stderr)
            failed = True
            continue
        arrays = [np.asarray(array) for array in arrays]
        reason = vacuous(case, arrays)
        if reason:
            print(f"error: {name}: {reason}", file=sys.stderr)
            failed = True
            continue
        if arguments.second_opinion:
            text = second_opinion(case, untyped, inputs, arrays)
            if text:
                print(f"{name}: {text}")
        data, _ = cases.build(case, [(a.dtype, a.shape) for a in arrays])
        lines.append(op_goldens.line(name, data, arrays))
        chunks += [op_goldens.little(array) for array in arrays]
    if failed:
        return 1
    index_path, data_path = op_goldens.paths(arguments.set)
    with open(data_path, "wb") as file:
        file.write(b"".join(chunks))
    with open(index_path, "w", encoding="utf-8") as file:
        file.write(f"onnxruntime {onnxruntime.__version__}\n" + "\n".join(lines) + "\n")
    print(f"{len(lines)} cases, {os.path.getsize(data_path)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
