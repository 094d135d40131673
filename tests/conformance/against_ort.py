#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a sample of the cases of level 1 on ONNX Runtime, and holds it against all that the suite allows.

usage: against_ort.py --dump dump-cases [--count N] [--seed S] [--filter GLOB...] FOLDER

The suite judges plugins by its own interpreter and its own rules. Here another source of truth is judged by them: an
output of ONNX Runtime that the suite would fail is a defect of one or the other. Each program becomes an ONNX model
(program_as_onnx.py). What ONNX Runtime cannot compute, or computes otherwise than its specification, is skipped and
counted by its reason. Level 2 is compared by tests/fuzz/against_ort.py, which makes the same models.

The environment variable GLOWPLUG_ORT_PYTHON names a Python with onnxruntime and onnx; without it the script ends with
status 77: skipped.
"""

import argparse
import collections
import glob
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "fuzz"))

from apart import judge_apart  # noqa: E402

SCHEMA = HERE.parent.parent / "backend-api" / "schema" / "image.fbs"
SKIPPED = 77
NEVER, MAYBE, ALWAYS = 0, 1, 2  # NanState


def read_tensor(path):
    """Of bfloat16 the values as single precision."""
    import numpy
    import onnx

    proto = onnx.TensorProto.FromString(pathlib.Path(path).read_bytes())
    if proto.data_type == onnx.TensorProto.BFLOAT16:
        words = numpy.frombuffer(proto.raw_data, numpy.uint16).astype(numpy.uint32) << 16
        return words.view(numpy.float32).reshape(list(proto.dims))
    return onnx.numpy_helper.to_array(proto)


def tensors(folder, prefix):
    count = len(glob.glob(f"{folder}/{prefix}_*.pb"))
    return [read_tensor(f"{folder}/{prefix}_{i}.pb") for i in range(count)]


def wrong_elements(actual, folder, index):
    """Which elements of an output are not allowed, and the texts of what is."""
    import numpy

    exact = f"{folder}/exact_{index}.pb"
    if os.path.exists(exact):
        expected = read_tensor(exact)
        same = actual == expected
        if expected.dtype.kind == "f":
            same |= numpy.isnan(actual) & numpy.isnan(expected)
        return ~same, lambda at: str(expected.reshape(-1)[at])
    low, high, nan = (read_tensor(f"{folder}/{name}_{index}.pb") for name in ("low", "high", "nan"))
    value = actual.astype(numpy.float64)
    is_nan = numpy.isnan(value)
    with numpy.errstate(invalid="ignore"):
        within = (low <= value) & (value <= high) & (nan != ALWAYS)
    allowed = numpy.where(is_nan, nan != NEVER, within)
    return ~allowed, lambda at: f"{low.reshape(-1)[at]:.9g} to {high.reshape(-1)[at]:.9g}"


def judge_output(actual, folder, index):
    """What is wrong with it; empty if nothing is."""
    wrong, wanted = wrong_elements(actual, folder, index)
    if not wrong.any():
        return ""
    at = int(wrong.reshape(-1).argmax())
    return (
        f"output {index}: {int(wrong.sum())} of {wrong.size} elements, first at {at}: "
        f"ONNX Runtime has {actual.reshape(-1)[at]}, the suite wants {wanted(at)}"
    )


def missing_kernel(message):
    """The name of what ONNX Runtime has no kernel for; None if that is not what it says."""
    found = re.search(r"Could not find an implementation for (\w+)\((\d+)\)", message)
    if found:
        return f"no kernel: {found[1]}"
    found = re.search(r"Type 'tensor\((\w+)\)' of input parameter \(\S*\) of operator \((\w+)\) in node", message)
    return f"no kernel: {found[2]} of {found[1]}" if found else None


def judge(folder):
    """(outcome, text): same, differs, skipped or refused."""
    import onnxruntime
    import program_as_onnx

    onnxruntime.set_default_logger_severity(4)
    program = json.loads(pathlib.Path(folder, "program.json").read_text())
    segments = [
        pathlib.Path(folder, f"segment_{i}.bin").read_bytes() for i in range(len(glob.glob(f"{folder}/segment_*.bin")))
    ]
    inputs = tensors(folder, "input")
    try:
        model = program_as_onnx.Translation(program, segments, inputs).model()
    except program_as_onnx.Skip as reason:
        return "skipped", str(reason)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        names = [info.name for info in session.get_inputs()]
        outputs = session.run(None, dict(zip(names, inputs)))
    except Exception as error:  # what it raises has no common base
        missing = missing_kernel(str(error))
        return ("skipped", missing) if missing else ("refused", str(error).strip().split("\n")[0][:300])
    if program["body"]["ops"][-1]["attributes_type"] == "NonMaxSuppression":
        count = int(outputs[1])  # the rows after them are undefined
        outputs[0][count:] = read_tensor(f"{folder}/exact_0.pb")[count:]
    problems = [judge_output(output, folder, index) for index, output in enumerate(outputs)]
    problems = [problem for problem in problems if problem]
    return ("differs", problems[0]) if problems else ("same", "")


def judge_all(folder):
    import onnxruntime  # noqa: F401  before the children
    import program_as_onnx  # noqa: F401

    counts, reasons = collections.Counter(), collections.Counter()
    by_op = collections.defaultdict(collections.Counter)
    bad = 0
    for case in sorted(glob.glob(f"{folder}/*/program.json"), key=lambda path: int(path.split("/")[-2])):
        case = os.path.dirname(case)
        name = pathlib.Path(case, "name.txt").read_text().strip()
        outcome, text = judge_apart(judge, case)
        counts[outcome] += 1
        by_op[name.split("/")[1]][outcome] += 1
        if outcome == "skipped":
            reasons[text] += 1
        elif outcome != "same":
            bad += 1
            print(f"{os.path.basename(case)} {name}: {outcome}: {text}", flush=True)
    print(", ".join(f"{number} {outcome}" for outcome, number in counts.most_common()))
    for op, table in sorted(by_op.items()):
        print(f"  {op}: " + ", ".join(f"{number} {outcome}" for outcome, number in table.most_common()))
    for reason, number in reasons.most_common():
        print(f"  skipped: {number} x {reason}")
    if not counts["same"]:
        print("needs at least one case that ONNX Runtime runs")
    return 1 if bad or not counts["same"] else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--dump", help="the dump-cases command, to write the cases first")
    parser.add_argument("--count", default="1000")
    parser.add_argument("--seed", default="0")
    parser.add_argument("--filter", action="append", default=[])
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        return judge_all(given.folder)
    python = os.environ.get("GLOWPLUG_ORT_PYTHON")
    if not python:
        print("skipped: GLOWPLUG_ORT_PYTHON names no Python with onnxruntime")
        return SKIPPED
    if given.dump:
        shutil.rmtree(given.folder, ignore_errors=True)
        filters = [f"--filter={text}" for text in given.filter]
        dump = [given.dump, given.folder, "--count", given.count, "--seed", given.seed, *filters]
        subprocess.run(dump, check=True)
        for case in pathlib.Path(given.folder).iterdir():
            subprocess.run(["flatc", "--json", "--strict-json", "--raw-binary", "--defaults-json", "-o", case, SCHEMA,
                            "--", case / "program.gpim"], check=True)  # fmt: skip
    return subprocess.run([python, os.path.abspath(__file__), "--inside", given.folder]).returncode


if __name__ == "__main__":
    sys.exit(main())
