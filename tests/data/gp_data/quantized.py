# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The models that ONNX Runtime's tool quantised, and their golden outputs.

quantized/NAME.onnx is the model, goldens/quantized/NAME.npy what ONNX Runtime makes of
the inputs that `inputs` gives, one after the other along the first axis.
"""

import os
from dataclasses import dataclass, field

import numpy as np

from gp_data import digits
from gp_data.models import MODELS

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Data sets of the generated nets: those to test with, and those to calibrate with.
TESTED, CALIBRATING = range(3), range(3, 11)


@dataclass(frozen=True)
class Entry:
    net: str
    form: str = "QDQ"
    activations: str = "QUInt8"
    weights: str = "QInt8"
    per_channel: bool = True
    options: dict = field(default_factory=dict)
    # Functions of gp_data.qdq that spoil the model for ONNX Runtime's fusions.
    changes: tuple = ()


SYMMETRIC = {"ActivationSymmetric": True}
ENTRIES = {
    "digits_qdq_u8": Entry("digits"),
    "digits_qdq_i8": Entry("digits", activations="QInt8"),
    "digits_qdq_i8_symmetric": Entry("digits", activations="QInt8", options=SYMMETRIC),
    "digits_qdq_u8_u8": Entry("digits", weights="QUInt8", per_channel=False),
    "digits_qoperator_u8": Entry("digits", "QOperator"),
    "digits_qoperator_i8": Entry("digits", "QOperator", activations="QInt8"),
    "digits_qdq_clip": Entry("digits", changes=("insert_clips",)),
    "digits_qdq_clip_i8": Entry("digits", activations="QInt8", changes=("insert_clips",)),
    "digits_qdq_bias_scale": Entry("digits", changes=("spread_bias",)),
    "digits_qdq_float_bias": Entry("digits", changes=("float_bias",)),
    "digits_qdq_clip_bias": Entry("digits", changes=("insert_clips", "spread_bias")),
    "resnet8_qdq_u8": Entry("tiny_ic"),
    "resnet8_qoperator_u8": Entry("tiny_ic", "QOperator"),
    "dscnn_qdq_i8": Entry("tiny_kws", activations="QInt8"),
    "dscnn_qoperator_u8": Entry("tiny_kws", "QOperator"),
}


def model_path(name):
    return os.path.join(ROOT, "quantized", f"{name}.onnx")


def golden_path(name):
    return os.path.join(ROOT, "goldens", "quantized", f"{name}.npy")


def inputs(net):
    """The arrays that a net is tested with, each one run."""
    if net == "digits":
        return [digits.load_test()[0]]
    return [MODELS[net].make_inputs(net, number)[0] for number in TESTED]


def calibration(net):
    """The arrays that a net is calibrated with."""
    if net == "digits":
        return np.split(digits.load_calibration(), 8)
    return [MODELS[net].make_inputs(net, number)[0] for number in CALIBRATING]
