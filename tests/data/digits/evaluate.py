#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints how many of the held-out digits a model tells right.

usage: evaluate.py --glowplug FILE [--model FILE] [--backend NAME...] [--json]

The model, by default the one beside this script, takes images [N, 1, 8, 8] and gives ten
scores each. It runs once per backend over all 540 images through `glowplug run`: an
ArgMax is put after the scores, and the elements of its output that differ from the
labels are counted.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import onnx  # noqa: E402
from onnx import TensorProto, helper  # noqa: E402

from gp_data import digits  # noqa: E402
from gp_data.layout import write_tensors  # noqa: E402


def with_winner(model):
    """The model with the index of the greatest score in place of the scores."""
    scores = model.graph.output[0].name
    model.graph.node.append(
        helper.make_node("ArgMax", [scores], ["winner"], "winner", axis=1, keepdims=0)
    )
    dim = model.graph.input[0].type.tensor_type.shape.dim[0].dim_param or None
    del model.graph.output[:]
    model.graph.output.append(
        helper.make_tensor_value_info("winner", TensorProto.INT64, [dim])
    )
    return model, dim


def count_wrong(glowplug, path, backend, options=()):
    """How many of the held-out images the model takes for another digit."""
    images, labels = digits.load_test()
    model, dim = with_winner(onnx.load(path))
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "model.onnx")
        onnx.save(model, target)
        write_tensors(folder, "input", [model.graph.input[0].name], [images])
        write_tensors(folder, "output", ["winner"], [labels])
        command = [glowplug, "run", target, "--inputs", folder, "--compare", folder,
                   "--dim", f"{dim}={len(labels)}", "--backend", backend, "--json", *options]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True)
    try:
        compared = json.loads(done.stdout)["compare"]
    except (json.JSONDecodeError, KeyError):
        raise RuntimeError(f"{backend}: {done.stdout}{done.stderr}") from None
    if compared["elements"] != len(labels):
        raise RuntimeError(f"{backend}: {compared['elements']} answers to {len(labels)} images")
    return compared["mismatches"]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--glowplug", required=True, metavar="FILE")
    parser.add_argument("--model", default=digits.MODEL, metavar="FILE")
    parser.add_argument("--backend", action="append", metavar="NAME")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    answer = {}
    for backend in arguments.backend or ["cpu"]:
        total = len(digits.load_test()[1])
        right = total - count_wrong(arguments.glowplug, arguments.model, backend)
        answer[backend] = {"right": right, "total": total, "accuracy": right / total}
        if not arguments.json:
            print(f"{backend}: {right} of {total}, {right / total:.2%}")
    if arguments.json:
        print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:
        sys.exit(f"error: {error}")
