#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Computes what the half-precision networks give, and how exact that can be, with ONNX Runtime.

usage: make_half_goldens.py [--size small|full] [--only NETWORK...] [--out DIR]

Needs a Python with onnx and onnxruntime, as make_goldens.py does. Writes half.json and half.bin into DIR [goldens] and,
unless something is chosen, half_ops.npz, which gp_data/half/ops.py explains.

The true values of a network are those of its float32 form, with the half model's own constants and inputs. The
yardstick is the same float32 model with a rounding to the half type after each node that has a half result: that
is what the half model says, done once. (ONNX Runtime's own run of a float16 file is no yardstick: on x86 it computes in
float32 throughout and rounds at the end. But it shows that the true values are those of the file: here it has to
agree with them to within what its few roundings explain.)
"""

import argparse
import hashlib
import json
import os
import sys

import numpy as np
import onnxruntime

sys.dont_write_bytecode = True

from gp_data import half, half_goldens  # noqa: E402
from gp_data.half import numbers, ops  # noqa: E402
from gp_data.half.convert import FLOAT16, simulate, with_rounded_constants  # noqa: E402


def run(model, arrays):
    """The outputs as float32, without optimisation and with one thread."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    feeds = {
        info.name: array.astype(np.float16) if info.type == "tensor(float16)" else array
        for info, array in zip(session.get_inputs(), arrays, strict=True)
    }
    arrays = session.run(None, feeds)
    return [array.astype(np.float32) if array.dtype == np.float16 else array for array in arrays]


def check_meaning(key, model, arrays, truth, rms):
    """Compares with ONNX Runtime's own run of a float16 file; ends the program if it means something else."""
    for values, true, yard in zip(run(model, arrays), truth, rms, strict=True):
        got = half_goldens.errors(values, true)[0]
        if got > 1.5 * yard:
            sys.exit(f"{key}: ONNX Runtime's own error is {got}, but needs to be about {yard} at most")


def record(key, base, form, arrays, truth, offsets):
    model = half.to_half(base, form)
    outputs, rms = [], []
    for info, offset, true, values in zip(
        base.graph.output, offsets, truth, run(simulate(base, form), arrays), strict=True
    ):
        # An output that is rounded once only: the rounding of the result itself.
        once = half_goldens.errors(numbers.rounded(true, form.dtype), true)
        yard = [max(pair) for pair in zip(half_goldens.errors(values, true), once, strict=True)]
        rms.append(yard[0])
        outputs.append(
            {"name": info.name, "shape": list(true.shape), "offset": offset,
             "rms": float(f"{yard[0]:.4g}"), "most": float(f"{yard[1]:.4g}")}
        )  # fmt: skip
    if form.dtype == FLOAT16:
        check_meaning(key, model, arrays, truth, rms)
    return {"sha256": hashlib.sha256(model.SerializeToString()).hexdigest(), "outputs": outputs}


def make_ops(path):
    """The outputs of the operator cases with rounded numbers."""
    outputs = {}
    for name, model, arrays, _, golden in ops.float_cases():
        if golden is None:
            for index, array in enumerate(run(model, list(arrays.values()))):
                outputs[f"{name}.{index}"] = array
    np.savez_compressed(path, **outputs)
    print(f"{len(outputs)} outputs of operators, {os.path.getsize(path)} bytes")


def dump(models):
    """JSON with one line per output, so that a change is readable."""
    rows = []
    for key, entry in models.items():
        lines = ",\n    ".join(json.dumps(output) for output in entry["outputs"])
        rows.append(f'  "{key}": {{\n   "sha256": "{entry["sha256"]}",\n   "outputs": [\n    {lines}\n   ]\n  }}')
    return f'{{\n "onnxruntime": "{onnxruntime.__version__}",\n "models": {{\n' + ",\n".join(rows) + "\n }\n}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=half.NETWORKS, default="small")
    parser.add_argument("--only", nargs="+", metavar="NETWORK", choices=half.NETWORKS["small"])
    parser.add_argument("--out", default=half_goldens.ROOT)
    arguments = parser.parse_args()
    os.makedirs(arguments.out, exist_ok=True)
    models, position = {}, 0
    with open(os.path.join(arguments.out, "half.bin"), "wb") as file:
        for network in arguments.only or half.NETWORKS["small"]:
            base = half.float_model(network, arguments.size)
            truths = {}
            for name, form in half.FORMS.items():
                arrays = half.inputs(network, arguments.size, form.dtype)
                if form.dtype not in truths:
                    truth = run(with_rounded_constants(base, form.dtype), arrays)
                    offsets = []
                    for array in truth:
                        file.write(array.astype("<f4").tobytes())
                        offsets.append(position)
                        position += array.size
                    truths[form.dtype] = truth, offsets
                key = f"{network}.{name}"
                models[key] = record(key, base, form, arrays, *truths[form.dtype])
                print(key, models[key]["sha256"], flush=True)
    with open(os.path.join(arguments.out, "half.json"), "w", encoding="utf-8") as file:
        file.write(dump(models))
    if arguments.size == "small" and not arguments.only:
        make_ops(os.path.join(arguments.out, os.path.basename(ops.PATH)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
