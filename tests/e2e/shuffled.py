#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The order of a model's nodes does not change a bit of its outputs.

usage: shuffled.py --glowplug FILE MODEL-FOLDER...

Each folder holds model.onnx and test_data_set_0. The nodes are shuffled, and put backwards; both are run on the CPU
backend and on the interpreter, next to the model as it is.
"""

import argparse
import pathlib
import random
import subprocess
import sys
import tempfile

import onnx


def orders(count):
    backwards = list(range(count))[::-1]
    shuffled = list(range(count))
    random.Random(1).shuffle(shuffled)
    return {"backwards": backwards, "shuffled": shuffled}


def outputs(tool, model, inputs, backend):
    """The bytes of the output files, or a text on why there are none."""
    with tempfile.TemporaryDirectory() as folder:
        command = [tool, "run", model, "--inputs", inputs, "--outputs", folder, "--backend", backend]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        if done.returncode != 0:
            return f"status {done.returncode}: {done.stderr.strip()}"
        return [path.read_bytes() for path in sorted(pathlib.Path(folder).glob("output_*.pb"))]


def check(tool, folder):
    """What is wrong with one model."""
    wrong, inputs = [], folder / "test_data_set_0"
    model = onnx.load(folder / "model.onnx")
    nodes = list(model.graph.node)
    for backend in ("cpu", "reference"):
        expected = outputs(tool, folder / "model.onnx", inputs, backend)
        if isinstance(expected, str) or not expected:
            wrong.append(f"{folder.name}, {backend}: {expected or 'no outputs'}")
            continue
        for name, order in orders(len(nodes)).items():
            del model.graph.node[:]
            model.graph.node.extend(nodes[i] for i in order)
            with tempfile.TemporaryDirectory() as made:
                path = pathlib.Path(made) / "model.onnx"
                path.write_bytes(model.SerializeToString())
                actual = outputs(tool, path, inputs, backend)
            if actual != expected:
                text = actual if isinstance(actual, str) else "the outputs differ"
                wrong.append(f"{folder.name} {name}, {backend}: {text}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glowplug", required=True)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    wrong = [text for folder in arguments.folders for text in check(arguments.glowplug, folder)]
    print("\n".join(wrong) if wrong else f"{len(arguments.folders)} models: the same bits in any order")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
