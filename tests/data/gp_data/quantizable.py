# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Small float models whose names or numbers are a trap for quantisation.

Each function gives a model with one input x and one output y, and samples of x.
"""

import numpy as np
from onnx import TensorProto, helper, numpy_helper


def numbers(seed, shape, low=-1.0, high=1.0):
    return np.random.RandomState(seed).uniform(low, high, shape).astype(np.float32)


def model(nodes, constants, shape_in, shape_out, opset=17):
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape_in)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape_out)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    result = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    result.ir_version = 8
    return result


def samples(shape, count=8):
    return [numbers(100 + index, shape) for index in range(count)]


def node(op, inputs, output, name=None, **attributes):
    return helper.make_node(op, inputs, [output], name=output if name is None else name, **attributes)


def shared_bias():
    """Two convolutions with one bias: their readers of it need two names."""
    nodes = [
        node("Conv", ["x", "w1", "b"], "a"),
        node("Relu", ["a"], "q"),
        node("Conv", ["q", "w2", "b"], "y"),
    ]
    constants = {"w1": numbers(1, (8, 8, 1, 1)), "w2": numbers(2, (8, 8, 1, 1)), "b": numbers(3, (8,))}
    return model(nodes, constants, [1, 8, 6, 6], [1, 8, 6, 6]), samples((1, 8, 6, 6))


def shared_constants():
    """Weights, a bias, and the operand of an Add that two nodes share."""
    nodes = [
        node("Conv", ["x", "w", "b"], "a"),
        node("Relu", ["a"], "r"),
        node("Conv", ["r", "w", "b"], "c"),
        node("Add", ["c", "k"], "d"),
        node("Mul", ["d", "k"], "e"),
        node("Conv", ["e", "w"], "y"),
    ]
    constants = {"w": numbers(4, (4, 4, 1, 1)), "b": numbers(5, (4,)), "k": numbers(6, (1, 4, 1, 1), 0.5, 1)}
    return model(nodes, constants, [1, 4, 5, 5], [1, 4, 5, 5]), samples((1, 4, 5, 5))


def taken_names():
    """Nodes and values have the names that one would invent for new ones."""
    nodes = [
        node("Conv", ["x", "w"], "x_quantized", "x_QuantizeLinear"),
        node("Relu", ["x_quantized"], "x_dequantized", "x_DequantizeLinear"),
        node("Conv", ["x_dequantized", "w_scale"], "w_zero_point", "w_DequantizeLinear"),
        node("Sigmoid", ["w_zero_point"], "x_scale", "x_quantized_QuantizeLinear"),
        node("Conv", ["x_scale", "w"], "y", "y"),
    ]
    constants = {"w": numbers(7, (4, 4, 1, 1)), "w_scale": numbers(8, (4, 4, 1, 1))}
    return model(nodes, constants, [1, 4, 5, 5], [1, 4, 5, 5]), samples((1, 4, 5, 5))


def nodes_of_one_name():
    """Two nodes of one name, as no runtime would have to read it."""
    made, inputs = shared_constants()
    for one in made.graph.node:
        one.name = "same"
    return made, inputs


def old_opset():
    """Attributes that become inputs in operator set 13, of nodes without names."""
    nodes = [
        node("Conv", ["x", "w"], "a", ""),
        node("Clip", ["a"], "b", "", min=0.0, max=0.5),
        node("Clip", ["b"], "c", "", min=-0.5, max=0.25),
        node("Conv", ["c", "w"], "y", ""),
    ]
    return model(nodes, {"w": numbers(9, (4, 4, 1, 1))}, [1, 4, 5, 5], [1, 4, 5, 5], 9), samples((1, 4, 5, 5))


def sparse():
    """Features that are zero nearly everywhere, and large where they are not: six layers deep, as where a detector
    looks for text."""
    nodes, constants, name = [], {}, "x"
    for layer in range(6):
        weights = 0.1 * numbers(20 + layer, (8, 8, 1, 1))
        weights[np.arange(8), np.arange(8)] = 1
        constants[f"w{layer}"], constants[f"b{layer}"] = weights, np.full(8, -0.02, np.float32)
        nodes += [
            node("Conv", [name, f"w{layer}", f"b{layer}"], f"c{layer}"),
            node("Relu", [f"c{layer}"], f"r{layer}"),
        ]
        name = f"r{layer}"
    constants["last"] = numbers(30, (2, 8, 1, 1))
    nodes.append(node("Conv", [name, "last"], "y"))
    inputs = []
    for index in range(8):
        random = np.random.RandomState(200 + index)
        array = np.abs(0.05 * random.standard_normal((1, 8, 48, 48)))
        where = random.uniform(size=(1, 1, 48, 48)) < 0.002
        inputs.append((array + where * random.uniform(5, 8, array.shape)).astype(np.float32))
    return model(nodes, constants, [1, 8, 48, 48], [1, 2, 48, 48]), inputs


MODELS = {
    "shared_bias": shared_bias,
    "shared_constants": shared_constants,
    "taken_names": taken_names,
    "nodes_of_one_name": nodes_of_one_name,
    "old_opset": old_opset,
    "sparse": sparse,
}
