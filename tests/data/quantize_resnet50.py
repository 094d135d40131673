#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Quantises the generated ResNet-50 with ONNX Runtime's own tool, in several ways.

usage: quantize_resnet50.py OUTDIR [--only NAME...]

Needs what make_quantized.py needs. Writes OUTDIR/NAME/model.onnx (26 MB each, so none is
committed) and OUTDIR/NAME/test_data_set_0 with one image and the golden scores.
"""

import argparse
import os
import sys
import tempfile

import onnx

sys.dont_write_bytecode = True

import make_quantized  # noqa: E402
from gp_data import layout, quantized  # noqa: E402
from gp_data.quantized import Entry  # noqa: E402

ENTRIES = {
    "qdq_u8": Entry("resnet50"),
    "qdq_i8": Entry("resnet50", activations="QInt8"),
    "qdq_i8_symmetric": Entry("resnet50", activations="QInt8", options=quantized.SYMMETRIC),
    "qdq_clip": Entry("resnet50", changes=("insert_clips",)),
    "qdq_bias_scale": Entry("resnet50", changes=("spread_bias",)),
    "qdq_clip_bias": Entry("resnet50", changes=("insert_clips", "spread_bias")),
}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("outdir")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=ENTRIES)
    arguments = parser.parse_args()
    for name in arguments.only or ENTRIES:
        folder = os.path.join(arguments.outdir, name)
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, "model.onnx")
        with tempfile.TemporaryDirectory() as work:
            scores, text = make_quantized.make(ENTRIES[name], path, work)
        graph = onnx.load(path).graph
        data = layout.data_set(folder, 0)
        image = quantized.inputs("resnet50")[0]
        layout.write_tensors(data, "input", [graph.input[0].name], [image])
        layout.write_tensors(data, "output", [graph.output[0].name], [scores[: len(image)]])
        print(f"{name}: {text}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
