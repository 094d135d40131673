# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A BERT encoder and a GPT decoder with a key/value cache in float32, to be made half of."""

import math
from dataclasses import dataclass

import numpy as np

from gp_data.build import INT64, Model
from gp_data.models.bert import Encoder
from gp_data.stream import Stream
from onnx import TensorProto


@dataclass(frozen=True)
class Bert:
    """Normalisation is spelled out (ReduceMean, Pow, Sqrt, Div), and so is Gelu (Erf)."""

    layers: int
    hidden: int
    heads: int
    sequence: int
    words: int

    def inputs(self, name):
        stream = Stream(f"{name}/input")
        ids = stream.integers((1, self.sequence), 0, self.words - 1)
        mask = (np.arange(self.sequence) < self.sequence * 3 // 4).astype(np.int64)
        return [ids, mask.reshape(1, self.sequence)]

    def build(self, name):
        encoder = Encoder(name, self.hidden, self.heads, fused=False)
        model, size = encoder.model, self.hidden
        ids = model.input("input_ids", [1, self.sequence], INT64)
        mask = encoder.additive_mask(model.input("attention_mask", [1, self.sequence], INT64))
        words = model.weight("words.weight", [self.words, size], "normal", 0.8)
        places = model.weight("places.weight", [1, self.sequence, size], "normal", 0.4)
        x = model.node("Add", [model.node("Gather", [words, ids], axis=0), places])
        x = encoder.layer_norm(x, "embeddings.norm")
        for index in range(self.layers):
            stem, last = f"layer.{index}", index == self.layers - 1
            y = encoder.attention(x, mask, f"{stem}.attention")
            x = encoder.layer_norm(model.node("Add", [y, x]), f"{stem}.attention.norm")
            y = encoder.gelu(encoder.dense(x, size, 4 * size, f"{stem}.intermediate"))
            y = encoder.dense(y, 4 * size, size, f"{stem}.output", 1.5, "centred_columns")
            x = encoder.layer_norm(
                model.node("Add", [y, x]), f"{stem}.norm", "last_hidden_state" if last else None
            )
        model.output("last_hidden_state", [1, self.sequence, size])
        return model


@dataclass(frozen=True)
class Gpt:
    """Several new tokens after a cache, as GPT-2 is exported: Gemm of flattened rows, Gelu by Tanh and Pow."""

    layers: int
    hidden: int
    heads: int
    past: int
    tokens: int
    words: int

    def inputs(self, name):
        stream = Stream(f"{name}/input")
        total = self.past + self.tokens
        ids = stream.integers((1, self.tokens), 0, self.words - 1)
        mask = np.ones((1, total), np.int64)
        mask[0, :2] = 0  # padding on the left
        places = np.arange(self.past, total).reshape(1, self.tokens)
        cache = (1, self.heads, self.past, self.hidden // self.heads)
        return [ids, mask, places] + [stream.normal(cache) for _ in range(2 * self.layers)]

    def build(self, name):
        return _Decoder(self, name).build()


class _Decoder:
    """One decoder under construction."""

    def __init__(self, shape, name):
        self.shape, self.model = shape, Model(name, opset=17)

    def scalar(self, value):
        return self.model.constant("value", value, np.float32)

    def dense(self, x, inputs, outputs, stem, gain=1.0):
        """[1, T, inputs] -> [1, T, outputs] by a Gemm of two dims."""
        model, node = self.model, self.model.node
        kernel = model.weight(f"{stem}.weight", [inputs, outputs], "normal", gain / math.sqrt(inputs))
        bias = model.weight(f"{stem}.bias", [outputs], "normal", 0.02)
        rows = node("Reshape", [x, model.constant("shape", [-1, inputs])])
        product = node("Gemm", [rows, kernel, bias], f"{stem}.gemm")
        return node("Reshape", [product, model.constant("shape", [1, self.shape.tokens, outputs])])

    def layer_norm(self, x, stem):
        model, shape = self.model, [self.shape.hidden]
        gamma = model.weight(f"{stem}.weight", shape, "uniform", 0.7, 1.3)
        beta = model.weight(f"{stem}.bias", shape, "normal", 0.1)
        return model.node("LayerNormalization", [x, gamma, beta], stem, axis=-1, epsilon=1e-5)

    def gelu(self, x):
        node = self.model.node
        cube = node("Mul", [node("Pow", [x, self.scalar(3.0)]), self.scalar(0.044715)])
        inner = node("Mul", [node("Add", [x, cube]), self.scalar(math.sqrt(2 / math.pi))])
        outer = node("Add", [node("Tanh", [inner]), self.scalar(1.0)])
        return node("Mul", [node("Mul", [x, self.scalar(0.5)]), outer])

    def visible(self, mask, places):
        """[1, 1, T, P + T]: which keys each token sees."""
        model, node, total = self.model, self.model.node, self.shape.past + self.shape.tokens
        keys = model.constant("keys", np.arange(total).reshape(1, 1, 1, total))
        axes = model.constant("axes", [1, 3])
        before = node("LessOrEqual", [keys, node("Unsqueeze", [places, axes])])
        real = node("Cast", [node("Unsqueeze", [mask, model.constant("axes", [1, 2])])], to=TensorProto.BOOL)
        return node("And", [before, real])

    def attention(self, x, visible, index):
        model, node, shape = self.model, self.model.node, self.shape
        size, depth = shape.hidden, shape.hidden // shape.heads
        joined = self.dense(x, size, 3 * size, f"layer.{index}.qkv", 1.4)
        parts = node("Split", [joined, model.constant("split", [size] * 3)], outputs=3, axis=-1)
        heads = []
        for part in parts:
            target = model.constant("shape", [1, shape.tokens, shape.heads, depth])
            heads.append(node("Transpose", [node("Reshape", [part, target])], perm=[0, 2, 1, 3]))
        query, cache = heads[0], []
        for kind, new in zip(("key", "value"), heads[1:], strict=True):
            old = f"past_key_values.{index}.{kind}"
            cache.append(node("Concat", [old, new], axis=-2, result=f"present.{index}.{kind}"))
        keys = node("Transpose", [cache[0]], perm=[0, 1, 3, 2])
        scores = node("Div", [node("MatMul", [query, keys]), self.scalar(math.sqrt(depth))])
        # The least float32: a converter clamps it to the least half.
        hidden = self.scalar(np.finfo(np.float32).min)
        weights = node("Softmax", [node("Where", [visible, scores, hidden])], axis=-1)
        context = node("Transpose", [node("MatMul", [weights, cache[1]])], perm=[0, 2, 1, 3])
        context = node("Reshape", [context, model.constant("shape", [1, shape.tokens, size])])
        return self.dense(context, size, size, f"layer.{index}.projection")

    def build(self):
        model, node, shape = self.model, self.model.node, self.shape
        size, total = shape.hidden, shape.past + shape.tokens
        ids = model.input("input_ids", [1, shape.tokens], INT64)
        mask = model.input("attention_mask", [1, total], INT64)
        places = model.input("position_ids", [1, shape.tokens], INT64)
        depth = size // shape.heads
        caches = [f"{index}.{kind}" for index in range(shape.layers) for kind in ("key", "value")]
        for cache in caches:
            model.input(f"past_key_values.{cache}", [1, shape.heads, shape.past, depth])
        words = model.weight("words.weight", [shape.words, size], "normal", 0.8)
        table = model.weight("places.weight", [2 * total, size], "normal", 0.4)
        x = node("Add", [node("Gather", [words, ids]), node("Gather", [table, places])])
        visible = self.visible(mask, places)
        for index in range(shape.layers):
            y = self.layer_norm(x, f"layer.{index}.norm1")
            x = node("Add", [x, self.attention(y, visible, index)])
            y = self.dense(self.layer_norm(x, f"layer.{index}.norm2"), size, 4 * size, f"layer.{index}.up")
            x = node("Add", [x, self.dense(self.gelu(y), 4 * size, size, f"layer.{index}.down")])
        x = self.layer_norm(x, "norm")
        head = model.weight("head.weight", [size, shape.words], "normal", 1 / math.sqrt(size))
        node("MatMul", [x, head], "head", result="logits")
        model.output("logits", [1, shape.tokens, shape.words])
        for cache in caches:
            model.output(f"present.{cache}", [1, shape.heads, total, depth])
        return model
