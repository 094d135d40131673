# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""SqueezeNet 1.1 in the form of an older exporter (opset 9, Dropout left in)."""

from gp_data.build import Model
from gp_data.models.common import Layers, images

make_inputs = images(3, 224, 224)


def build(name):
    model = Model(name, opset=9, list_initializers=True)
    layers = Layers(model)

    def conv_relu(x, size, stem, stride=1, pad=0, after_relu=True, bias=0.0):
        y = layers.conv(
            x, size, stem, after_relu, bias=bias,
            strides=[stride, stride], pads=[pad] * 4,
        )  # fmt: skip
        return model.node("Relu", [y])

    def fire(x, channels, squeeze, expand, stem):
        y = conv_relu(x, [squeeze, channels, 1, 1], f"{stem}.squeeze")
        one = conv_relu(y, [expand, squeeze, 1, 1], f"{stem}.expand1")
        three = conv_relu(y, [expand, squeeze, 3, 3], f"{stem}.expand3", 1, 1)
        return model.node("Concat", [one, three], axis=1)

    def pool(x):
        # The windows at 113 and 56 end one short: that is a pad on one side.
        return model.node(
            "MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1]
        )

    x = model.input("data", [1, 3, 224, 224])
    x = pool(conv_relu(x, [64, 3, 3, 3], "conv1", 2, after_relu=False))
    x = fire(x, 64, 16, 64, "fire2")
    x = pool(fire(x, 128, 16, 64, "fire3"))
    x = fire(x, 128, 32, 128, "fire4")
    x = pool(fire(x, 256, 32, 128, "fire5"))
    x = fire(x, 256, 48, 192, "fire6")
    x = fire(x, 384, 48, 192, "fire7")
    x = fire(x, 384, 64, 256, "fire8")
    x = fire(x, 512, 64, 256, "fire9")
    x = model.node("Dropout", [x], ratio=0.5)
    x = conv_relu(x, [1000, 512, 1, 1], "conv10", bias=1.0)
    x = model.node("GlobalAveragePool", [x])
    model.node("Flatten", [x], result="output")
    model.output("output", [1, 1000])
    return model
