#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A ResNet-50 quantised by ONNX Runtime's tool has all its sums in integers, and gives ONNX Runtime's scores.

usage: ort_resnet50.py --glowplug FILE --data DIR --made DIR [--backend NAME] [--only NAME...]

--data is tests/data; --made is where the models go, and where those of an earlier run are found. The Python that has
onnxruntime and onnx is named by the environment variable GLOWPLUG_ORT_PYTHON; without it, and without models in
--made, this ends with status 77 (skipped).
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

from quantized import Glowplug, first_difference, read_tensors

NAMES = ["qdq_u8", "qdq_i8", "qdq_i8_symmetric", "qdq_clip", "qdq_bias_scale", "qdq_clip_bias"]
# Stem, three in each of 16 blocks, four on shortcuts; and the last layer.
CONVOLUTIONS, PRODUCTS = 53, 1
SKIPPED = 77


def integer_counts(tool, backend, model):
    """(integer convolutions, integer matrix products, those in float), or an error text."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "model.gpx"
        answer = Glowplug(tool, backend).call("compile", model, "-o", out, "--explain")
    if "error" in answer:
        return answer["error"]["message"]
    sums = [op for op in answer["ops"] if op["kind"] in ("conv", "matmul")]
    floats = [f"{op['kind']} '{op['name']}': {op.get('float_because', 'no reason')}"
              for op in sums if not op["integer"]]
    kinds = [op["kind"] for op in sums if op["integer"]]
    return kinds.count("conv"), kinds.count("matmul"), floats


def check(tool, backend, folder):
    """What is wrong with one model; empty if nothing."""
    model, data = folder / "model.onnx", folder / "test_data_set_0"
    counts = integer_counts(tool, backend, model)
    if isinstance(counts, str):
        return counts
    convolutions, products, floats = counts
    if floats:
        return f"{len(floats)} in float, the first is {floats[0]}"
    if (convolutions, products) != (CONVOLUTIONS, PRODUCTS):
        return f"{convolutions} convolutions and {products} products instead of {CONVOLUTIONS} and {PRODUCTS}"
    return first_difference(Glowplug(tool, backend).outputs(model, data), read_tensors(data, "output"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glowplug", required=True)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--made", required=True, type=pathlib.Path)
    parser.add_argument("--backend", default="cpu")
    parser.add_argument("--only", nargs="+", default=NAMES, choices=NAMES)
    arguments = parser.parse_args()
    missing = [name for name in arguments.only if not (arguments.made / name / "test_data_set_0").is_dir()]
    python = os.environ.get("GLOWPLUG_ORT_PYTHON")
    if missing and not python:
        print("skipped: GLOWPLUG_ORT_PYTHON names no Python with onnxruntime")
        return SKIPPED
    if missing:
        script = arguments.data / "quantize_resnet50.py"
        subprocess.run([python, script, arguments.made, "--only", *missing], check=True)
    wrong = 0
    for name in arguments.only:
        fault = check(arguments.glowplug, arguments.backend, arguments.made / name)
        print(f"{name}: {fault or f'{CONVOLUTIONS} convolutions and {PRODUCTS} product in integers, no score differs'}",
              flush=True)
        wrong += bool(fault)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
