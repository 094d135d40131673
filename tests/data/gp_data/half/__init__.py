# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The list of half-precision networks, and of their forms."""

import os
import tempfile

import numpy as np
import onnx

from gp_data.half import numbers
from gp_data.half.convert import BFLOAT16, FLOAT16, Form, to_half
from gp_data.half.language import Bert, Gpt
from gp_data.half.vision import MobileNet, ResNet

NETWORKS = {
    "small": {
        "resnet18": ResNet(width=16, side=64),
        "mobilenetv3": MobileNet(large=False, width=0.5, side=64),
        "bert": Bert(layers=2, hidden=64, heads=4, sequence=32, words=300),
        "gpt": Gpt(layers=2, hidden=64, heads=4, past=12, tokens=4, words=300),
    },
    "full": {
        "resnet18": ResNet(width=64, side=224),
        "mobilenetv3": MobileNet(large=True, width=1.0, side=224),
        "bert": Bert(layers=12, hidden=768, heads=12, sequence=128, words=30522),
        "gpt": Gpt(layers=12, hidden=768, heads=12, past=32, tokens=4, words=50257),
    },
}

# Operators that converters leave in float32, since they sum or square.
KEPT = frozenset(["MatMul", "Gemm", "Softmax", "LayerNormalization", "ReduceMean", "Pow", "GlobalAveragePool"])

FORMS = {
    "f16": Form(FLOAT16),
    "f16_float_io": Form(FLOAT16, float_io=True),
    "f16_mixed": Form(FLOAT16, float_io=True, keep=KEPT),
    "bf16": Form(BFLOAT16),
    "bf16_mixed": Form(BFLOAT16, float_io=True, keep=KEPT),
}


def float_model(name, size):
    """The float32 model that the forms are made of."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.onnx")
        NETWORKS[size][name].build(f"half/{name}/{size}").write(path)
        return onnx.load(path)


def half_model(base, form):
    return to_half(base, FORMS[form])


def inputs(name, size, dtype):
    """Arrays by position; floats are float32 arrays of numbers that `dtype` has."""
    arrays = NETWORKS[size][name].inputs(f"half/{name}/{size}")
    return [numbers.rounded(a, dtype) if a.dtype == np.float32 else a for a in arrays]
