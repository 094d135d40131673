# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Operator cases: from a line of a table to a model with inputs.

There are five sets, each a folder of tables: "cases"; "wider", of operators that came
after opset 21 or belong to other domains; "integers" and "islands",
whose outputs have to be met exactly; "degenerate", where a length, a denominator or a
number of elements is 0, or a value is not finite. A case is a JSON object. `name` is
unique and the seed of all its numbers, `opset` the opset, and then either

  op, attrs, inputs [TEXT...], outputs N     one node; an input "" is absent
  nodes [[OP, [IN...], [OUT...], ATTRS]...], inputs {NAME: TEXT}, outputs [NAME...]

An OP of another domain than ONNX's is written com.microsoft.OP; `ml` is the version of
ai.onnx.ml, 3 if it is not given. With `judge` "onnx" the golden outputs are those of
ONNX's reference evaluator, for what ONNX Runtime lacks. TEXT is explained
in values.py. An attribute {"tensor": TEXT} is a tensor. `flat`
marks a case whose outputs are meant to hold few distinct values; `truth` and `because`
are those of two_opinions.py.
"""

import glob
import json
import os

import onnx
from onnx import TensorProto, helper, numpy_helper

from gp_data import values
from gp_data.build import IR_VERSIONS, tensor_bytes

ROOT = os.path.join(os.path.dirname(os.path.dirname(__file__)), "ops")
SETS = ("cases", "wider", "integers", "islands", "degenerate")


def load_all(which="cases"):
    """All cases of all tables of a set, in a fixed order."""
    cases, seen = [], set()
    for path in sorted(glob.glob(os.path.join(ROOT, which, "*.json"))):
        family = os.path.splitext(os.path.basename(path))[0]
        with open(path, encoding="utf-8") as file:
            for case in json.load(file):
                if case["name"] in seen:
                    raise ValueError(f"two cases are called {case['name']}")
                seen.add(case["name"])
                cases.append({**case, "family": family, "set": which})
    return cases


def as_nodes(case):
    """(nodes, inputs by name, output names) of either form of a case."""
    if "nodes" in case:
        return case["nodes"], case["inputs"], case["outputs"]
    names = [f"x{index}" if text else "" for index, text in enumerate(case["inputs"])]
    inputs = {name: text for name, text in zip(names, case["inputs"]) if name}
    outputs = [f"y{index}" for index in range(case.get("outputs", 1))]
    return [[case["op"], names, outputs, case.get("attrs", {})]], inputs, outputs


def make_attributes(attributes, seed):
    """Turns {"tensor": TEXT} into TensorProtos."""
    result = {}
    for name, value in attributes.items():
        if isinstance(value, dict):
            array, _ = values.parse(value["tensor"], f"{seed}/{name}")
            value = TensorProto.FromString(tensor_bytes("", array))
        result[name] = value
    return result


def build(case, output_types=None):
    """Returns (model bytes, input arrays by name).

    `output_types` holds (dtype, shape) per output. Without it the outputs stay
    untyped: good for ONNX Runtime, which infers, and for nobody else.
    """
    name = case["name"]
    nodes, inputs, outputs = as_nodes(case)
    graph, domains = onnx.GraphProto(name=name), set()
    for op, ins, outs, *attributes in nodes:
        attributes = make_attributes(attributes[0] if attributes else {}, name)
        domain, _, op = op.rpartition(".")
        domains |= {domain} - {""}
        node = helper.make_node(op, ins, outs, **attributes)
        if domain:
            node.domain = domain
        graph.node.append(node)
    arrays = {}
    for key, text in inputs.items():
        array, constant = values.parse(text, f"{name}/{key}")
        if constant:
            graph.initializer.append(TensorProto.FromString(tensor_bytes(key, array)))
        else:
            graph.input.append(typed(key, array.dtype, array.shape))
            arrays[key] = array
    for index, key in enumerate(outputs):
        if output_types:
            graph.output.append(typed(key, *output_types[index]))
        else:
            graph.output.append(onnx.ValueInfoProto(name=key))
    model = onnx.ModelProto(
        ir_version=IR_VERSIONS[case["opset"]], producer_name="glowplug-test-data"
    )
    model.opset_import.append(helper.make_opsetid("", case["opset"]))
    versions = {"ai.onnx.ml": case.get("ml", 3)}
    model.opset_import.extend(
        helper.make_opsetid(d, versions.get(d, 1)) for d in sorted(domains)
    )
    model.graph.CopyFrom(graph)
    return model.SerializeToString(), arrays


def typed(name, dtype, shape):
    kind = numpy_helper.from_array(values.np.zeros(1, dtype)).data_type
    return helper.make_tensor_value_info(name, kind, list(shape))
