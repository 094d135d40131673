# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The same model in narrower types, by the tools that people use for it."""

import contextlib
import io
import warnings

import onnx
import onnxruntime
from onnxconverter_common import float16
from onnxruntime import quantization
from onnxruntime.quantization.shape_inference import quant_pre_process
from onnxruntime.transformers import float16 as inner_float16

import samples

# Form, and whether its file is the same on every machine: ranges come of sums whose last bits depend on the CPU.
FORMS = {"fp16": True, "fp16_io": True, "qdq": False, "qoperator": False, "dynamic": True}
SAMPLES = 4
# Weights of 7 bits: with 8, ONNX Runtime's kernels saturate on CPUs without VNNI, and a judge has to be right.
WEIGHTS = {"weight_type": quantization.QuantType.QInt8, "reduce_range": True}


class Reader(quantization.CalibrationDataReader):
    """Samples of noise, as many as SAMPLES."""

    def __init__(self, model, sizes):
        self.rows = (samples.draw(model, sizes, seed=100 + index) for index in range(SAMPLES))

    def get_next(self):
        return next(self.rows, None)


def _lifted(source):
    """The model with constants where tools look for them: as initializers, and those not as inputs."""
    model = onnx.load(source)
    for node in [n for n in model.graph.node if n.op_type == "Constant" and n.attribute[0].name == "value"]:
        tensor = node.attribute[0].t
        tensor.name = node.output[0]
        model.graph.initializer.append(tensor)
        model.graph.node.remove(node)
    constants = {tensor.name for tensor in model.graph.initializer}
    for value in [v for v in model.graph.input if v.name in constants]:
        model.graph.input.remove(value)
    return model


def _half(source, path):
    """By the converter of onnxconverter-common, with halves as inputs and outputs."""
    before = _lifted(source)
    casts = {n.output[0] for n in before.graph.node if n.op_type == "Cast"}
    model = float16.convert_float_to_float16(before)
    for node in model.graph.node:
        # The converter declares results of casts as halves, and leaves what they cast to.
        for attribute in node.attribute:
            if node.op_type == "Cast" and node.output[0] in casts and attribute.i == onnx.TensorProto.FLOAT:
                attribute.i = onnx.TensorProto.FLOAT16
    onnx.save(model, path)


def _half_within(source, path):
    """By that of ONNX Runtime, with floats as inputs and outputs."""
    onnx.save(inner_float16.convert_float_to_float16(_lifted(source), keep_io_types=True), path)


def _static(source, path, sizes, form):
    first, prepared = path.with_suffix(".first"), path.with_suffix(".prepared")
    lifted = _lifted(source)
    onnx.save(lifted, first)
    quant_pre_process(str(first), str(prepared), skip_symbolic_shape=True)
    # DequantizeLinear has scales per channel from opset 13 on.
    opset = next(entry.version for entry in lifted.opset_import if not entry.domain)
    # What ONNX Runtime's guide advises for CPUs; scales per channel are what makes small nets usable.
    quantization.quantize_static(
        str(prepared), str(path), Reader(onnx.load(prepared, load_external_data=False), sizes), quant_format=form,
        per_channel=opset >= 13, activation_type=quantization.QuantType.QUInt8, **WEIGHTS,
    )  # fmt: skip
    first.unlink()
    prepared.unlink()


def make(form, source, path, sizes):
    """Writes `source` in another form; `sizes` is the set of inputs to measure ranges with."""
    onnxruntime.set_default_logger_severity(3)
    # The quantiser prints each tensor whose type it does not know.
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _make(form, source, path, sizes)


def _make(form, source, path, sizes):
    if form == "fp16":
        _half(source, path)
    elif form == "fp16_io":
        _half_within(source, path)
    elif form == "dynamic":
        quantization.quantize_dynamic(_lifted(source), str(path), **WEIGHTS)
    else:
        formats = quantization.QuantFormat
        _static(source, path, sizes, formats.QDQ if form == "qdq" else formats.QOperator)
