# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The committed outputs of the operator cases.

For the set "cases" the files are called ops.*, for others as the set. goldens/ops.txt
has a line "NAME DIGEST TYPE..." per case: the first 16 hex digits of the SHA-256 of its
model, and each output's type and shape. goldens/ops.bin holds the outputs in that order,
little-endian, one after the other.
"""

import hashlib
import os

import numpy as np

from gp_data import values

ROOT = os.path.join(os.path.dirname(os.path.dirname(__file__)), "goldens")
STEMS = {
    "cases": "ops", "wider": "wider", "integers": "integers", "islands": "islands",
    "degenerate": "degenerate",
}  # fmt: skip


def paths(which):
    """(index, data) of a set."""
    return tuple(os.path.join(ROOT, STEMS[which] + end) for end in (".txt", ".bin"))


def digest(data):
    return hashlib.sha256(data).hexdigest()[:16]


def little(array):
    return np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"))).tobytes()


def line(name, model, arrays):
    return " ".join([name, digest(model)] + [values.describe(a) for a in arrays])


def load(which="cases"):
    """Name -> (digest of the model, output arrays)."""
    index_path, data_path = paths(which)
    with open(data_path, "rb") as file:
        data = file.read()
    result, offset = {}, 0
    with open(index_path, encoding="utf-8") as file:
        for text in file.read().splitlines()[1:]:
            name, model, *types = text.split(" ")
            arrays = []
            for form in types:
                kind, shape = form[:-1].split("[")
                dtype = np.dtype(values.DTYPES[kind]).newbyteorder("<")
                shape = tuple(int(size) for size in shape.split(",") if size)
                count = int(np.prod(shape, dtype=np.int64))
                array = np.frombuffer(data, dtype, count, offset).reshape(shape)
                arrays.append(array.astype(values.DTYPES[kind]))
                offset += count * dtype.itemsize
            result[name] = (model, arrays)
    if offset != len(data):
        raise ValueError(f"{data_path} has {len(data)} bytes, but needs {offset}")
    return result
