# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models that are wrong as a whole: versions, names, order, attributes."""

import numpy as np
import onnx
from onnx import AttributeProto, TensorProto, helper

from gp_data.malformed.base import (
    ANY,
    FLOAT,
    INT64_MAX,
    MODEL,
    OK,
    REFUSED,
    File,
    attribute,
    floats,
    graph,
    ints,
    model,
    node_model,
    relu_graph,
    spoilt_tensor,
    tensor,
    value,
)


def relu(source, target, name=""):
    return helper.make_node("Relu", [source], [target], name)


def spoilt():
    for groups in (versions(), order(), values(), types(), attributes(), functions(), growth()):
        for name, expect, made in groups:
            yield File(f"model_{name}", expect, made.SerializeToString())
    for name, expect, made in sizes():
        yield File(f"model_{name}", expect, made.SerializeToString(), large=expect != MODEL)


def versions():
    for ir_version, expect in [(-1, MODEL), (0, ANY), (1, ANY), (2**31, ANY), (99, ANY)]:
        yield f"ir_version_{ir_version}", expect, model(relu_graph(), ir_version=ir_version)
    for opset, expect in [
        (-1, MODEL), (0, MODEL), (1, ANY), (999, ANY), (2**40, ANY), (-(2**63), MODEL),
    ]:  # fmt: skip
        yield f"opset_{opset}", expect, model(relu_graph(), opset)
    yield "opset_absent", MODEL, model(relu_graph(), None)
    alias = model(relu_graph(), None)
    alias.opset_import.append(helper.make_opsetid("ai.onnx", 13))
    yield "domain_alias", OK, alias
    unused = model(relu_graph())
    unused.opset_import.append(helper.make_opsetid("nobody.knows", 1))
    yield "domain_unused", OK, unused
    other = model(relu_graph())
    other.opset_import.append(helper.make_opsetid("nobody.knows", 1))
    other.graph.node[0].domain = "nobody.knows"
    yield "domain_unknown", MODEL, other
    absent = model(relu_graph())
    absent.graph.node[0].domain = "nobody.imported"
    yield "domain_not_imported", MODEL, absent
    training = model(relu_graph(), None)
    training.opset_import.append(helper.make_opsetid("ai.onnx.ml", 2))
    yield "opset_of_ml_only", MODEL, training


def order():
    x, y = [value("x", [3])], [value("y", [3])]
    for name, expect, content in [
        ("written_twice", MODEL, graph([relu("x", "y"), relu("x", "y")], x, y)),
        ("cycle", MODEL, graph([relu("a", "b"), relu("b", "a"), relu("x", "y")], x, y)),
        ("cycle_to_output", MODEL, graph([relu("a", "y"), relu("y", "a")], x, y)),
        ("own_input", MODEL, graph([relu("y", "y")], x, y)),
        ("cycle_of_20000", MODEL, graph(
            [relu(f"v{i}", f"v{(i + 1) % 20000}") for i in range(20000)] + [relu("x", "y")], x, y)),
        ("cycle_by_shape", MODEL, graph(
            [helper.make_node("Reshape", ["x", "s"], ["y"]),
             helper.make_node("Shape", ["y"], ["s"])], x, y)),
        ("cycle_of_long_names", MODEL, graph(
            [relu("a" * 65000, "b" * 65000), relu("b" * 65000, "a" * 65000), relu("x", "y")],
            x, y)),
        ("used_before", OK, graph([relu("a", "y"), relu("x", "a")], x, y)),
        ("backwards_5000", OK, graph(
            [relu(f"v{i}", f"v{i + 1}" if i < 4999 else "y") for i in range(4999, 0, -1)]
            + [relu("x", "v1")], x, y)),
        ("undefined", MODEL, graph([relu("nothing", "y")], x, y)),
        ("output_not_made", MODEL, graph([relu("x", "a")], x, y)),
        ("writes_input", MODEL, graph([relu("x", "x"), relu("x", "y")], x, y)),
        ("writes_initializer", MODEL, graph(
            [relu("x", "c"), relu("c", "y")], x, y, [tensor("c", floats(1, 2, 3))])),
        ("input_is_output", OK, graph([], x, [value("x", [3])])),
        ("initializer_is_output", OK, graph(
            [relu("x", "y")], x, y + [value("c", [3])], [tensor("c", floats(1, 2, 3))])),
        ("output_twice", ANY, graph([relu("x", "y")], x, y + y)),
        ("input_twice", MODEL, graph([relu("x", "y")], x + x, y)),
        ("no_outputs", MODEL, graph([relu("x", "y")], x, [])),
        ("no_nodes", MODEL, graph([], x, y)),
        ("unused_node", OK, graph([relu("x", "y"), relu("x", "a")], x, y)),
        ("unused_input", OK, graph([relu("x", "y")], x + [value("u", [5])], y)),
    ]:  # fmt: skip
        yield name, expect, model(content)
    yield "no_graph", MODEL, onnx.ModelProto(
        ir_version=8, opset_import=[helper.make_opsetid("", 13)]
    )


def values():
    x, y = [value("x", [3])], [value("y", [3])]
    c = tensor("c", floats(1, 2, 3))
    add = [helper.make_node("Add", ["x", "c"], ["y"])]
    for name, expect, content in [
        ("initializer_also_input", OK, graph(add, x + [value("c", [3])], y, [c])),
        ("initializer_input_shape", MODEL, graph(add, x + [value("c", [4])], y, [c])),
        ("initializer_input_type", MODEL, graph(add, x + [value("c", [3], 7)], y, [c])),
        ("initializer_twice", MODEL, graph(add, x, y, [c, c])),
        ("initializer_without_name", ANY, graph(add, x, y, [c, tensor("", floats(1))])),
        ("input_without_name", ANY, graph([relu("x", "y")], x + [value("", [3])], y)),
        ("output_without_name", MODEL, graph([relu("x", "y")], x, [value("", [3])])),
        ("required_input_absent", MODEL, graph([relu("", "y")], x, y)),
        ("node_without_outputs", ANY, graph(
            [relu("x", "y"), helper.make_node("Relu", ["x"], [])], x, y)),
        ("node_without_inputs", MODEL, graph([helper.make_node("Relu", [], ["y"])], x, y)),
        ("too_many_inputs", MODEL, graph(
            [helper.make_node("Relu", ["x", "x"], ["y"])], x, y)),
        ("too_many_outputs", MODEL, graph(
            [helper.make_node("Relu", ["x"], ["y", "z"])], x, y)),
        ("node_without_type", MODEL, graph([helper.make_node("", ["x"], ["y"])], x, y)),
        ("op_unknown", MODEL, graph([helper.make_node("Frobnicate", ["x"], ["y"])], x, y)),
        ("op_lower_case", MODEL, graph([helper.make_node("relu", ["x"], ["y"])], x, y)),
        ("op_not_yet", MODEL, graph([helper.make_node("Gelu", ["x"], ["y"])], x, y)),
        ("node_names_repeat", ANY, graph(
            [relu("x", "a", "n"), relu("a", "y", "n")], x, y)),
        ("output_other_shape", ANY, graph([relu("x", "y")], x, [value("y", [4])])),
        ("output_other_rank", ANY, graph([relu("x", "y")], x, [value("y", [1, 3])])),
        ("output_other_type", MODEL, graph([relu("x", "y")], x, [value("y", [3], 7)])),
        ("three_unknown_ops", MODEL, graph(
            [helper.make_node(f"Unknown{i}", ["x"], [f"o{i}"]) for i in range(3)]
            + [relu("o0", "y")], x, y)),
    ]:  # fmt: skip
        yield name, expect, model(content)
    contradiction = model(relu_graph())
    contradiction.graph.value_info.append(value("y", [7]))
    yield "value_info_other_shape", ANY, contradiction
    sparse = model(relu_graph())
    for name, indices in [("good", [0, 2]), ("out_of_range", [0, 9]), ("unsorted", [2, 0]),
                          ("negative", [-1, 0]), ("duplicate", [1, 1])]:  # fmt: skip
        sparse = model(graph(add, x, y))
        item = sparse.graph.sparse_initializer.add()
        item.values.CopyFrom(tensor("c", floats(1, 2)))
        item.indices.CopyFrom(tensor("", ints(*indices)))
        item.dims.extend([3])
        yield f"sparse_{name}", ANY if name == "good" else MODEL, sparse


def types():
    def with_input(change, shape=(3,)):
        made = model(relu_graph())
        change(made.graph.input[0].type.tensor_type)
        return made

    yield "input_without_type", MODEL, untyped()
    for dtype, expect in [(0, MODEL), (99, MODEL), (8, MODEL), (14, MODEL), (16, ANY), (-1, MODEL)]:
        yield f"input_type_{dtype}", expect, with_input(lambda t, d=dtype: setattr(t, "elem_type", d))
    yield "input_without_shape", MODEL, with_input(lambda t: t.ClearField("shape"))
    for size in (-1, -(2**63), INT64_MAX, 2**40):
        expect = ANY if size == -1 else MODEL
        yield f"input_dim_{size}", expect, with_input(
            lambda t, s=size: setattr(t.shape.dim[0], "dim_value", s)
        )
    yield "input_dim_unbound", REFUSED, with_input(
        lambda t: setattr(t.shape.dim[0], "dim_param", "N")
    )
    yield "input_dim_unnamed", REFUSED, with_input(lambda t: t.shape.dim[0].Clear())
    for name, dims in {
        "2_32_squared": [2**32, 2**32],
        "2_16_cubed": [2**16] * 3,
        "2_16_to_the_4th": [2**16] * 4,
        "past_2_31": [2, 2**30],
        "product_wraps_to_3": [3, 2**62, 4, 1],
    }.items():
        shape = dims
        content = graph([relu("x", "y")], [value("x", shape)], [value("y", shape)])
        yield f"elements_{name}", MODEL, model(content)
    limit = [2**31 - 1]
    content = graph([relu("x", "y")], [value("x", limit)], [value("y", limit)])
    yield "elements_2_31_minus_1", ANY, model(content)
    for rank, expect in [(8, OK), (9, MODEL), (100, MODEL), (10000, MODEL)]:
        shape = [1] * (rank - 1) + [2]
        content = graph([relu("x", "y")], [value("x", shape)], [value("y", shape)])
        yield f"rank_{rank}", expect, model(content)
    for name in ("sequence_type", "map_type", "optional_type"):
        made = model(relu_graph())
        kind = made.graph.input[0].type
        kind.Clear()
        getattr(kind, name).SetInParent()
        yield f"input_{name}", MODEL, made


def untyped():
    made = model(relu_graph())
    made.graph.input[0].ClearField("type")
    return made


def attributes():
    shapes = [[1, 2, 5, 5], np.ones((2, 2, 3, 3), np.float32)]
    kinds = AttributeProto

    def conv(**items):
        return node_model("Conv", shapes, **items)

    for name, expect, item in [
        ("int_with_ints", MODEL, attribute("strides", kinds.INT, ints=[1, 1])),
        ("ints_with_int", MODEL, attribute("strides", kinds.INTS, i=1)),
        ("float_for_ints", MODEL, attribute("strides", kinds.FLOAT, f=1.0)),
        ("floats_for_ints", MODEL, attribute("strides", kinds.FLOATS, floats=[1.0, 1.0])),
        ("string_for_int", MODEL, attribute("group", kinds.STRING, s=b"1")),
        ("int_for_string", MODEL, attribute("auto_pad", kinds.INT, i=1)),
        ("tensor_for_ints", MODEL, attribute("pads", kinds.TENSOR, t=tensor("", ints(0, 0, 0, 0)))),
        ("graph_for_int", MODEL, attribute("group", kinds.GRAPH, g=relu_graph())),
        ("type_undefined", ANY, attribute("strides", kinds.UNDEFINED, ints=[1, 1])),
        ("type_absent", ANY, attribute("strides", None, ints=[1, 1])),
        ("without_name", ANY, attribute("", kinds.INTS, ints=[1, 1])),
        ("unknown", ANY, attribute("frobnicate", kinds.INT, i=1)),
        ("unknown_graph", ANY, attribute("body", kinds.GRAPH, g=relu_graph())),
        ("reference", MODEL, attribute("group", kinds.INT, ref_attr_name="outer")),
    ]:
        yield f"attribute_{name}", expect, conv(item=item)
    twice = conv(
        one=attribute("strides", kinds.INTS, ints=[1, 1]),
        two=attribute("strides", kinds.INTS, ints=[2, 2]),
    )
    yield "attribute_twice", MODEL, twice
    many = conv(item=attribute("pads", kinds.INTS, ints=[0] * 100000))
    yield "attribute_100000_pads", MODEL, many
    for name, node in {
        "loop_forever": helper.make_node("Loop", ["m", "", "x"], ["y"], body=relu_graph()),
        "loop_outputs": helper.make_node("Loop", ["m", "", "x", "x"], ["y"], body=relu_graph()),
        "scan_inputs": helper.make_node("Scan", ["x"], ["y"], body=relu_graph(), num_scan_inputs=2),
        "scan_axis": helper.make_node(
            "Scan", ["x"], ["y"], body=relu_graph(), num_scan_inputs=1, scan_input_axes=[1]
        ),
        "scan_axes": helper.make_node(
            "Scan", ["x"], ["y"], body=relu_graph(), num_scan_inputs=1, scan_output_axes=[0, 0]
        ),
        "if_float": helper.make_node(
            "If", ["x"], ["y"], then_branch=relu_graph(), else_branch=relu_graph()
        ),
    }.items():
        limit = tensor("m", np.array(INT64_MAX, np.int64))
        yield name, MODEL, model(graph([node], [value("x", [3])], [value("y", [3])], [limit]))

    # Loops of 32 iterations, 31 deep: 2^155 nodes.
    types = {"i": TensorProto.INT64, "c": TensorProto.BOOL}
    scalars = [helper.make_tensor_value_info(name, kind, []) for name, kind in types.items()]
    node = helper.make_node("Identity", ["x"], ["y"])
    for _ in range(31):
        body = graph([node], [*scalars, value("x", [3])], [scalars[1], value("y", [3])])
        node = helper.make_node("Loop", ["m", "", "x"], ["y"], body=body)
    limit = tensor("m", np.array(32, np.int64))
    yield "loops_unroll_to_2_155", MODEL, model(graph([node], [value("x", [3])], [value("y", [3])], [limit]))


def functions():
    def function(name, calls):
        return helper.make_function(
            "mine", name, ["a"], ["b"],
            [helper.make_node(calls, ["a"], ["b"], domain="mine")],
            [helper.make_opsetid("", 13), helper.make_opsetid("mine", 1)],
        )  # fmt: skip

    node = helper.make_node("first", ["x"], ["y"], domain="mine")
    made = model(graph([node], [value("x", [3])], [value("y", [3])]))
    made.opset_import.append(helper.make_opsetid("mine", 1))
    made.functions.extend([function("first", "second"), function("second", "first")])
    yield "function_recursion", MODEL, made
    own = model(graph([node], [value("x", [3])], [value("y", [3])]))
    own.opset_import.append(helper.make_opsetid("mine", 1))
    own.functions.extend([function("first", "first")])
    yield "function_calls_itself", MODEL, own


def sizes():
    """Large but harmless, to catch recursion and quadratic time."""
    for length, expect in [(1000, OK), (20000, ANY), (100000, ANY), (100001, MODEL)]:
        nodes = [relu("x" if i == 0 else f"v{i}", f"v{i + 1}") for i in range(length)]
        content = graph(nodes, [value("x", [3])], [value(f"v{length}", [3])])
        yield f"chain_{length}", expect, model(content)
    nodes = [relu("x", f"v{i}") for i in range(2000)]
    nodes.append(helper.make_node("Sum", [f"v{i}" for i in range(2000)], ["y"]))
    yield "fan_out_2000", ANY, model(graph(nodes, [value("x", [3])], [value("y", [3])]))


def growth():
    """Few bytes that ask for much."""
    doubling = [helper.make_node("Concat", ["x", "x"], ["v0"], axis=0)]
    for i in range(60):
        doubling.append(helper.make_node("Concat", [f"v{i}", f"v{i}"], [f"v{i + 1}"], axis=0))
    yield "doubles_60_times", MODEL, model(
        graph(doubling, [value("x", [3])], [onnx.ValueInfoProto(name="v60")])
    )
    squares = [helper.make_node("Tile", [f"c{i}", "two"], [f"c{i + 1}"]) for i in range(40)]
    made = graph(
        squares + [helper.make_node("Add", ["x", "c40"], ["y"])],
        [value("x", [1])], [onnx.ValueInfoProto(name="y")],
        [tensor("c0", floats(1)), tensor("two", ints(8))],
    )  # fmt: skip
    yield "folds_to_8_to_the_40th", MODEL, model(made)
    typed = model(relu_graph())
    typed.graph.initializer.append(spoilt_tensor("big", FLOAT, [2**20, 2**10], raw_data=b"\0" * 4))
    yield "claims_4_gib", MODEL, typed
