#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes small float models that `glowplug quantize` once made bad files or bad numbers of.

usage: generate_quantizable.py OUTDIR

OUTDIR/NAME/model.onnx and OUTDIR/NAME/samples/test_data_set_I/input_0.pb for every
model of gp_data/quantizable.py. Every run gives the same bytes.
"""

import argparse
import os
import sys

sys.dont_write_bytecode = True

from gp_data import quantizable  # noqa: E402
from gp_data.layout import data_set, write_tensors  # noqa: E402


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("outdir")
    arguments = parser.parse_args()
    for name, build in quantizable.MODELS.items():
        folder = os.path.join(arguments.outdir, name)
        os.makedirs(folder, exist_ok=True)
        model, samples = build()
        with open(os.path.join(folder, "model.onnx"), "wb") as file:
            file.write(model.SerializeToString())
        for index, sample in enumerate(samples):
            path = data_set(os.path.join(folder, "samples"), index)
            write_tensors(path, "input", ["x"], [sample])
    return 0


if __name__ == "__main__":
    sys.exit(main())
