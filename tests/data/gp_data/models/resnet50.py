# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ResNet-50 v1.5: the stride stands in the 3x3 convolution of a block.

BatchNormalization is left as it is, for the compiler to fold.
"""

from gp_data.build import Model
from gp_data.models.common import Layers, images

make_inputs = images(3, 224, 224)


def build(name):
    model = Model(name, opset=11)
    layers = Layers(model)
    batch_norm = {"epsilon": 1e-5, "momentum": 0.9}

    def conv_norm(x, size, stem, stride=1, pad=0, gain=1.0, after_relu=True):
        y = layers.conv(
            x, size, f"{stem}.conv", after_relu,
            strides=[stride, stride], pads=[pad] * 4, dilations=[1, 1], group=1,
        )  # fmt: skip
        return layers.batch_norm(y, size[0], f"{stem}.bn", gain, **batch_norm)

    def block(x, channels, width, stride, stem):
        out = 4 * width
        y = conv_norm(x, [width, channels, 1, 1], f"{stem}.1")
        y = model.node("Relu", [y])
        y = conv_norm(y, [width, width, 3, 3], f"{stem}.2", stride, 1)
        y = model.node("Relu", [y])
        y = conv_norm(y, [out, width, 1, 1], f"{stem}.3", gain=0.5)
        if channels != out:
            x = conv_norm(x, [out, channels, 1, 1], f"{stem}.down", stride)
        return model.node("Relu", [model.node("Add", [y, x])])

    x = model.input("input", [1, 3, 224, 224])
    x = conv_norm(x, [64, 3, 7, 7], "stem", 2, 3, after_relu=False)
    x = model.node("Relu", [x])
    x = model.node(
        "MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4, ceil_mode=0
    )
    channels = 64
    for stage, (count, width) in enumerate([(3, 64), (4, 128), (6, 256), (3, 512)]):
        for index in range(count):
            stride = 2 if index == 0 and stage > 0 else 1
            x = block(x, channels, width, stride, f"layer{stage + 1}.{index}")
            channels = 4 * width
    x = model.node("GlobalAveragePool", [x])
    x = model.node("Flatten", [x], axis=1)
    x = layers.dense(x, 2048, 1000, "fc", gain=1.5)
    x = model.node("Identity", [x], result="output")
    model.output("output", [1, 1000])
    return model
