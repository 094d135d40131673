# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Seeded inputs of a model."""

import numpy as np
import onnx
from onnx import numpy_helper

# By the number that ONNX gives a type: those that inputs of models have.
TYPES = {1: "float32", 2: "uint8", 3: "int8", 6: "int32", 7: "int64", 9: "bool", 10: "float16", 11: "float64"}


def declared(model):
    """(name, numpy type) of each input that is no constant."""
    constants = {tensor.name for tensor in model.graph.initializer}
    return [
        (value.name, np.dtype(TYPES[value.type.tensor_type.elem_type]))
        for value in model.graph.input
        if value.name not in constants
    ]


def _page(shape, generator):
    """Black glyphs of 12 x 8 dots on white, in lines with gaps; from -1 to 1. On noise, OCR finds nothing at all."""
    batch, _, height, width = shape
    ink = generator.random((batch, 1, height, width), np.float32).repeat(3, 3).repeat(3, 2)[:, :, :height, :width] < 0.6
    rows, columns = np.arange(height) % 24 < 12, np.arange(width) % 10 < 8
    dark = ink & rows[:, None] & columns[None, :]
    return np.broadcast_to(np.where(dark, np.float32(-1), np.float32(1)), shape)


def one(kind, size, generator):
    """`size` is a shape, or {"value": V, "shape": S}. After a shape may stand a limit of integers, or a kind of noise.

    "unit" is noise between 0 and 1, "bytes" between 0 and 255, "sound" has the level of speech, "page" looks like
    lines of print; otherwise noise is normal. In integers the last entry is the limit, which no value reaches.
    """
    if isinstance(size, dict):
        return np.full(size["shape"], size["value"], kind)
    if np.issubdtype(kind, np.integer):
        *shape, limit = size
        return generator.integers(0, limit, shape).astype(kind)
    words = [part for part in size if isinstance(part, str)]
    shape = [part for part in size if not isinstance(part, str)]
    if words == ["unit"]:
        return generator.random(shape, np.float32).astype(kind)
    if words == ["bytes"]:
        return (255 * generator.random(shape, np.float32)).astype(kind)
    if words == ["page"]:
        return _page(shape, generator).astype(kind)
    level = 0.1 if words == ["sound"] else 1.0
    return (level * generator.standard_normal(shape, dtype=np.float32)).astype(kind)


def draw(model, sizes, seed=0):
    """Name -> array, in the types that the model declares."""
    generator = np.random.default_rng(seed)
    return {name: one(kind, sizes[name], generator) for name, kind in declared(model)}


def write(folder, arrays, kind):
    """Writes arrays as `kind`_0.pb and so on, the form of ONNX's own tests."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, array in enumerate(arrays):
        (folder / f"{kind}_{index}.pb").write_bytes(numpy_helper.from_array(array).SerializeToString())


def read(folder, kind):
    """What `write` wrote."""
    paths = [folder / f"{kind}_{index}.pb" for index in range(len(list(folder.glob(f"{kind}_*.pb"))))]
    return [numpy_helper.to_array(onnx.TensorProto.FromString(path.read_bytes())) for path in paths]
