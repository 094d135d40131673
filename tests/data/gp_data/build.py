# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Builds ONNX models whose weights are made only while they are written."""

import hashlib
import math
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from gp_data.stream import Stream

FLOAT = TensorProto.FLOAT
INT64 = TensorProto.INT64

# The ir_version that went with each opset, as in ONNX's version table.
IR_VERSIONS = {
    7: 3, 8: 3, 9: 4, 10: 5, 11: 6, 12: 7, 13: 7, 14: 7, 15: 8, 16: 8, 17: 8,
    18: 8, 19: 9, 20: 9, 21: 10, 22: 10, 23: 11, 24: 12,
    25: 13, 26: 13, 27: 13, 28: 13,
}  # fmt: skip


def varint(value):
    """A protobuf variable-length integer."""
    result = bytearray()
    while value > 0x7F:
        result.append(value & 0x7F | 0x80)
        value >>= 7
    result.append(value)
    return bytes(result)


def tensor_bytes(name, array):
    """A serialized TensorProto with raw data, the same in every version."""
    proto = TensorProto()
    proto.dims.extend(array.shape)
    proto.data_type = numpy_helper.from_array(np.zeros(1, array.dtype)).data_type
    proto.name = name
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    proto.raw_data = np.ascontiguousarray(little).tobytes()
    return proto.SerializeToString()


class Weight:
    """A float32 initializer that is computed when it is written."""

    def __init__(self, name, shape, fill):
        self.name, self.shape, self.fill = name, tuple(shape), fill
        header = TensorProto(data_type=FLOAT, name=name)
        header.dims.extend(self.shape)
        data_bytes = 4 * math.prod(self.shape)
        raw_data = 0x4A  # field 9, length-delimited
        self._head = header.SerializeToString() + bytes([raw_data]) + varint(data_bytes)
        self.bytes = len(self._head) + data_bytes

    def write(self, sink):
        sink(self._head)
        values = self.fill()
        assert values.shape == self.shape and values.dtype == np.float32
        sink(np.ascontiguousarray(values).astype("<f4", copy=False).data)


class Constant:
    """A small initializer given by its value."""

    def __init__(self, name, array):
        self.name, self.shape = name, array.shape
        self._data = tensor_bytes(name, array)
        self.bytes = len(self._data)
        self.dtype = array.dtype

    def write(self, sink):
        sink(self._data)


class Model:
    """A graph under construction. Values are known by their names."""

    def __init__(self, name, opset, list_initializers=False):
        """`list_initializers` repeats them as inputs, as old exporters did."""
        self.name, self.opset = name, opset
        self._list_initializers = list_initializers
        self._inputs, self._outputs = [], []
        self._nodes, self._initializers = [], []
        self._used = set()

    def unique(self, stem):
        """A name that no value or node has yet."""
        name, index = stem, 1
        while name in self._used:
            name, index = f"{stem}_{index}", index + 1
        self._used.add(name)
        return name

    def input(self, name, shape, dtype=FLOAT):
        self._inputs.append(helper.make_tensor_value_info(name, dtype, shape))
        self._used.add(name)
        return name

    def input_names(self):
        return [value.name for value in self._inputs]

    def output(self, name, shape, dtype=FLOAT):
        self._outputs.append(helper.make_tensor_value_info(name, dtype, shape))

    def weight(self, stem, shape, kind, *arguments, of=None):
        """An initializer made by method `kind` of the stream of its name.

        With `of`, the stream is that of another weight, which it depends on.
        """
        name = self.unique(stem)
        stream = f"{self.name}/{of or name}"

        def fill():
            return getattr(Stream(stream), kind)(shape, *arguments)

        self._initializers.append(Weight(name, shape, fill))
        return name

    def constant(self, stem, values, dtype=np.int64):
        """An initializer with the given values."""
        name = self.unique(stem)
        self._initializers.append(Constant(name, np.array(values, dtype)))
        return name

    def constant_node(self, stem, values, dtype=np.int64):
        """A Constant node with the given values."""
        name = self.unique(stem)
        array = np.array(values, dtype)
        value = TensorProto.FromString(tensor_bytes("", array))
        self._nodes.append(helper.make_node("Constant", [], [name], name, value=value))
        return name

    def node(self, kind, inputs, stem=None, outputs=1, result=None, **attributes):
        """Adds a node; returns its output name, or a list of several."""
        name = self.unique(stem or kind.lower())
        if result:
            names = [result]
            self._used.add(result)
        elif outputs == 1:
            names = [f"{name}.out"]
        else:
            names = [f"{name}.out{i}" for i in range(outputs)]
        self._nodes.append(helper.make_node(kind, inputs, names, name, **attributes))
        return names[0] if len(names) == 1 else names

    def _ir_version(self):
        # From version 4 on a listed initializer is a default, not a constant.
        return 3 if self._list_initializers else IR_VERSIONS[self.opset]

    def write(self, path):
        """Writes the model; returns the SHA-256 of the file in hex."""
        graph = onnx.GraphProto(name=self.name)
        graph.node.extend(self._nodes)
        graph.input.extend(self._inputs)
        if self._list_initializers:
            for weight in self._initializers:
                dtype = FLOAT if isinstance(weight, Weight) else INT64
                graph.input.append(
                    helper.make_tensor_value_info(weight.name, dtype, weight.shape)
                )
        graph.output.extend(self._outputs)
        graph_head = graph.SerializeToString()

        model = onnx.ModelProto(
            ir_version=self._ir_version(), producer_name="glowplug-test-data"
        )
        model.opset_import.append(helper.make_opsetid("", self.opset))

        initializer_field, graph_field = b"\x2a", b"\x3a"
        graph_bytes = len(graph_head) + sum(
            1 + len(varint(weight.bytes)) + weight.bytes for weight in self._initializers
        )
        digest = hashlib.sha256()
        with open(path + ".part", "wb") as file:

            def sink(data):
                digest.update(data)
                file.write(data)

            sink(model.SerializeToString())
            sink(graph_field + varint(graph_bytes))
            sink(graph_head)
            for weight in self._initializers:
                sink(initializer_field + varint(weight.bytes))
                weight.write(sink)
        os.replace(path + ".part", path)
        return digest.hexdigest()
