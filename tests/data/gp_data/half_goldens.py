# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reads what ONNX Runtime makes of the half-precision networks.

goldens/half.json has, per network and form, the SHA-256 of the model and, per output, where its true values stand
in goldens/half.bin (little-endian float32) and how far the simulated roundings lead away from them.
"""

import json
import math
import os
from dataclasses import dataclass

import numpy as np

ROOT = os.path.join(os.path.dirname(os.path.dirname(__file__)), "goldens")


@dataclass
class Output:
    """One output of one network in one form."""

    name: str
    truth: np.ndarray
    rms: float  # of the error that the roundings make
    most: float  # the largest


@dataclass
class Record:
    sha256: str
    outputs: list


def errors(values, truth):
    """The root of the mean square, and the largest."""
    difference = np.asarray(values, np.float64) - np.asarray(truth, np.float64)
    return float(np.sqrt(np.mean(difference**2))), float(np.max(np.abs(difference)))


def load(folder=ROOT):
    """"NETWORK.FORM" -> Record, and the version of ONNX Runtime."""
    with open(os.path.join(folder, "half.json"), encoding="utf-8") as file:
        index = json.load(file)
    data = np.fromfile(os.path.join(folder, "half.bin"), "<f4")
    records = {}
    for key, record in index["models"].items():
        outputs = []
        for output in record["outputs"]:
            begin, count = output["offset"], math.prod(output["shape"])
            values = data[begin : begin + count]
            if len(values) != count:
                raise ValueError("half.bin is too short")
            outputs.append(
                Output(output["name"], values.reshape(output["shape"]), output["rms"], output["most"])
            )
        records[key] = Record(record["sha256"], outputs)
    return records, index["onnxruntime"]
