# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes a half-precision model of a float32 one, as exporters and onnxconverter-common write it."""

import functools
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from gp_data.half import numbers

FLOAT, FLOAT16, BFLOAT16 = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16


@dataclass(frozen=True)
class Form:
    """What becomes of a model."""

    dtype: int
    float_io: bool = False  # inputs and outputs stay float32, with casts after them
    keep: frozenset = frozenset()  # operators that compute in float32
    stay: frozenset = frozenset()  # values that are float32 whatever the data is


def half_tensor(name, array, dtype):
    """A TensorProto; short ones have their bits in int32_data, others as raw data."""
    proto = TensorProto(name=name, data_type=dtype)
    proto.dims.extend(array.shape)
    bits = numbers.bits(array, dtype)
    if bits.size <= 16:
        proto.int32_data.extend(int(word) for word in bits.ravel())
    else:
        proto.raw_data = np.ascontiguousarray(bits).astype("<u2", copy=False).tobytes()
    return proto


def float_tensor(tensor):
    """The same numbers in float32."""
    bits = np.array(tensor.int32_data, np.uint16)
    if tensor.raw_data:
        bits = np.frombuffer(tensor.raw_data, "<u2")
    array = numbers.values(bits, tensor.data_type).reshape(tensor.dims)
    return numpy_helper.from_array(array, tensor.name)


def _constants(model):
    """The float tensors of a model: initialisers and Constant nodes."""
    yield from (tensor for tensor in model.graph.initializer if tensor.data_type == FLOAT)
    for node in model.graph.node:
        if node.op_type == "Constant" and node.attribute[0].t.data_type == FLOAT:
            yield node.attribute[0].t


def with_rounded_constants(model, dtype):
    """The float32 model that computes what the half one would without rounding."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    for tensor in _constants(result):
        array = numbers.converted(numpy_helper.to_array(tensor), dtype)
        tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))
    return result


def float_values(model):
    """The names of the float values of a float32 model."""
    graph = onnx.shape_inference.infer_shapes(model).graph
    known = [*graph.input, *graph.output, *graph.value_info]
    names = {info.name for info in known if info.type.tensor_type.elem_type == FLOAT}
    names.update(tensor.name for tensor in graph.initializer if tensor.data_type == FLOAT)
    return names


class _Conversion:
    """One model on its way."""

    def __init__(self, model, form):
        self.form, self.renamed = form, {}
        self.float_model = model
        self.model = onnx.ModelProto()
        self.model.CopyFrom(model)
        self.graph = self.model.graph
        self.casts, self.cast_of = [], {}

    @functools.cached_property
    def floats(self):
        return float_values(self.float_model)

    @property
    def halves(self):
        """The values that are of the half type."""
        return (self.floats | set(self.renamed.values())) - set(self.renamed)

    def cast(self, source, target, dtype):
        """Adds a Cast to the nodes that come last, as converters append them."""
        self.casts.append(helper.make_node("Cast", [source], [target], f"{target}.cast", to=dtype))

    def run(self):
        self.change_types()
        if self.form.float_io:
            self.keep_interface()
        if self.form.keep:
            self.keep_operators()
        self.graph.node.extend(self.casts)
        if self.form.dtype == BFLOAT16 and any(node.op_type == "Conv" for node in self.graph.node):
            # The first version that has bfloat16 convolutions; the others mean the same in it.
            self.model.opset_import[0].version, self.model.ir_version = 22, 10
        return self.model

    def change_types(self):
        dtype = self.form.dtype
        for tensor in _constants(self.model):
            if tensor.name and tensor.name in self.form.stay:
                continue
            array = numbers.converted(numpy_helper.to_array(tensor), dtype)
            tensor.CopyFrom(half_tensor(tensor.name, array, dtype))
        for node in self.graph.node:
            if node.op_type == "Cast" and node.attribute[0].i == FLOAT:
                node.attribute[0].i = dtype
        if not self.form.float_io:
            for info in [*self.graph.input, *self.graph.output]:
                if info.type.tensor_type.elem_type == FLOAT and info.name not in self.form.stay:
                    info.type.tensor_type.elem_type = dtype

    def keep_interface(self):
        inputs = {info.name for info in self.graph.input} & self.floats
        outputs = {info.name for info in self.graph.output} & self.floats
        self.renamed = renamed = {name: f"{name}.half" for name in inputs | outputs}
        for node in self.graph.node:
            node.input[:] = [renamed.get(name, name) for name in node.input]
            node.output[:] = [renamed.get(name, name) for name in node.output]
        for info in self.graph.input:
            if info.name in inputs:
                self.cast(info.name, renamed[info.name], self.form.dtype)
        for info in self.graph.output:
            if info.name in outputs:
                self.cast(renamed[info.name], info.name, FLOAT)

    def keep_operators(self):
        kept = [node for node in self.graph.node if node.op_type in self.form.keep]
        # What one kept node makes and another uses is not rounded in between.
        for node in kept:
            for index, name in enumerate(node.output):
                if name in self.halves:
                    node.output[index] = self.cast_of[name] = f"{name}.float"
                    self.cast(node.output[index], name, self.form.dtype)
        for node in kept:
            for index, name in enumerate(node.input):
                if name in self.halves:
                    node.input[index] = self.as_float(name)
        for node in self.graph.node:
            if node.op_type == "BatchNormalization":
                self.keep_statistics(node)

    def as_float(self, name):
        if name not in self.cast_of:
            self.cast_of[name] = f"{name}.float"
            self.cast(name, self.cast_of[name], FLOAT)
        return self.cast_of[name]

    def keep_statistics(self, node):
        """Mean and variance of a half BatchNormalization may be float32."""
        tensors = {tensor.name: tensor for tensor in self.graph.initializer}
        for name in node.input[3:5]:
            tensors[name].CopyFrom(float_tensor(tensors[name]))

    def simulated(self):
        """The model in float32, with two casts, to half and back, after each node that makes a half."""
        dtype, graph = self.form.dtype, self.graph
        self.run()
        halves = self.halves
        self.model.opset_import[0].version, self.model.ir_version = 17, 8
        constants = [node.attribute[0].t for node in graph.node if node.op_type == "Constant"]
        for tensor in [*graph.initializer, *constants]:
            if tensor.data_type == dtype:
                tensor.CopyFrom(float_tensor(tensor))
        for info in [*graph.input, *graph.output]:
            if info.type.tensor_type.elem_type == dtype:
                info.type.tensor_type.elem_type = FLOAT
        rounding = []
        for node in graph.node:
            if node.op_type == "Cast" and node.attribute[0].i == dtype:
                node.attribute[0].i = FLOAT
            for index, name in enumerate(node.output):
                if name in halves:
                    node.output[index] = f"{name}.exact"
                    rounding.append(helper.make_node("Cast", [f"{name}.exact"], [f"{name}.bits"], to=dtype))
                    rounding.append(helper.make_node("Cast", [f"{name}.bits"], [name], to=FLOAT))
        graph.node.extend(rounding)
        return self.model


def to_half(model, form):
    return _Conversion(model, form).run()


def simulate(model, form):
    """A float32 model of what `to_half` gives: each node computes in float32 and rounds what it gives."""
    return _Conversion(model, form).simulated()
