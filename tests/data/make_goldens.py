#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Computes the golden outputs of the generated models with ONNX Runtime.

usage: make_goldens.py [--only NAME...]

Needs a Python with onnx and onnxruntime, for instance

  python3 -m venv /tmp/ort && /tmp/ort/bin/pip install onnx onnxruntime
  /tmp/ort/bin/python tests/data/make_goldens.py

ONNX Runtime runs with one thread and without graph optimisation, so that it
computes what the model says. Writes goldens/models.json and goldens/models/.
"""

import argparse
import json
import math
import os
import sys
import tempfile

import numpy as np
import onnxruntime

sys.dont_write_bytecode = True

from gp_data import model_goldens  # noqa: E402
from gp_data.models import MODELS  # noqa: E402

SETS = 6
# Elements kept of an output of the data sets above 0.
MOST = 4096


def session(path):
    """A session that computes just what the model says."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = (
        onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    )
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        path, options, providers=["CPUExecutionProvider"]
    )


def golden(name, folder):
    """Writes NAME.bin; returns the record for the index."""
    path = os.path.join(folder, "model.onnx")
    digest = MODELS[name].build(name).write(path)
    run = session(path)
    names = [output.name for output in run.get_outputs()]
    sets, offset = [], 0
    with open(os.path.join(model_goldens.ROOT, "models", f"{name}.bin"), "wb") as file:
        for number in range(SETS):
            inputs = MODELS[name].make_inputs(name, number)
            feeds = dict(zip([i.name for i in run.get_inputs()], inputs))
            outputs = []
            for output, values in zip(names, run.run(names, feeds)):
                assert values.dtype == np.float32
                stride = 1
                if number and values.size > MOST:
                    stride = -(-values.size // MOST)
                    # No stride that walks along one column.
                    while math.gcd(stride, values.size) != 1:
                        stride += 1
                file.write(values.ravel()[::stride].astype("<f4").tobytes())
                outputs.append(
                    {"name": output, "shape": list(values.shape), "stride": stride,
                     "offset": offset}
                )  # fmt: skip
                offset += 4 * -(-values.size // stride)
            sets.append(outputs)
    os.remove(path)
    return {"sha256": digest, "sets": sets}


def dump(index):
    """JSON with one line per data set, so that a change is readable."""
    lines = ["{", f' "onnxruntime": "{index["onnxruntime"]}",']
    lines += [f' "sets": {index["sets"]},', ' "models": {']
    for name in MODELS:
        if name not in index["models"]:
            continue
        record = index["models"][name]
        lines.append(f'  "{name}": {{')
        lines.append(f'   "sha256": "{record["sha256"]}",')
        rows = ",\n    ".join(json.dumps(outputs) for outputs in record["sets"])
        lines.append(f'   "sets": [\n    {rows}\n   ]')
        lines.append("  },")
    lines[-1] = "  }"
    return "\n".join(lines + [" }", "}"]) + "\n"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=MODELS)
    arguments = parser.parse_args()
    os.makedirs(os.path.join(model_goldens.ROOT, "models"), exist_ok=True)
    index = {"models": {}}
    if arguments.only:
        index = model_goldens.load_index()
        if index["onnxruntime"] != onnxruntime.__version__:
            parser.error(f"the others were made with {index['onnxruntime']}")
    index.update(onnxruntime=onnxruntime.__version__, sets=SETS)
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.only or MODELS:
            index["models"][name] = golden(name, folder)
            print(name, index["models"][name]["sha256"])
    with open(model_goldens.INDEX, "w", encoding="utf-8") as file:
        file.write(dump(index))
    return 0


if __name__ == "__main__":
    sys.exit(main())
