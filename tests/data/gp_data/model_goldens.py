# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reads the committed outputs of the generated models.

goldens/models.json names, per model, the SHA-256 of the model it was made from
and per data set a list of outputs: shape, stride and offset. The numbers are
little-endian float32 in goldens/models/NAME.bin; of an output with stride s only
the elements 0, s, 2s, ... of the flattened tensor are kept.
"""

import json
import math
import os
from dataclasses import dataclass

import numpy as np

ROOT = os.path.join(os.path.dirname(os.path.dirname(__file__)), "goldens")
INDEX = os.path.join(ROOT, "models.json")


@dataclass
class Output:
    name: str
    shape: list
    stride: int
    values: np.ndarray  # flat; every stride-th element


def load_index():
    with open(INDEX, encoding="utf-8") as file:
        return json.load(file)


def load(name, record):
    """The outputs of every data set: a list of lists of Output."""
    data = np.fromfile(os.path.join(ROOT, "models", f"{name}.bin"), "<f4")
    sets = []
    for outputs in record["sets"]:
        sets.append([])
        for output in outputs:
            count = -(-math.prod(output["shape"]) // output["stride"])
            begin = output["offset"] // 4
            values = data[begin : begin + count]
            if len(values) != count:
                raise ValueError(f"{name}.bin is too short")
            sets[-1].append(
                Output(output["name"], output["shape"], output["stride"], values)
            )
    return sets
