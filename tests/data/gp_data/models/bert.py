# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""BERT encoders over hidden states, as exporters write them.

`fused` is the newer form (opset 17): LayerNormalization, constant Reshape
shapes. Otherwise normalisation is spelled out, and the shapes of Reshape are
computed from the input's own, as the PyTorch exporter does.
"""

import math

import numpy as np

from gp_data.build import FLOAT, INT64, Model
from gp_data.stream import Stream

SEQUENCE = 128


class Encoder:
    """One network under construction."""

    def __init__(self, name, hidden, heads, fused):
        self.hidden, self.heads, self.fused = hidden, heads, fused
        self.model = Model(name, opset=17 if fused else 13)

    def scalar(self, value):
        return self.model.constant_node("value", value, np.float32)

    def dense(self, x, inputs, outputs, stem, gain=1.0, kind="normal"):
        model = self.model
        deviation = gain / math.sqrt(inputs)
        kernel = model.weight(f"{stem}.weight", [inputs, outputs], kind, deviation)
        bias = model.weight(f"{stem}.bias", [outputs], "normal", 0.02)
        product = model.node("MatMul", [x, kernel], f"{stem}.matmul")
        return model.node("Add", [bias, product], f"{stem}.add")

    def layer_norm(self, x, stem, result=None):
        model, node = self.model, self.model.node
        shape = [self.hidden]
        gamma = model.weight(f"{stem}.weight", shape, "uniform", 0.7, 1.3)
        beta = model.weight(f"{stem}.bias", shape, "normal", 0.1)
        if self.fused:
            return node(
                "LayerNormalization", [x, gamma, beta], stem, result=result,
                axis=-1, epsilon=1e-12,
            )  # fmt: skip
        mean = node("ReduceMean", [x], axes=[-1])
        centred = node("Sub", [x, mean])
        square = node("Pow", [centred, self.scalar(2.0)])
        variance = node("ReduceMean", [square], axes=[-1])
        deviation = node("Sqrt", [node("Add", [variance, self.scalar(1e-12)])])
        scaled = node("Mul", [node("Div", [centred, deviation]), gamma])
        return node("Add", [scaled, beta], stem, result=result)

    def gelu(self, x):
        node = self.model.node
        inner = node("Erf", [node("Div", [x, self.scalar(math.sqrt(2.0))])])
        product = node("Mul", [x, node("Add", [inner, self.scalar(1.0)])])
        return node("Mul", [product, self.scalar(0.5)])

    def reshape(self, x, tail):
        """Reshapes [N, S, ..] to [N, S] + tail."""
        model, node = self.model, self.model.node
        if self.fused:
            return node("Reshape", [x, model.constant_node("shape", [0, 0] + tail)])
        sizes = []
        for axis in (0, 1):
            index = model.constant_node("index", axis)
            size = node("Gather", [node("Shape", [x]), index], axis=0)
            sizes.append(node("Unsqueeze", [size, model.constant_node("axes", [0])]))
        sizes += [model.constant_node("size", [size]) for size in tail]
        return node("Reshape", [x, node("Concat", sizes, axis=0)])

    def split_heads(self, x, perm):
        y = self.reshape(x, [self.heads, self.hidden // self.heads])
        return self.model.node("Transpose", [y], perm=perm)

    def attention(self, x, mask, stem):
        node, size = self.model.node, self.hidden
        # A gain above 1 keeps the softmax from being flat.
        query = self.dense(x, size, size, f"{stem}.query", 1.4)
        key = self.dense(x, size, size, f"{stem}.key", 1.4)
        value = self.dense(x, size, size, f"{stem}.value")
        query = self.split_heads(query, [0, 2, 1, 3])
        key = self.split_heads(key, [0, 2, 3, 1])
        value = self.split_heads(value, [0, 2, 1, 3])
        scores = node("MatMul", [query, key])
        scores = node("Div", [scores, self.scalar(math.sqrt(size // self.heads))])
        weights = node("Softmax", [node("Add", [scores, mask])], axis=-1)
        context = node("MatMul", [weights, value])
        context = node("Transpose", [context], perm=[0, 2, 1, 3])
        return self.dense(self.reshape(context, [size]), size, size, f"{stem}.output")

    def additive_mask(self, mask):
        """[N, S] of 1 and 0 -> [N, 1, 1, S] of 0 and -10000."""
        model, node = self.model, self.model.node
        for axis in (1, 2):
            mask = node("Unsqueeze", [mask, model.constant_node("axes", [axis])])
        mask = node("Cast", [mask], to=FLOAT)
        return node("Mul", [node("Sub", [self.scalar(1.0), mask]), self.scalar(-10000.0)])

    def build(self, layers):
        model, size = self.model, self.hidden
        x = model.input("hidden_states", ["N", SEQUENCE, size])
        mask = model.input("attention_mask", ["N", SEQUENCE], INT64)
        mask = self.additive_mask(mask)
        for index in range(layers):
            stem = f"layer.{index}"
            last = index == layers - 1
            y = self.attention(x, mask, f"{stem}.attention")
            x = self.layer_norm(model.node("Add", [y, x]), f"{stem}.attention.norm")
            y = self.gelu(self.dense(x, size, 4 * size, f"{stem}.intermediate"))
            y = self.dense(y, 4 * size, size, f"{stem}.output", 1.5, "centred_columns")
            x = self.layer_norm(
                model.node("Add", [y, x]), f"{stem}.norm", "last_hidden_state" if last else None
            )
        model.output("last_hidden_state", ["N", SEQUENCE, size])
        return model


def encoder(layers, hidden, heads, fused):
    """The build function and the input function of one size."""

    def build(name):
        return Encoder(name, hidden, heads, fused).build(layers)

    def make_inputs(name, index):
        stream = Stream(f"{name}/input/{index}")
        states = stream.normal((1, SEQUENCE, hidden))
        length = int(stream.integers((1,), SEQUENCE // 2, SEQUENCE)[0])
        mask = (np.arange(SEQUENCE) < length).astype(np.int64)
        return [states, mask.reshape(1, SEQUENCE)]

    return build, make_inputs
