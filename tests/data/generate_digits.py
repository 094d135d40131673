#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the images of the digits model as inputs of `glowplug`.

usage: generate_digits.py OUTDIR [--batch N]

OUTDIR/model.onnx; OUTDIR/calibration/test_data_set_I/input_0.pb, each of N images
(default 1) of those to calibrate with; OUTDIR/test/input_0.pb, all held-out images;
OUTDIR/test/labels.pb, what they show, as int64.
"""

import argparse
import os
import shutil
import sys

sys.dont_write_bytecode = True

from gp_data import digits  # noqa: E402
from gp_data.build import tensor_bytes  # noqa: E402
from gp_data.layout import data_set, write_tensors  # noqa: E402


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("outdir")
    parser.add_argument("--batch", type=int, default=1, metavar="N")
    arguments = parser.parse_args()
    if arguments.batch < 1:
        parser.error(f"--batch needs at least 1, but is {arguments.batch}")
    os.makedirs(arguments.outdir, exist_ok=True)
    shutil.copyfile(digits.MODEL, os.path.join(arguments.outdir, "model.onnx"))
    folder = os.path.join(arguments.outdir, "calibration")
    shutil.rmtree(folder, ignore_errors=True)
    calibration = digits.load_calibration()
    for index, begin in enumerate(range(0, len(calibration), arguments.batch)):
        batch = calibration[begin : begin + arguments.batch]
        write_tensors(data_set(folder, index), "input", ["image"], [batch])
    test = os.path.join(arguments.outdir, "test")
    images, labels = digits.load_test()
    write_tensors(test, "input", ["image"], [images])
    with open(os.path.join(test, "labels.pb"), "wb") as file:
        file.write(tensor_bytes("labels", labels))
    return 0


if __name__ == "__main__":
    sys.exit(main())
