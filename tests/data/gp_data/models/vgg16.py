# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""VGG-16 without normalisation, in the oldest form that is read (opset 7)."""

from gp_data.build import Model
from gp_data.models.common import Layers, images

make_inputs = images(3, 224, 224)


def build(name):
    model = Model(name, opset=7, list_initializers=True)
    layers = Layers(model)
    x = model.input("data", [1, 3, 224, 224])
    channels = 3
    for stage, (count, width) in enumerate(
        [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)], start=1
    ):
        for index in range(1, count + 1):
            x = layers.conv(
                x, [width, channels, 3, 3], f"conv{stage}_{index}", channels != 3,
                bias=0.0, strides=[1, 1], pads=[1] * 4,
            )  # fmt: skip
            x = model.node("Relu", [x])
            channels = width
        x = model.node("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2], pads=[0] * 4)
    x = model.node("Flatten", [x])
    # A maximum of four has a mean of its own but about the variance of one.
    x = layers.dense(x, 25088, 4096, "fc6")
    x = model.node("Dropout", [model.node("Relu", [x])])
    x = layers.dense(x, 4096, 4096, "fc7")
    x = model.node("Dropout", [model.node("Relu", [x])])
    x = layers.dense(x, 4096, 1000, "fc8", gain=2.0)
    model.node("Softmax", [x], result="output", axis=1)
    model.output("output", [1, 1000])
    return model
