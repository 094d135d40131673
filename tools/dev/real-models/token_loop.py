# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A GPT that writes 64 tokens in one Loop: each step takes the token that the step before found most likely."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

STEPS, WIDTH, HEADS, WORDS, LAYERS = 64, 64, 2, 256, 2
PART = WIDTH // HEADS


class Body:
    """The nodes of one step."""

    def __init__(self, constants):
        self.nodes, self.constants, self.number = [], constants, 0

    def op(self, kind, *inputs, outputs=1, **attributes):
        self.number += 1
        names = [f"{kind}_{self.number}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, name=f"{kind}_{self.number}", **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, name, array):
        self.constants.setdefault(name, numpy_helper.from_array(np.asarray(array), name))
        return name

    def integers(self, *values):
        return self.constant("ints_" + "_".join(map(str, values)), np.array(values, np.int64))

    def norm(self, x, name):
        scale = self.constant(f"{name}.scale", np.ones(WIDTH, np.float32))
        bias = self.constant(f"{name}.bias", np.zeros(WIDTH, np.float32))
        return self.op("LayerNormalization", x, scale, bias, axis=-1)


def _weights(generator, *shape):
    return generator.standard_normal(shape, dtype=np.float32) / np.float32(np.sqrt(shape[0]))


def _grow(body, cache, new, step):
    """The cache of a step is longer by one row than that of the step before."""
    return body.op("Concat", cache, new, axis=1)


def _place(body, cache, new, step):
    """The cache has its full size from the start, and each step writes its row."""
    row = body.op("Expand", body.op("Reshape", step, body.integers(1, 1, 1)), body.integers(HEADS, 1, PART))
    return body.op("ScatterElements", cache, row, new, axis=1)


def _layer(body, generator, layer, x, step, caches, store):
    mix = body.constant(f"{layer}.mix", _weights(generator, WIDTH, 3 * WIDTH))
    parts = body.op("Split", body.op("MatMul", body.norm(x, f"{layer}.norm1"), mix), outputs=3, axis=1, num_outputs=3)
    query, key, value = (body.op("Reshape", part, body.integers(HEADS, 1, PART)) for part in parts)
    keys, values = store(body, caches[0], key, step), store(body, caches[1], value, step)
    scores = body.op("MatMul", query, body.op("Transpose", keys, perm=[0, 2, 1]))
    scores = body.op("Mul", scores, body.constant("scale", np.array(PART**-0.5, np.float32)))
    if store is _place:
        places = body.constant("places", np.arange(STEPS, dtype=np.int64))
        later = body.op("Greater", places, step)
        scores = body.op("Where", later, body.constant("low", np.array(-1e4, np.float32)), scores)
    mixed = body.op("MatMul", body.op("Softmax", scores, axis=-1), values)
    mixed = body.op("Reshape", mixed, body.integers(1, WIDTH))
    x = body.op("Add", x, body.op("MatMul", mixed, body.constant(f"{layer}.out", _weights(generator, WIDTH, WIDTH))))
    hidden = body.op(
        "MatMul", body.norm(x, f"{layer}.norm2"), body.constant(f"{layer}.up", _weights(generator, WIDTH, 4 * WIDTH))
    )
    hidden = body.op("Mul", hidden, body.op("Sigmoid", hidden))
    down = body.constant(f"{layer}.down", _weights(generator, 4 * WIDTH, WIDTH))
    return body.op("Add", x, body.op("MatMul", hidden, down)), keys, values


def _floats(name, *shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _integers(name, *shape):
    return helper.make_tensor_value_info(name, TensorProto.INT64, shape)


def _flag(name):
    return helper.make_tensor_value_info(name, TensorProto.BOOL, [])


def _step(constants, caches, growing):
    """One step, from a token and the caches to the next token, the new caches, and the scores of all tokens."""
    generator, body, store = np.random.default_rng(0), Body(constants), _grow if growing else _place
    words = body.constant("words", generator.standard_normal((WORDS, WIDTH), dtype=np.float32))
    places = body.constant("positions", _weights(generator, STEPS, WIDTH) * np.float32(4))
    place = body.op("Gather", places, body.op("Reshape", "step", body.integers(1)))
    x, after = body.op("Add", body.op("Gather", words, "token"), place), []
    for layer in range(LAYERS):
        x, *new = _layer(body, generator, layer, x, "step", caches[2 * layer : 2 * layer + 2], store)
        after += new
    head = body.constant("head", _weights(generator, WIDTH, WORDS))
    scores = body.op("MatMul", body.norm(x, "norm"), head)
    token = body.op("ArgMax", scores, axis=-1, keepdims=0)
    go_on, said = body.op("Identity", "go_on"), body.op("Identity", token)
    before, behind = ("before", "after") if growing else (STEPS, STEPS)
    return helper.make_graph(
        body.nodes,
        "step",
        [_integers("step"), _flag("go_on"), _integers("token", 1), *(_floats(c, HEADS, before, PART) for c in caches)],
        [_flag(go_on), _integers(token, 1), *(_floats(a, HEADS, behind, PART) for a in after)]
        + [_integers(said, 1), _floats(scores, 1, WORDS)],
    )


def build(growing):
    """The model; the cache grows with every step, or has its full size at once."""
    constants, caches = {}, [f"cache_{i}" for i in range(2 * LAYERS)]
    body, outer = _step(constants, caches, growing), Body(constants)
    start = outer.constant("empty", np.zeros((HEADS, 0 if growing else STEPS, PART), np.float32))
    count, go_on = outer.constant("steps", np.array(STEPS)), outer.constant("true", np.array(True))
    ends = [f"end_{i}" for i in range(len(caches))]
    inputs, outputs = [count, go_on, "first", *[start] * len(caches)], ["last", *ends, "tokens", "scores"]
    graph = helper.make_graph(
        [helper.make_node("Loop", inputs, outputs, body=body, name="write")],
        "gpt_loop",
        [_integers("first", 1)],
        [_integers("tokens", STEPS, 1), _floats("scores", STEPS, 1, WORDS)],
        list(constants.values()),
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
