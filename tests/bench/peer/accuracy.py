# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints how far the outputs of data sets are from those of the first, as JSON.

usage: accuracy.py EXPECTED DATA_SET...

For each data set the signal-to-noise ratio in dB, of the worst output.
"""

import json
import os
import sys

import numpy as np
import onnx


def outputs(folder):
    arrays = []
    while os.path.exists(path := os.path.join(folder, f"output_{len(arrays)}.pb")):
        arrays.append(onnx.numpy_helper.to_array(onnx.load_tensor(path)).astype(np.float64))
    return arrays


def decibels(expected, actual):
    noise = np.sum((expected - actual) ** 2)
    return 10 * float(np.log10(np.sum(expected**2) / max(noise, 1e-300)))


def main():
    expected = outputs(sys.argv[1])
    worst = [min(map(decibels, expected, outputs(folder))) for folder in sys.argv[2:]]
    print(json.dumps({"db": worst}))


if __name__ == "__main__":
    main()
