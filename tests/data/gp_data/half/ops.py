# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The operator cases in half precision.

A half operator has to give what the float32 one gives for the same numbers, rounded once. Where the numbers of a case
are half ones already, its golden outputs are those. Otherwise its numbers are rounded, to such as float16 and bfloat16
both have, and goldens/half_ops.npz holds what ONNX Runtime's float32 operator makes of them.
"""

import os

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

from gp_data import cases, op_goldens
from gp_data.half import numbers
from gp_data.half.convert import Form, to_half

PATH = os.path.join(op_goldens.ROOT, "half_ops.npz")

# Inputs that are float32 whatever the data is.
STAY_FLOAT = {("Upsample", 1), ("Resize", 2)}
# Integers from floats, or floats from integers: a rounded result would be another step. The last three make floats
# of none.
NOT_OF_HALVES = {
    "DequantizeLinear", "DynamicQuantizeLinear", "QuantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger",
    "MatMulInteger", "EyeLike", "Constant", "ConstantOfShape",
}  # fmt: skip
# What is no case of float32: statistics that float16 does not hold, beside data and scales that are halves.
MIXED = [
    {
        "name": name, "op": "BatchNormalization", "opset": 15, "attrs": {"epsilon": 1e-12}, "stay": ["x3", "x4"],
        "inputs": ["f32[2,4,3,3]", "f32[4] small!", "f32[4] small!",
                   f"f32[4](100000,-3,0.5,0){end}", f"f32[4](1e10,1e-9,2e5,0.3){end}"],
    }
    for name, end in (("batch_norm_f32_statistics", ""), ("batch_norm_f32_constant_statistics", "!"))
]  # fmt: skip
# The range that both types have at full precision.
LEAST, MOST = 2.0**-14, 65280.0


def common(array):
    """The nearest numbers that float16 and bfloat16 both have."""
    if array.dtype != np.float32:
        return array
    finite = np.isfinite(array) & (array != 0)
    clamped = np.copysign(np.clip(np.abs(array), LEAST, MOST), array)
    return np.asarray(numbers.rounded(np.where(finite, clamped, array), TensorProto.BFLOAT16))


def _names_that_stay(model):
    stay = set()
    for node in model.graph.node:
        stay |= {node.input[i] for op, i in STAY_FLOAT if node.op_type == op and i < len(node.input)}
        if node.op_type == "Resize" and model.opset_import[0].version == 10:
            stay.add(node.input[1])
        if node.op_type == "LayerNormalization":  # mean and deviation, by stash_type
            stay.update(node.output[1:])
    return frozenset(stay - {""})


def _rounded(model, arrays, stay):
    """Rounds all floats of a case; says whether that changed any."""
    changed = False
    tensors = [tensor for tensor in model.graph.initializer if tensor.name not in stay]
    tensors += [a.t for node in model.graph.node for a in node.attribute if a.HasField("t")]
    for tensor in tensors:
        array = numpy_helper.to_array(tensor)
        if not np.array_equal(common(array), array, equal_nan=array.dtype == np.float32):
            tensor.CopyFrom(numpy_helper.from_array(common(array), tensor.name))
            changed = True
    for name, array in arrays.items():
        if name not in stay and not np.array_equal(common(array), array, equal_nan=array.dtype == np.float32):
            arrays[name] = common(array)
            changed = True
    return changed


def float_cases():
    """(name, float32 model, inputs by name, names that stay float32, golden outputs or None)."""
    golden = op_goldens.load()
    for case in [*cases.load_all(), *MIXED]:
        outputs = golden[case["name"]][1] if case["name"] in golden else None
        types = [(a.dtype, a.shape) for a in outputs] if outputs else [(np.float32, (2, 4, 3, 3))]
        data, arrays = cases.build(case, types)
        model = onnx.ModelProto.FromString(data)
        if any(node.domain or node.op_type in NOT_OF_HALVES for node in model.graph.node):
            continue
        stay = _names_that_stay(model) | set(case.get("stay", []))
        types = {info.type.tensor_type.elem_type for info in [*model.graph.input, *model.graph.output]}
        if TensorProto.FLOAT not in types or TensorProto.DOUBLE in types:
            continue
        changed = _rounded(model, arrays, stay)
        yield case["name"], model, arrays, stay, None if changed else outputs


def is_rounded_once(model):
    """Whether the case is one node that rounds its result only: a bias is added to a sum that is rounded already."""
    node = model.graph.node[0]
    sums = {"Conv": 3, "ConvTranspose": 3, "Gemm": 3}
    return len(model.graph.node) == 1 and len(node.input) < sums.get(node.op_type, 99)


def half_cases(dtype):
    """(name, model, inputs in order, true outputs) of each case whose results are in the type's range."""
    most = numbers.LIMITS[dtype][0]
    with np.load(PATH) as kept:
        for name, model, arrays, stay, outputs in float_cases():
            if outputs is None:
                outputs = [kept[f"{name}.{i}"] for i in range(len(model.graph.output))]
            floats = [a for a in outputs if a.dtype == np.float32]
            if any((np.abs(a[np.isfinite(a)]) > most).any() for a in floats):
                continue
            yield name, to_half(model, Form(dtype, stay=stay)), list(arrays.values()), outputs
