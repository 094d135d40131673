# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The four topologies of the MLPerf Tiny benchmark.

Each is written the way one of the usual exporters would: NHWC input with a
Transpose, explicit lopsided pads, auto_pad, MatMul + Add in place of Gemm.
"""

import math

from gp_data.build import Model
from gp_data.models.common import RELU_VARIANCE, Layers, images
from gp_data.stream import Stream


def kws_inputs(name, index):
    return [Stream(f"{name}/input/{index}").image(1, 49, 10).reshape(1, 49, 10, 1)]


def build_kws(name):
    """DS-CNN: keyword spotting in 49 frames of 10 coefficients."""
    model = Model(name, opset=13)
    layers = Layers(model)

    def norm_relu(x, stem):
        x = layers.batch_norm(x, 64, stem, epsilon=1e-3)
        return model.node("Relu", [x])

    x = model.input("input_1", ["N", 49, 10, 1])
    x = model.node("Transpose", [x], perm=[0, 3, 1, 2])
    x = layers.conv(
        x, [64, 1, 10, 4], "conv0", False, bias=0.0, strides=[2, 2], pads=[4, 1, 5, 1]
    )
    x = norm_relu(x, "bn0")
    x = model.node("Dropout", [x])
    for index in range(1, 5):
        x = layers.conv(x, [64, 1, 3, 3], f"depth{index}", group=64, pads=[1] * 4)
        x = norm_relu(x, f"depth{index}.bn")
        x = layers.conv(x, [64, 64, 1, 1], f"point{index}", bias=0.0)
        x = norm_relu(x, f"point{index}.bn")
    x = model.node("AveragePool", [x], kernel_shape=[25, 5], strides=[25, 5])
    axes = model.constant("axes", [2, 3])
    x = model.node("Squeeze", [x, axes])
    deviation = 4.0 / math.sqrt(64 * RELU_VARIANCE)
    kernel = model.weight("dense.kernel", [64, 12], "centred_columns", deviation)
    x = model.node("MatMul", [x, kernel])
    x = model.node("Add", [x, model.weight("dense.bias", [12], "normal", 0.1)])
    model.node("Softmax", [x], result="Identity", axis=-1)
    model.output("Identity", ["N", 12])
    return model


vww_inputs = images(3, 96, 96)


def build_vww(name):
    """MobileNetV1 0.25: is there a person in 96 x 96 pixels."""
    model = Model(name, opset=15)
    layers = Layers(model)

    def conv_norm(x, size, stem, stride=1, group=1, after_relu=True):
        kernel = size[2]
        # SAME as TensorFlow pads it: with a stride of 2, only at the end.
        pads = [0, 0, 1, 1] if stride == 2 else [kernel // 2] * 4
        x = layers.conv(
            x, size, stem, after_relu, strides=[stride, stride], pads=pads, group=group
        )
        x = layers.batch_norm(x, size[0], f"{stem}.bn", epsilon=1e-3)
        return model.node("Relu", [x])

    x = model.input("input_1", [1, 3, 96, 96])
    x = conv_norm(x, [8, 3, 3, 3], "conv0", 2, after_relu=False)
    channels = 8
    for index, (out, stride) in enumerate(
        [(16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2)]
        + [(128, 1)] * 5
        + [(256, 2), (256, 1)],
        start=1,
    ):
        x = conv_norm(x, [channels, 1, 3, 3], f"depth{index}", stride, channels)
        x = conv_norm(x, [out, channels, 1, 1], f"point{index}")
        channels = out
    x = model.node("AveragePool", [x], kernel_shape=[3, 3])
    shape = model.constant("shape", [-1, 256])
    x = model.node("Reshape", [x, shape])
    x = layers.dense(x, 256, 2, "dense", gain=0.5)
    model.node("Softmax", [x], result="probabilities", axis=1)
    model.output("probabilities", [1, 2])
    return model


ic_inputs = images(3, 32, 32)


def build_ic(name):
    """ResNet-8: the ten classes of CIFAR-10."""
    model = Model(name, opset=16)
    layers = Layers(model)

    def conv_norm(x, size, stem, stride=1, gain=1.0, after_relu=True):
        x = layers.conv(
            x, size, stem, after_relu, bias=0.0,
            strides=[stride, stride], auto_pad="SAME_UPPER",
        )  # fmt: skip
        return layers.batch_norm(x, size[0], f"{stem}.bn", gain, epsilon=1e-3)

    x = model.input("input_1", [1, 3, 32, 32])
    x = model.node("Relu", [conv_norm(x, [16, 3, 3, 3], "conv0", after_relu=False)])
    channels = 16
    for index, (out, stride) in enumerate([(16, 1), (32, 2), (64, 2)], start=1):
        y = conv_norm(x, [out, channels, 3, 3], f"stack{index}.a", stride)
        y = model.node("Relu", [y])
        y = conv_norm(y, [out, out, 3, 3], f"stack{index}.b")
        if stride != 1:
            x = layers.conv(
                x, [out, channels, 1, 1], f"stack{index}.shortcut", bias=0.0,
                strides=[stride, stride], auto_pad="SAME_UPPER",
            )  # fmt: skip
        x = model.node("Relu", [model.node("Add", [x, y])])
        channels = out
    x = model.node("AveragePool", [x], kernel_shape=[8, 8], auto_pad="VALID")
    x = model.node("Flatten", [x])
    x = layers.dense(x, 64, 10, "dense", gain=2.0)
    model.node("Softmax", [x], result="probabilities")
    model.output("probabilities", [1, 10])
    return model


def ad_inputs(name, index):
    return [Stream(f"{name}/input/{index}").normal((1, 640))]


def build_ad(name):
    """Autoencoder: anomaly detection in 640 spectral features."""
    model = Model(name, opset=14)
    layers = Layers(model)

    def dense(x, inputs, outputs, stem, variance=RELU_VARIANCE):
        deviation = 1.0 / math.sqrt(inputs * variance)
        kernel = model.weight(f"{stem}.kernel", [inputs, outputs], "centred_columns", deviation)
        x = model.node("MatMul", [x, kernel], f"{stem}.matmul")
        bias = model.weight(f"{stem}.bias", [outputs], "normal", 0.1)
        return model.node("Add", [x, bias], f"{stem}.add")

    x = model.input("input_1", ["N", 640])
    inputs, variance = 640, 1.0
    for index, outputs in enumerate([128] * 4 + [8] + [128] * 4, start=1):
        x = dense(x, inputs, outputs, f"dense{index}", variance)
        x = layers.batch_norm(x, outputs, f"bn{index}", epsilon=1e-3)
        x = model.node("Relu", [x])
        inputs, variance = outputs, RELU_VARIANCE
    x = dense(x, 128, 640, "dense10")
    model.node("Identity", [x], result="Identity")
    model.output("Identity", ["N", 640])
    return model
