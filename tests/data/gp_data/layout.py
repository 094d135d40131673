# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Folders as the ONNX backend tests have them."""

import os

import numpy as np
from gp_data.build import tensor_bytes


def write_tensors(folder, kind, names, arrays):
    """Writes FOLDER/KIND_0.pb, KIND_1.pb, ..."""
    os.makedirs(folder, exist_ok=True)
    for index, (name, array) in enumerate(zip(names, arrays, strict=True)):
        with open(os.path.join(folder, f"{kind}_{index}.pb"), "wb") as file:
            file.write(tensor_bytes(name, array))


def data_set(folder, index):
    return os.path.join(folder, f"test_data_set_{index}")


def write_case(outdir, name, model, sets):
    """Writes a model, and data sets of it: pairs of its inputs and its outputs."""
    folder = os.path.join(outdir, name)
    for index, pair in enumerate(sets):
        declared = (("input", model.graph.input), ("output", model.graph.output))
        for (kind, values), arrays in zip(declared, pair, strict=True):
            write_tensors(data_set(folder, index), kind, [value.name for value in values], map(np.asarray, arrays))
    with open(os.path.join(folder, "model.onnx"), "wb") as file:
        file.write(model.SerializeToString())
