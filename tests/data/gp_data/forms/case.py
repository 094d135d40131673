# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A case: one node, its inputs, and the output that it has to give."""

from dataclasses import dataclass, field

import numpy as np
import onnx
from gp_data.forms.storage import pack
from onnx import TensorProto, helper, numpy_helper


@dataclass(frozen=True)
class Data:
    """A tensor: of a type of numpy, or codes of `storage`; `typed` puts them into int32_data."""

    array: np.ndarray
    storage: object = None
    typed: bool = False
    constant: bool = False
    bf16: bool = False  # the array holds the bits

    @property
    def number(self):
        if self.storage:
            return self.storage.number
        return TensorProto.BFLOAT16 if self.bf16 else numpy_helper.from_array(np.zeros(1, self.array.dtype)).data_type

    def proto(self, name):
        proto = TensorProto(name=name, data_type=self.number)
        proto.dims.extend(self.array.shape)
        data = pack(self.array, self.storage.bits) if self.storage else self.array.tobytes()
        if self.typed:
            proto.int32_data.extend(data)
        else:
            proto.raw_data = data
        return proto

    def info(self, name):
        return helper.make_tensor_value_info(name, self.number, self.array.shape)


@dataclass(frozen=True)
class Case:
    name: str
    op: str
    opset: int
    inputs: list  # of Data; None is absent
    outputs: list
    attributes: dict = field(default_factory=dict)
    domain: str = ""

    def model(self):
        names = [f"x{i}" if data else "" for i, data in enumerate(self.inputs)]
        outputs = [f"y{i}" for i in range(len(self.outputs))]
        node = helper.make_node(self.op, names, outputs, domain=self.domain, **self.attributes)
        given = [(name, data) for name, data in zip(names, self.inputs) if data]
        graph = helper.make_graph(
            [node],
            "form",
            [data.info(name) for name, data in given if not data.constant],
            [data.info(name) for name, data in zip(outputs, self.outputs)],
            [data.proto(name) for name, data in given if data.constant],
        )
        imports = [helper.make_opsetid("", self.opset)]
        if self.domain:
            imports.append(helper.make_opsetid(self.domain, 1))
        model = onnx.ModelProto(ir_version=3 if self.opset < 9 else 13, producer_name="glowplug-test-data")
        model.opset_import.extend(imports)
        model.graph.CopyFrom(graph)
        if self.opset < 9:  # initializers had to be inputs as well
            model.graph.input.extend(data.info(name) for name, data in given if data.constant)
        return model

    def fed(self):
        return [(f"x{i}", data) for i, data in enumerate(self.inputs) if data and not data.constant]


def plain(array, dtype=np.float32, **options):
    return Data(np.asarray(array, dtype), **options)
