#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a sample of random graphs in ONNX Runtime, and compares it with the interpreter's outputs.

usage: against_ort.py FOLDER    (folders of model.onnx and test_data_set_0, as graph-fuzz --dump-ort writes them)
       against_ort.py --fuzz graph-fuzz --count N [--seed S] FOLDER    (writes them first)

The environment variable GLOWPLUG_ORT_PYTHON names a Python with onnxruntime and onnx; without it the script ends
with status 77: skipped. The rules:

- Integers and booleans are equal. Where floats decide them (Cast, QuantizeLinear, comparisons), 3 % of the elements may
  be one step away: a float next to a tie may stand on either side, and ONNX Runtime divides half-precision numbers by
  their scales in single precision, where the project (and ONNX's reference) rounds the quotient to half precision.
- Floats: not further apart than RELATIVE of the element plus TO_MAX of the largest element, by type. Sums run in
  another order, and half-precision chains round at other places. NaN and infinities stand at the same places.
- To these limits come 128 times the distance of the interpreter's run in declared types from that in double, and twice
  what other decisions next to ties change (`distances.txt`, as in core/driver/Compare.h): a sine of 1e6 is no test.
- The interpreter meets no infinity and no NaN in these graphs: which integers they become, ONNX leaves open.
- A graph with an operator or a type that ONNX Runtime has no kernel for is skipped, and counted by its name.
- A difference in KNOWN is one that ONNX Runtime makes from the ONNX specification; it is counted by its reason.
"""

import argparse
import collections
import glob
import os
import re
import subprocess
import sys

from apart import judge_apart

SKIPPED = 77
RELATIVE = {"float": 1e-3, "double": 1e-3, "float16": 2e-2, "bfloat16": 8e-2}
TO_MAX = {"float": 5e-5, "double": 5e-5, "float16": 1e-2, "bfloat16": 4e-2}

def has_empty(model):
    """Whether an input has no elements."""
    return any(
        dim.HasField("dim_value") and dim.dim_value == 0
        for info in model.graph.input
        for dim in info.type.tensor_type.shape.dim
    )


# What ONNX Runtime does otherwise than the specification: (operators, what of a node, reason).
KNOWN = [
    (
        "MaxPool AveragePool LpPool",
        lambda model, node: any(a.name == "ceil_mode" and a.i for a in node.attribute),
        "ceil_mode: ONNX drops windows that begin in the high pads, ONNX Runtime's shape inference counts them",
    ),
    (
        "Gemm",
        lambda model, node: any(a.name == "beta" for a in node.attribute) and has_empty(model),
        "Gemm over an empty dim: ONNX Runtime does not multiply C with beta",
    ),
]


def known_reason(model):
    """The reason of the first known difference that a model has an operator of, or None."""
    for operators, matches, reason in KNOWN:
        for node in model.graph.node:
            if node.op_type in operators.split() and matches(model, node):
                return reason
    return None


# ---- One case, in a process of its own


def plain(model):
    """The model with single-precision inputs and outputs in the place of bfloat16: numpy has no such type."""
    import onnx

    bf16, f32 = onnx.TensorProto.BFLOAT16, onnx.TensorProto.FLOAT
    graph = model.graph
    for info in graph.input:
        if info.type.tensor_type.elem_type != bf16:
            continue
        cast = onnx.helper.make_node("Cast", [info.name + ".f32"], [info.name], to=bf16)
        info.name += ".f32"
        info.type.tensor_type.elem_type = f32
        graph.node.insert(0, cast)
    for info in graph.output:
        if info.type.tensor_type.elem_type != bf16:
            continue
        graph.node.append(onnx.helper.make_node("Cast", [info.name], [info.name + ".f32"], to=f32))
        info.name += ".f32"
        info.type.tensor_type.elem_type = f32
    return model


def read_tensor(path):
    """(array, name of the type)."""
    import numpy
    import onnx

    with open(path, "rb") as file:
        proto = onnx.TensorProto.FromString(file.read())
    names = {1: "float", 10: "float16", 11: "double", 16: "bfloat16"}
    if proto.data_type == onnx.TensorProto.BFLOAT16:
        bits = numpy.frombuffer(proto.raw_data, numpy.uint16).astype(numpy.uint32) << 16
        return bits.view(numpy.float32).reshape(proto.dims), "bfloat16"
    return onnx.numpy_helper.to_array(proto), names.get(proto.data_type, "integer")


def tensors(folder, prefix):
    count = len(glob.glob(f"{folder}/test_data_set_0/{prefix}_*.pb"))
    return [read_tensor(f"{folder}/test_data_set_0/{prefix}_{i}.pb") for i in range(count)]


def difference(index, actual, expected, kind, is_decided, distance, swayed):
    """What is wrong with an output; empty if nothing is."""
    import numpy

    if actual.shape != expected.shape:
        return f"output {index}: shape {list(expected.shape)}, but ONNX Runtime has {list(actual.shape)}"
    if kind == "integer":
        wrong = actual != expected
        if not wrong.any():
            return ""
        steps = numpy.abs(actual.astype(numpy.int64) - expected.astype(numpy.int64))
        if steps.max() <= 2 * swayed or is_decided and (wrong.sum() <= max(1, 0.03 * wrong.size)) and steps.max() <= 1:
            return ""
        at = int(wrong.reshape(-1).argmax())
        return (
            f"output {index}: {int(wrong.sum())} of {wrong.size} elements, first {expected.reshape(-1)[at]}, "
            f"but ONNX Runtime has {actual.reshape(-1)[at]}"
        )
    a, e = actual.astype(numpy.float64), expected.astype(numpy.float64)
    finite = numpy.isfinite(a) & numpy.isfinite(e)
    largest = numpy.abs(e[finite]).max() if finite.any() else 0.0
    with numpy.errstate(invalid="ignore"):
        limit = RELATIVE[kind] * numpy.abs(e) + TO_MAX[kind] * largest + 1e-7 + 128 * distance + 2 * swayed
        near = numpy.where(finite, numpy.abs(a - e) <= limit, (a == e) | (numpy.isnan(a) & numpy.isnan(e)))
    if near.all():
        return ""
    at = int((~near).reshape(-1).argmax())
    return (
        f"output {index}: {int((~near).sum())} of {near.size} elements, first {e.reshape(-1)[at]:.9g}, "
        f"but ONNX Runtime has {a.reshape(-1)[at]:.9g}"
    )


def decides(model):
    """Whether floats decide integers."""
    operators = {"Cast", "QuantizeLinear", "DynamicQuantizeLinear", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"}
    return any(node.op_type in operators for node in model.graph.node)


def missing_kernel(message, model):
    """The name of what ONNX Runtime has no kernel for; None if that is not what it says."""
    found = re.search(r"Could not find an implementation for (\w+)\((\d+)\) node with name '([^']*)'", message)
    if found:
        infos = list(model.graph.input) + list(model.graph.value_info)
        types = {info.name: info.type.tensor_type.elem_type for info in infos}
        types.update({tensor.name: tensor.data_type for tensor in model.graph.initializer})
        import onnx

        node = next((n for n in model.graph.node if n.name == found[3]), None)
        known = [types[name] for name in node.input if name in types] if node else []
        return f"{found[1]} of {onnx.TensorProto.DataType.Name(known[0]).lower() if known else '?'}"
    if "matmul_helper.h" in message:
        return "a product whose batch is empty"
    found = re.search(r"(conv|matmul)_integer.cc", message)
    if found:
        return f"{found[1]} of integers with more than one zero point"
    if "'Cubic' mode only supports" in message:
        return "Resize cubic of a rank other than 2 and 4"
    found = re.search(r"Type 'tensor\((\w+)\)' of input parameter \(\S*\) of operator \((\w+)\) in node", message)
    if found:
        return f"{found[2]} of {found[1]} (not a type of the operator)"
    return None


def judge(folder):
    """(outcome, text): same, differs, skipped, known or refused."""
    import onnx
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)
    model = onnx.load(f"{folder}/model.onnx")
    typed = onnx.shape_inference.infer_shapes(model)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(
            plain(onnx.load(f"{folder}/model.onnx")).SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        names = [info.name for info in session.get_inputs()]
        given = {name: array for name, (array, _) in zip(names, tensors(folder, "input"))}
        outputs = session.run(None, given)
    except Exception as error:  # what it raises has no common base
        name = missing_kernel(str(error), typed)
        if name:
            return "skipped", name
        reason = known_reason(model)
        return ("known", reason) if reason else ("refused", str(error).strip().split("\n")[0][:300])
    with open(f"{folder}/distances.txt") as file:
        distances = [[float(number) for number in line.split()] for line in file]
    problems = [
        difference(i, actual, expected, kind, decides(model), *distances[i])
        for i, (actual, (expected, kind)) in enumerate(zip(outputs, tensors(folder, "output")))
    ]
    problems = [problem for problem in problems if problem]
    if not problems:
        return "same", ""
    reason = known_reason(model)
    if reason:
        return "known", reason
    return "differs", problems[0]


def judge_all(folder):
    counts, names, reasons = collections.Counter(), collections.Counter(), collections.Counter()
    bad = 0
    for case in sorted(glob.glob(f"{folder}/*/model.onnx"), key=lambda p: int(p.split("/")[-2])):
        case = os.path.dirname(case)
        outcome, text = judge_apart(judge, case)
        counts[outcome] += 1
        if outcome == "skipped":
            names[text] += 1
        elif outcome == "known":
            reasons[text] += 1
        elif outcome != "same":
            bad += 1
            print(f"{os.path.basename(case)}: {outcome}: {text}", flush=True)
    print(", ".join(f"{number} {outcome}" for outcome, number in counts.most_common()))
    for title, table in (("no kernel", names), ("known", reasons)):
        for name, number in table.most_common():
            print(f"  {title}: {number} x {name}")
    if not counts["same"]:
        print("needs at least one graph that ONNX Runtime runs")
    return 1 if bad or not counts["same"] else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--fuzz", help="the graph-fuzz command, to write the cases first")
    parser.add_argument("--count", default="200")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        return judge_all(given.folder)
    python = os.environ.get("GLOWPLUG_ORT_PYTHON")
    if not python:
        print("skipped: GLOWPLUG_ORT_PYTHON names no Python with onnxruntime")
        return SKIPPED
    if given.fuzz:
        for old in glob.glob(f"{given.folder}/*/"):
            subprocess.run(["rm", "-r", old], check=True)
        subprocess.run(
            [given.fuzz, "--dump-ort", given.folder, "--count", given.count, "--seed", given.seed], check=True
        )
    return subprocess.run([python, os.path.abspath(__file__), "--inside", given.folder]).returncode


if __name__ == "__main__":
    sys.exit(main())
