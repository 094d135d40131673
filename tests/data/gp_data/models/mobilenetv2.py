# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""MobileNetV2 1.0: inverted residuals, BatchNormalization, Clip(0, 6).

The bounds of Clip come from Constant nodes and the batch is symbolic.
"""

from gp_data.build import Model
from gp_data.models.common import Layers, images

make_inputs = images(3, 224, 224)

# expansion, channels, repeats, first stride
STAGES = [
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
    (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
]  # fmt: skip


def build(name):
    model = Model(name, opset=12)
    layers = Layers(model)

    def conv_norm(x, size, stem, stride=1, group=1, gain=1.0, after_relu=True):
        pad = size[2] // 2
        y = layers.conv(
            x, size, f"{stem}.conv", after_relu,
            strides=[stride, stride], pads=[pad] * 4, dilations=[1, 1], group=group,
        )  # fmt: skip
        return layers.batch_norm(y, size[0], f"{stem}.bn", gain, epsilon=1e-5)

    def clip(x):
        low = model.constant_node("low", 0.0, "float32")
        high = model.constant_node("high", 6.0, "float32")
        return model.node("Clip", [x, low, high])

    def block(x, channels, expansion, out, stride, stem):
        width, y = channels * expansion, x
        if expansion != 1:
            y = conv_norm(y, [width, channels, 1, 1], f"{stem}.expand", after_relu=False)
            y = clip(y)
        y = conv_norm(y, [width, 1, 3, 3], f"{stem}.depth", stride, width)
        residual = stride == 1 and channels == out
        y = conv_norm(
            clip(y), [out, width, 1, 1], f"{stem}.project", gain=0.5 if residual else 1.0
        )
        return model.node("Add", [x, y]) if residual else y

    x = model.input("input", ["N", 3, 224, 224])
    x = clip(conv_norm(x, [32, 3, 3, 3], "stem", 2, after_relu=False))
    channels, number = 32, 0
    for expansion, out, repeats, stride in STAGES:
        for index in range(repeats):
            step = stride if index == 0 else 1
            x = block(x, channels, expansion, out, step, f"block{number}")
            channels, number = out, number + 1
    x = clip(conv_norm(x, [1280, 320, 1, 1], "head", after_relu=False))
    x = model.node("ReduceMean", [x], axes=[2, 3], keepdims=0)
    x = layers.dense(x, 1280, 1000, "classifier", gain=1.5)
    model.node("Identity", [x], result="output")
    model.output("output", ["N", 1000])
    return model
