# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Looks at and rewrites quantised ONNX graphs (QDQ form)."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from gp_data.build import tensor_bytes

CONTRACTIONS = ("Conv", "Gemm", "MatMul")
CLAMPS = ("Relu", "Clip")


class Graph:
    """Which node makes each value of a model, and which read it."""

    def __init__(self, model):
        self.model, self.graph = model, model.graph
        self.constants = {t.name: t for t in model.graph.initializer}
        self.renew()

    def renew(self):
        self.maker = {name: n for n in self.graph.node for name in n.output}
        self.readers = {}
        for node in self.graph.node:
            for name in node.input:
                self.readers.setdefault(name, []).append(node)

    def array(self, name):
        return numpy_helper.to_array(self.constants[name])

    def constant(self, name, array):
        """Adds an initializer; returns its name."""
        tensor = TensorProto.FromString(tensor_bytes(name, np.asarray(array)))
        self.graph.initializer.append(tensor)
        self.constants[name] = tensor
        return name

    def insert(self, node, before):
        """Puts a node in front of another one."""
        index = list(self.graph.node).index(before)
        self.graph.node.insert(index, node)

    def scale_of(self, name):
        """The scale of the DequantizeLinear that makes a value."""
        return self.array(self.maker[name].input[1])

    def reader(self, name):
        """The one node that reads a value, or None."""
        found = self.readers.get(name, [])
        return found[0] if len(found) == 1 else None


def insert_clips(model):
    """Puts a Clip between each Conv and its QuantizeLinear that really clips."""
    g = Graph(model)
    for conv in [n for n in g.graph.node if n.op_type == "Conv"]:
        q = g.reader(conv.output[0])
        if q is None or q.op_type != "QuantizeLinear":
            continue
        scale, zero = float(g.array(q.input[1])), int(g.array(q.input[2]))
        limits = np.iinfo(g.array(q.input[2]).dtype)
        # Not representable: each bound lies between two steps.
        low = np.float32((limits.min + 9.3 - zero) * scale)
        high = np.float32((limits.max - 40.7 - zero) * scale)
        out = f"{conv.output[0]}_clipped"
        bounds = [g.constant(f"{out}_low", low), g.constant(f"{out}_high", high)]
        g.insert(helper.make_node("Clip", [conv.output[0], *bounds], [out], out), q)
        q.input[0] = out
    return model


def spread_bias(model):
    """Gives every bias a scale of its own, which is not input times weight scale."""
    g = Graph(model)
    for node in [n for n in g.graph.node if n.op_type in ("Conv", "Gemm")]:
        dq = g.maker[node.input[2]]
        scale, old = g.array(dq.input[1]), g.array(dq.input[0])
        new = (scale * np.float32(0.37)).astype(np.float32)
        wanted = np.rint(old * scale.astype(np.float64) / new).astype(np.int32)
        dq.input[0] = g.constant(f"{dq.output[0]}_spread", wanted)
        dq.input[1] = g.constant(f"{dq.output[0]}_spread_scale", new)
    return model


def float_bias(model):
    """Puts a float in the place of each dequantised bias."""
    g = Graph(model)
    for node in [n for n in g.graph.node if n.op_type in ("Conv", "Gemm")]:
        dq = g.maker[node.input[2]]
        values = g.array(dq.input[0]) * g.array(dq.input[1]).astype(np.float64)
        # A float that lies on no step.
        values = (values + 0.3 * g.array(dq.input[1])).astype(np.float32)
        node.input[2] = g.constant(f"{dq.output[0]}_float", values)
        g.graph.node.remove(dq)
    return model


def fused_form(model):
    """The model with the same meaning that ONNX Runtime can fuse.

    It runs a contraction in integers only if nothing stands before QuantizeLinear
    and the bias has the scale of the sums. So a Relu or Clip moves after the
    QuantizeLinear, where it is the same clamp of integers, and a bias of another
    scale is rounded to the scale of the sums, in double.
    """
    g = Graph(model)
    for node in list(g.graph.node):
        if node.op_type not in CONTRACTIONS:
            continue
        if len(node.input) > 2:
            round_bias(g, node)
        clamp = g.reader(node.output[0])
        if clamp is None or clamp.op_type not in CLAMPS:
            continue
        q = g.reader(clamp.output[0])
        if q is None or q.op_type != "QuantizeLinear":
            continue
        move_behind(g, node, clamp, q)
    return model


def round_bias(g, node):
    """Brings the bias of a contraction to int32 with the scale of its sums."""
    maker = g.maker.get(node.input[2])
    wanted = np.atleast_1d(g.scale_of(node.input[0]) * g.scale_of(node.input[1]))
    if maker is not None:
        scale = g.array(maker.input[1])
        if np.array_equal(np.atleast_1d(scale), wanted):
            return
        values = g.array(maker.input[0]) * scale.astype(np.float64)
    else:
        values = g.array(node.input[2]).astype(np.float64)
    exact = g.scale_of(node.input[0]).astype(np.float64) * g.scale_of(node.input[1])
    name = f"{node.output[0]}_rounded_bias"
    steps = g.constant(f"{name}_steps", np.rint(values / exact).astype(np.int32))
    inputs = [steps, g.constant(f"{name}_scale", np.broadcast_to(wanted, values.shape).copy())]
    inputs.append(g.constant(f"{name}_zero", np.zeros(values.shape, np.int32)))
    g.insert(helper.make_node("DequantizeLinear", inputs, [name], name, axis=0), node)
    node.input[2] = name


def move_behind(g, node, clamp, q):
    """op, clamp, q  ->  op, q, dequantise, clamp, q again."""
    stem = f"{q.output[0]}_unclamped"
    g.insert(
        helper.make_node("QuantizeLinear", [node.output[0], *q.input[1:]], [stem], stem), clamp
    )
    inputs = [stem, *q.input[1:]]
    g.insert(helper.make_node("DequantizeLinear", inputs, [f"{stem}_dq"], f"{stem}_dq"), clamp)
    clamp.input[0] = f"{stem}_dq"
    g.renew()


def cut_softmax(model):
    """Ends the model at the scores."""
    last = model.graph.node[-1]
    if last.op_type == "Softmax":
        output = onnx.ValueInfoProto()
        output.CopyFrom(model.graph.output[0])
        output.name = last.input[0]
        del model.graph.output[:]
        model.graph.output.append(output)
        model.graph.node.remove(last)
    return model
