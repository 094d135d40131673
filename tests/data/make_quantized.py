#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Quantises small nets with ONNX Runtime's own tool, and computes golden outputs.

usage: make_quantized.py [--only NAME...]

Needs what make_goldens.py needs, and the package ml_dtypes. Writes quantized/NAME.onnx
and goldens/quantized/NAME.npy. ONNX Runtime runs with its default optimisations, which
turn DequantizeLinear -> op -> QuantizeLinear into integer operators: these results are
what Glowplug promises. Where something keeps ONNX Runtime from that (a Clip before
QuantizeLinear, a bias of another scale), the golden outputs are those of the model of
the same meaning that it can fuse; gp_data/qdq.py. That nothing was left in float is checked.
"""

import argparse
import os
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnxruntime import quantization

sys.dont_write_bytecode = True

from gp_data import digits, qdq  # noqa: E402
from gp_data.models import MODELS  # noqa: E402
from gp_data.quantized import ENTRIES, calibration, golden_path, inputs, model_path  # noqa: E402

LEVELS = onnxruntime.GraphOptimizationLevel
FLOAT_OPS = ("Conv", "FusedConv", "Gemm", "FusedGemm", "MatMul", "FusedMatMul", "AveragePool")


class Reader(quantization.CalibrationDataReader):
    def __init__(self, name, arrays):
        self.rows = iter([{name: array} for array in arrays])

    def get_next(self):
        return next(self.rows, None)


def session(path, level, optimized=None):
    """A session on one thread; `optimized` is where the optimised model goes."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Or it turns int8 into uint8, and then leaves some operators in float.
    options.add_session_config_entry("session.qdqisint8allowed", "1")
    if optimized:
        options.optimized_model_filepath = optimized
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def float_model(net, folder):
    """The path of the net with batch normalisation folded and without Softmax."""
    path, folded = (os.path.join(folder, f"{net}{end}.onnx") for end in ("", "_folded"))
    if net == "digits":
        return digits.MODEL
    MODELS[net].build(net).write(path)
    session(path, LEVELS.ORT_ENABLE_BASIC, folded)
    model = qdq.cut_softmax(onnx.load(folded))
    for opset in model.opset_import:
        if not opset.domain and opset.version < 13:
            opset.version = 13  # Scales per channel came then; else nothing here changed.
    onnx.save(model, folded)
    return folded


def quantize(entry, source, target):
    """Writes the quantised model."""
    name = onnx.load(source).graph.input[0].name
    quantization.quantize_static(
        source,
        target,
        Reader(name, calibration(entry.net)),
        quant_format=quantization.QuantFormat[entry.form],
        activation_type=quantization.QuantType[entry.activations],
        weight_type=quantization.QuantType[entry.weights],
        per_channel=entry.per_channel,
        extra_options=entry.options,
    )
    model = onnx.load(target)
    for change in entry.changes:
        model = getattr(qdq, change)(model)
    onnx.save(model, target)


def goldens(entry, path, folder):
    """The outputs of the fused model for all inputs, and of the model as it is."""
    fused = os.path.join(folder, "fused.onnx")
    onnx.save(qdq.fused_form(onnx.load(path)), fused)
    optimized = os.path.join(folder, "optimized.onnx")
    results = []
    for model in (fused, path):
        run = session(model, LEVELS.ORT_ENABLE_ALL, optimized if model == fused else None)
        name = run.get_inputs()[0].name
        rows = [run.run(None, {name: array})[0] for array in inputs(entry.net)]
        results.append(np.concatenate(rows))
    left = [n.op_type for n in onnx.load(optimized).graph.node if n.op_type in FLOAT_OPS]
    return *results, left


def make(entry, path, folder):
    """Writes a model; returns its golden outputs, and a text about them."""
    quantize(entry, float_model(entry.net, folder), path)
    fused, plain, left = goldens(entry, path, folder)
    if left:
        raise RuntimeError(f"ONNX Runtime leaves {', '.join(left)} in float")
    step = np.diff(np.unique(fused)).min()
    text = f"{os.path.getsize(path)} bytes, {len(np.unique(fused))} levels"
    text += f", {(fused != plain).sum()} of {fused.size} differ without the rewriting"
    text += f", by up to {np.abs(fused - plain).max() / step:.0f} steps"
    if entry.net == "digits":
        text += f", {(fused.argmax(axis=1) == digits.load_test()[1]).sum()} right"
    return fused, text


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=ENTRIES)
    arguments = parser.parse_args()
    for path in (model_path(""), golden_path("")):
        os.makedirs(os.path.dirname(path), exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.only or ENTRIES:
            fused, text = make(ENTRIES[name], model_path(name), folder)
            np.save(golden_path(name), fused)
            print(f"{name}: {text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
