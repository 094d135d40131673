# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Programs of primitives as ONNX models.

Written from the comments of image.fbs alone, and not from the importer: what runs them is another source of truth.
Integers of up to 32 bits are computed in 64 bits and cast back, halves in single precision.
"""

import math

import numpy
import onnx
import scalar_as_onnx
from onnx import TensorProto as T
from onnx import helper

TYPES = {
    "boolean": T.BOOL, "i8": T.INT8, "u8": T.UINT8, "i16": T.INT16, "u16": T.UINT16, "i32": T.INT32, "u32": T.UINT32,
    "i64": T.INT64, "u64": T.UINT64, "f16": T.FLOAT16, "bf16": T.BFLOAT16, "f32": T.FLOAT, "f64": T.DOUBLE,
}  # fmt: skip
NUMPY = {
    "boolean": numpy.bool_, "i8": numpy.int8, "u8": numpy.uint8, "i16": numpy.int16, "u16": numpy.uint16,
    "i32": numpy.int32, "u32": numpy.uint32, "i64": numpy.int64, "u64": numpy.uint64, "f16": numpy.float16,
    "f32": numpy.float32, "f64": numpy.float64,
}  # fmt: skip
SIZES = {name: numpy.dtype(kind).itemsize for name, kind in NUMPY.items()} | {"bf16": 2}
FLOATS = ("f16", "bf16", "f32", "f64")
HALVES = ("f16", "bf16")


class Skip(Exception):
    """ONNX Runtime has no way to compute it; the text says what."""


def accumulator(dtype):
    if dtype in HALVES:
        return "f32"
    return "i32" if dtype in ("i8", "u8", "i16", "u16") else dtype


def limits(dtype):
    """Least and largest integer of a type."""
    info = numpy.iinfo(NUMPY[dtype])
    return int(info.min), int(info.max)


class Builder:
    """Nodes of a graph. A tensor is its name; `types` has the element type of each."""

    def __init__(self):
        self.nodes, self.initializers, self.types, self.shapes = [], [], {}, {}

    def name(self, dtype):
        name = f"t{len(self.types)}"
        self.types[name] = dtype
        return name

    def add(self, operator, inputs, dtype, **attributes):
        """A node with one result of the type `dtype`."""
        result = self.name(dtype)
        self.nodes.append(helper.make_node(operator, inputs, [result], **attributes))
        return result

    def constant(self, array, dtype):
        name = self.name(dtype)
        if dtype == "bf16":
            wide = helper.make_tensor(name + ".wide", T.FLOAT, array.shape, array.astype(numpy.float32).ravel())
            self.initializers.append(wide)
            self.nodes.append(helper.make_node("Cast", [wide.name], [name], to=T.BFLOAT16))
        else:
            self.initializers.append(onnx.numpy_helper.from_array(numpy.asarray(array, NUMPY[dtype]), name))
        return name

    def ints(self, values):
        return self.constant(numpy.array(values, numpy.int64), "i64")

    def cast(self, tensor, dtype):
        """As C++ casts: integers wrap. Not from a float to an integer that does not hold it."""
        if self.types[tensor] == dtype:
            return tensor
        if dtype in HALVES and self.types[tensor] == "f64":
            tensor = self.cast(tensor, "f32")
        return self.add("Cast", [tensor], dtype, to=TYPES[dtype])

    def wide(self, tensor):
        """In the type that it is computed in: i64, f32 or f64."""
        dtype = self.types[tensor]
        if dtype == "u64":
            raise Skip("u64")
        if dtype in HALVES:
            return self.cast(tensor, "f32")
        return tensor if dtype in FLOATS else self.cast(tensor, "i64")

    def wrapping(self, tensor):
        """As wide(), for what only wraps: u64 too."""
        return self.cast(tensor, "i64") if self.types[tensor] == "u64" else self.wide(tensor)

    def reshape(self, tensor, shape):
        return self.add("Reshape", [tensor, self.ints(shape)], self.types[tensor], allowzero=1)

    def expand(self, tensor, shape):
        dtype = self.types[tensor]
        if dtype != "boolean":
            tensor = self.wrapping(tensor)
        return self.cast(self.add("Expand", [tensor, self.ints(shape)], self.types[tensor]), dtype)


class Translation(Builder):
    """Of one program, as flatc prints it."""

    def __init__(self, program, segments, inputs):
        super().__init__()
        self.program, self.segments = program, segments
        self.body = program["body"]
        self.given = dict(zip(self.body["inputs"], inputs))  # arrays, by value
        self.values = {}

    def model(self):
        infos = []
        for index in self.body.get("inputs", []):
            value = self.body["values"][index]
            outside = "f32" if value["dtype"] == "bf16" else value["dtype"]
            name = self.name(outside)
            infos.append(helper.make_tensor_value_info(name, TYPES[outside], value.get("shape", [])))
            self.values[index] = self.cast(name, value["dtype"])
        self.run_body(self.body, self.values)
        outputs = []
        for index in self.body["outputs"]:
            value = self.body["values"][index]
            outside = "f32" if value["dtype"] == "bf16" else value["dtype"]
            result = self.add("Identity", [self.cast(self.values[index], outside)], outside)
            outputs.append(helper.make_tensor_value_info(result, TYPES[outside], value.get("shape", [])))
        graph = helper.make_graph(self.nodes, "program", infos, outputs, self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])
        model.ir_version = 9
        return model

    def run_body(self, body, values):
        for op in body.get("ops", []):
            kind = op["attributes_type"]
            method = getattr(self, "op_" + kind, None)
            if method is None:
                raise Skip(kind)
            tensors = [values[index] for index in op.get("operands", [])]
            shapes = [body["values"][index].get("shape", []) for index in op.get("operands", [])]
            outputs = [body["values"][index] for index in op["results"]]
            if any(0 in shape for shape in [*shapes, *(value.get("shape", []) for value in outputs)]):
                raise Skip("an empty tensor")
            results = method(op.get("attributes", {}), tensors, shapes, outputs)
            for index, value, result in zip(op["results"], outputs, results):
                if self.types[result] != value["dtype"]:
                    result = self.cast(result, value["dtype"])
                values[index] = result

    # ---- Regions

    def region(self, region, tensors):
        return scalar_as_onnx.region(self, region, tensors)

    def finish(self, attributes, total, extras):
        """The epilogue over an accumulator."""
        if "epilogue" not in attributes:
            return [total]
        return self.region(attributes["epilogue"], [total, *extras])

    # ---- Constants and movement

    def op_Constant(self, attributes, tensors, shapes, outputs):
        value = outputs[0]
        size = SIZES[value["dtype"]]
        if attributes.get("segment", -1) >= 0:
            begin = int(attributes.get("offset", 0))
            data = self.segments[attributes["segment"]][begin:]
        else:
            data = bytes(attributes["data"])
        count = 1 if attributes.get("splat") else math.prod(value.get("shape", []))
        data = data[: count * size]
        if value["dtype"] == "bf16":
            words = numpy.frombuffer(data, numpy.uint16).astype(numpy.uint32) << 16
            array = words.view(numpy.float32)
        else:
            array = numpy.frombuffer(data, NUMPY[value["dtype"]])
        array = numpy.broadcast_to(array if count > 1 else array[0], value.get("shape", [])) if attributes.get(
            "splat") else array.reshape(value.get("shape", []))  # fmt: skip
        return [self.constant(array, value["dtype"])]

    def op_Transpose(self, attributes, tensors, shapes, outputs):
        permutation = attributes.get("permutation", [])
        return [self.add("Transpose", tensors, self.types[tensors[0]], perm=permutation)] if permutation else tensors

    def op_Reshape(self, attributes, tensors, shapes, outputs):
        return [self.reshape(tensors[0], outputs[0].get("shape", []))]

    def op_Broadcast(self, attributes, tensors, shapes, outputs):
        return [self.expand(tensors[0], outputs[0].get("shape", []))]

    def op_Slice(self, attributes, tensors, shapes, outputs):
        starts, strides = attributes.get("starts", []), attributes.get("strides", [])
        if not starts:
            return tensors
        ends = []
        for start, stride, size in zip(starts, strides, outputs[0]["shape"]):
            end = start + (size - 1) * stride + (1 if stride > 0 else -1)
            ends.append(end if end >= 0 else -(2**60))  # before the first element
        arguments = [self.ints(list_) for list_ in (starts, ends, range(len(starts)), strides)]
        return [self.add("Slice", [tensors[0], *arguments], self.types[tensors[0]])]

    def op_Pad(self, attributes, tensors, shapes, outputs):
        if any(attributes.get("interior", [])):
            raise Skip("interior padding")
        if not shapes[0]:
            return [tensors[0]]
        pads = self.ints([*attributes["low"], *attributes["high"]])
        data, value = tensors
        if self.types[data] != "boolean":
            data, value = self.wrapping(data), self.wrapping(value)
        return [self.add("Pad", [data, pads, value], self.types[data], mode="constant")]

    def op_Concat(self, attributes, tensors, shapes, outputs):
        return [self.add("Concat", tensors, self.types[tensors[0]], axis=attributes.get("dim", 0))]

    def op_Gather(self, attributes, tensors, shapes, outputs):
        dim = attributes.get("dim", 0)
        indices = self.cast(tensors[1], "i64")
        last = self.ints(shapes[0][dim] - 1)
        indices = self.add("Min", [self.add("Max", [indices, self.ints(0)], "i64"), last], "i64")
        return [self.add("Gather", [tensors[0], indices], self.types[tensors[0]], axis=dim)]

    def op_Scatter(self, attributes, tensors, shapes, outputs):
        kind = attributes.get("kind", "assign")
        if self.types[tensors[0]] in HALVES and kind != "assign":
            raise Skip("scatter that combines halves")
        indices = self.known(tensors[1])
        if kind == "assign" and len(set(indices.tolist())) != indices.size:
            raise Skip("scatter to one row twice")
        rows = [i for i, index in enumerate(indices) if 0 <= index < shapes[0][0]]
        if not rows:
            return [tensors[0]]
        dtype = self.types[tensors[0]]
        where = self.ints(indices[rows].reshape(-1, 1))
        updates = self.add("Gather", [tensors[2], self.ints(rows)], dtype, axis=0)
        if kind != "assign":
            form = self.wrapping if kind in ("add", "mul") else self.number
            updates, data = form(updates), form(tensors[0])
            return [self.add("ScatterND", [data, where, updates], self.types[data], reduction=kind)]
        return [self.add("ScatterND", [tensors[0], where, updates], dtype)]

    def known(self, tensor):
        """The elements of a tensor that is given or constant."""
        for index, name in self.values.items():
            if name == tensor and index in self.given:
                return self.given[index]
        for initializer in self.initializers:
            if initializer.name.removesuffix(".wide") == tensor:
                return onnx.numpy_helper.to_array(initializer)
        raise Skip("indices that are computed")

    # ---- Contractions

    def offset(self, tensor, zero_points, shape):
        """In the wide type, without its zero points."""
        wide = self.wrapping(tensor)
        if not zero_points or not any(zero_points):
            return wide
        points = self.ints(numpy.array(zero_points).reshape(shape if len(zero_points) > 1 else []))
        return self.add("Sub", [wide, points], "i64")

    def op_MatMul(self, attributes, tensors, shapes, outputs):
        total_type = accumulator(self.types[tensors[0]])
        lhs = self.offset(tensors[0], attributes.get("lhs_zp"), [-1, 1])
        rhs = self.offset(tensors[1], attributes.get("rhs_zp"), [-1])
        total = self.cast(self.add("MatMul", [lhs, rhs], self.types[lhs]), total_type)
        return self.finish(attributes, total, tensors[2:])

    def op_Conv(self, attributes, tensors, shapes, outputs):
        rank = len(shapes[0]) - 2
        dtype = self.types[tensors[0]]
        settings = dict(
            strides=attributes.get("strides", [1] * rank),
            pads=[*attributes.get("pads_low", [0] * rank), *attributes.get("pads_high", [0] * rank)],
            dilations=attributes.get("dilations", [1] * rank), group=attributes.get("groups", 1),
        )  # fmt: skip
        if dtype in FLOATS and any(settings["pads"]) and self.has(tensors[1], lambda array: ~numpy.isfinite(array)):
            raise Skip("padding under infinite weights, which ONNX Runtime multiplies")
        if dtype in FLOATS:
            total = self.add("Conv", [self.wide(tensors[0]), self.wide(tensors[1])], accumulator(dtype), **settings)
        else:
            weights = [self.types[tensor] for tensor in tensors[:2]]
            if not set(weights) <= {"i8", "u8"}:
                raise Skip("a convolution of integers of more than 8 bits")
            inputs = list(tensors[:2])
            points = [attributes.get("lhs_zp"), attributes.get("rhs_zp")]
            if any(list_ and len(set(list_)) > 1 for list_ in points):
                total = self.float_sum("Conv", tensors, shapes, points, math.prod(shapes[1][1:]), settings)
            else:
                for tensor, list_ in zip(tensors, points):
                    inputs.append(self.constant(numpy.array(list_[0] if list_ else 0), self.types[tensor]))
                total = self.add("ConvInteger", inputs, "i32", **settings)
        return self.finish(attributes, total, tensors[2:])

    def op_ConvTranspose(self, attributes, tensors, shapes, outputs):
        rank = len(shapes[0]) - 2
        dtype = self.types[tensors[0]]
        pads = [*attributes.get("pads_low", [0] * rank), *attributes.get("pads_high", [0] * rank)]
        if any(pad < 0 for pad in pads):
            raise Skip("a transposed convolution extended by zeros")
        settings = dict(
            strides=attributes.get("strides", [1] * rank), dilations=attributes.get("dilations", [1] * rank),
            pads=pads, group=attributes.get("groups", 1),
        )  # fmt: skip
        if dtype in FLOATS:
            operands = [self.wide(tensor) for tensor in tensors[:2]]
            total = self.add("ConvTranspose", operands, accumulator(dtype), **settings)
        else:
            terms = shapes[1][0] * math.prod(shapes[1][2:])
            total = self.float_sum("ConvTranspose", tensors, shapes, [None, None], terms, settings)
        return self.finish(attributes, total, tensors[2:])

    def float_sum(self, operator, tensors, shapes, points, terms, settings):
        """A contraction of bytes in single precision, where that is exact."""
        if not {self.types[tensor] for tensor in tensors[:2]} <= {"i8", "u8"} or terms * 255 * 255 >= 2**24:
            raise Skip(f"{operator} of integers whose sums need more than 24 bits")
        forms = ([-1], [-1] + [1] * (len(shapes[1]) - 1))
        operands = [self.cast(self.offset(tensor, list_, form), "f32")
                    for tensor, list_, form in zip(tensors, points, forms)]  # fmt: skip
        return self.cast(self.add(operator, operands, "f32", **settings), "i32")

    # ---- Element by element

    def op_Map(self, attributes, tensors, shapes, outputs):
        results = self.region(attributes["region"], tensors)
        return [self.expand(result, outputs[0].get("shape", [])) for result in results]

    # ---- Reductions

    def op_Reduce(self, attributes, tensors, shapes, outputs):
        dtype, kind = self.types[tensors[0]], attributes.get("kind", "sum")
        if kind == "prod" and dtype not in FLOATS:
            raise Skip("a product of integers: those of ONNX Runtime do not wrap")
        if kind == "sum" and dtype in ("i64", "u64"):
            raise Skip("a sum of 64 bits: that of ONNX Runtime is off by one where it wraps")
        dims = self.ints(attributes["dims"])
        operator = {"sum": "ReduceSum", "prod": "ReduceProd", "min": "ReduceMin", "max": "ReduceMax"}[kind]
        source = self.wrapping(tensors[0]) if kind in ("sum", "prod") else self.number(tensors[0])
        total = self.add(operator, [source, dims], self.types[source], keepdims=1)
        total = self.cast(total, accumulator(dtype) if kind in ("sum", "prod") else dtype)
        return self.finish(attributes, total, tensors[1:])

    def op_ArgReduce(self, attributes, tensors, shapes, outputs):
        operator = {"min": "ArgMin", "max": "ArgMax"}[attributes["kind"]]
        return [self.add(operator, [self.number(tensors[0])], "i64", axis=attributes.get("dim", 0), keepdims=1,
                         select_last_index=int(attributes.get("select_last", False)))]  # fmt: skip

    def number(self, tensor):
        """As wide(), for what orders: ONNX Runtime does not say where NaN stands, and loses it in some kernels."""
        if self.has(tensor, numpy.isnan):
            raise Skip("the order of NaN")
        return self.wide(tensor)

    def has(self, tensor, holds):
        """Whether a float that is given or constant has an element for which `holds`."""
        if self.types[tensor] not in FLOATS:
            return False
        try:
            return holds(self.known(tensor).astype(numpy.float64)).any()
        except Skip:
            return False  # computed

    def op_Scan(self, attributes, tensors, shapes, outputs):
        if attributes.get("kind", "sum") != "sum":
            raise Skip("a running product")
        source = self.wrapping(tensors[0])
        return [self.add("CumSum", [source, self.ints(attributes.get("dim", 0))], self.types[source],
                         exclusive=int(attributes.get("exclusive", False)),
                         reverse=int(attributes.get("reverse", False)))]  # fmt: skip

    def op_Sort(self, attributes, tensors, shapes, outputs):
        dim = attributes.get("dim", 0)
        source = self.number(tensors[0])
        values, positions = self.name(self.types[source]), self.name("i64")
        self.nodes.append(helper.make_node("TopK", [source, self.ints([shapes[0][dim]])], [values, positions], axis=dim,
                                           largest=int(attributes.get("descending", False)), sorted=1))  # fmt: skip
        return [values, positions]

    def op_Window(self, attributes, tensors, shapes, outputs):
        rank, dtype, kind = len(shapes[0]), self.types[tensors[0]], attributes.get("kind", "sum")
        lists = {name: attributes.get(name, [1 if name in ("strides", "dilations") else 0] * rank)
                 for name in ("sizes", "strides", "pads_low", "pads_high", "dilations")}  # fmt: skip
        trivial = [all(lists[name][dim] == (0 if name.startswith("pads") else 1) for name in lists)
                   for dim in range(rank)]  # fmt: skip
        first = trivial.index(False) if False in trivial else rank - 1
        if not 1 <= rank - first <= 3:
            raise Skip("a window over more than three dims")
        for name in lists:
            lists[name] = lists[name][first:]
        settings = dict(strides=lists["strides"], pads=[*lists["pads_low"], *lists["pads_high"]],
                        dilations=lists["dilations"])  # fmt: skip
        outer = math.prod(shapes[0][:first])
        if dtype not in FLOATS and kind == "sum":
            if dtype not in ("i8", "u8"):
                raise Skip("a window that sums integers of more than 8 bits")
            source = self.reshape(tensors[0], [outer, 1, *shapes[0][first:]])
            ones = self.constant(numpy.ones([1, 1, *lists["sizes"]]), dtype)
            total = self.add("ConvInteger", [source, ones], "i32", **settings)
        else:
            if dtype in ("i64", "u64"):
                raise Skip("a window of 64 bits")
            wide = self.cast(tensors[0], "f64") if dtype not in FLOATS else (
                self.wide(tensors[0]) if kind == "sum" else self.number(tensors[0]))  # fmt: skip
            source = self.reshape(wide, [outer, 1, *shapes[0][first:]])
            wide = self.types[source]
            if kind == "sum":
                ones = self.constant(numpy.ones([1, 1, *lists["sizes"]]), wide)
                total = self.add("Conv", [source, ones], wide, **settings)
            else:
                self.check_pool(lists)
                source = source if kind == "max" else self.add("Neg", [source], wide)
                total = self.add("MaxPool", [source], wide, kernel_shape=lists["sizes"], **settings)
                total = total if kind == "max" else self.add("Neg", [total], wide)
        total = self.reshape(total, outputs[0]["shape"])
        total = self.cast(total, accumulator(dtype) if kind == "sum" else dtype)
        return self.finish(attributes, total, tensors[1:])

    @staticmethod
    def check_pool(lists):
        for low, high, size in zip(lists["pads_low"], lists["pads_high"], lists["sizes"]):
            if max(low, high) >= size:
                raise Skip("a pool whose pads are as wide as its window")

    # ---- Others

    def op_NonMaxSuppression(self, attributes, tensors, shapes, outputs):
        if self.types[tensors[0]] != "f32":
            raise Skip("boxes that are not f32")
        boxes, scores, limit, overlap, score = tensors
        rows = self.add("NonMaxSuppression", [boxes, scores, limit, overlap, score], "i64",
                        center_point_box=int(attributes.get("center", False)))  # fmt: skip
        count = self.add("Gather", [self.add("Shape", [rows], "i64"), self.ints(0)], "i64", axis=0)
        zeros = self.constant(numpy.zeros(outputs[0]["shape"]), "i64")
        padded = self.add("Concat", [rows, zeros], "i64", axis=0)
        first = [self.ints([0]), self.ints([outputs[0]["shape"][0]]), self.ints([0])]
        return [self.add("Slice", [padded, *first], "i64"), count]

    def op_Composite(self, attributes, tensors, shapes, outputs):
        body = self.program["bodies"][attributes.get("body", 0)]
        values = dict(zip(body.get("inputs", []), tensors))
        self.run_body(body, values)
        return [values[index] for index in body["outputs"]]
