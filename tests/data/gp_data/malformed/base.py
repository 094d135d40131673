# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Small models and raw protobuf pieces to spoil.

Expectations of a file:
  model    it is at fault: exit status 1
  ok       it is fine, however odd: exit status 0
  any      0 or 1, both can be defended; no crash, no hang
  refused  1 or 2: what is wrong is the path rather than the content
"""

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import AttributeProto, TensorProto, helper

from gp_data.build import tensor_bytes, varint

MODEL, OK, ANY, REFUSED = "model", "ok", "any", "refused"
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1


@dataclass
class File:
    name: str
    expect: str
    data: bytes
    # Large and legal: may take longer, and more memory, than a bad file.
    large: bool = False


def field(number, wire, payload=b""):
    """A protobuf field: its tag and, for wire type 2, length and payload."""
    tag = varint(number << 3 | wire)
    return tag + (varint(len(payload)) if wire == 2 else b"") + payload


def value(name, shape, dtype=FLOAT):
    return helper.make_tensor_value_info(name, dtype, shape)


def tensor(name, array):
    return TensorProto.FromString(tensor_bytes(name, np.asarray(array)))


def spoilt_tensor(name, dtype, dims, **fields):
    """A TensorProto with just these fields, sensible or not."""
    proto = TensorProto(name=name, data_type=dtype)
    proto.dims.extend(dims)
    for key, content in fields.items():
        if key == "raw_data":
            proto.raw_data = content
        else:
            getattr(proto, key).extend(content)
    return proto


def attribute(name, kind, **fields):
    """An AttributeProto with just these fields, sensible or not."""
    proto = AttributeProto(name=name)
    if kind is not None:
        proto.type = kind
    for key, content in fields.items():
        if isinstance(content, (list, tuple)):
            getattr(proto, key).extend(content)
        elif isinstance(content, (TensorProto, onnx.GraphProto, onnx.SparseTensorProto)):
            getattr(proto, key).CopyFrom(content)
        else:
            setattr(proto, key, content)
    return proto


def graph(nodes, inputs, outputs, initializers=()):
    result = onnx.GraphProto(name="g")
    result.node.extend(nodes)
    result.input.extend(inputs)
    result.output.extend(outputs)
    result.initializer.extend(initializers)
    return result


def model(content, opset=13, ir_version=8):
    """A ModelProto with the graph; opset None leaves the import out."""
    result = onnx.ModelProto(ir_version=ir_version, producer_name="malformed")
    result.graph.CopyFrom(content)
    if opset is not None:
        result.opset_import.append(helper.make_opsetid("", opset))
    return result


def relu_graph():
    return graph([helper.make_node("Relu", ["x"], ["y"], "n")], [value("x", [3])], [value("y", [3])])


def small_model():
    """A good model, some 400 bytes: Conv, Relu, a residual Add, Reshape."""
    weights = np.arange(8, dtype=np.float32).reshape(2, 2, 1, 2) / 8
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], "conv", pads=[0, 0, 0, 1]),
        helper.make_node("Relu", ["c"], ["r"], "relu"),
        helper.make_node("Add", ["r", "x"], ["s"], "add"),
        helper.make_node("Reshape", ["s", "shape"], ["y"], "reshape"),
    ]
    return model(
        graph(
            nodes,
            [value("x", [1, 2, 3, 3])],
            [value("y", [2, 9])],
            [tensor("w", weights), tensor("shape", np.array([2, 9]))],
        )
    )


def node_model(op, inputs, outputs=1, opset=13, initializers=(), domain="", makes=FLOAT, **attributes):
    """A model of one node.

    Each input is a shape, (shape, dtype), a numpy array (an initializer) or None
    for an absent one. Outputs are tensors of type `makes` and unstated shape: a file is
    to be refused for its node, not for a wrong output.
    """
    names, graph_inputs, constants = [], [], list(initializers)
    for index, item in enumerate(inputs):
        name = f"x{index}"
        names.append("" if item is None else name)
        if item is None:
            continue
        if isinstance(item, np.ndarray):
            constants.append(tensor(name, item))
        elif isinstance(item, tuple):
            graph_inputs.append(value(name, *item))
        else:
            graph_inputs.append(value(name, item))
    extra = [a for a in attributes.values() if isinstance(a, AttributeProto)]
    plain = {k: a for k, a in attributes.items() if not isinstance(a, AttributeProto)}
    results = [f"y{index}" for index in range(outputs)]
    node = helper.make_node(op, names, results, "the_node", **plain)
    if domain:
        node.domain = domain
    node.attribute.extend(extra)
    infos = []
    for result in results:
        info = onnx.ValueInfoProto(name=result)
        info.type.tensor_type.elem_type = makes
        infos.append(info)
    made = model(graph([node], graph_inputs, infos, constants), opset)
    if domain:
        made.opset_import.append(helper.make_opsetid(domain, 1))
    return made


def ints(*values):
    return np.array(values, np.int64)


def floats(*values):
    return np.array(values, np.float32)
