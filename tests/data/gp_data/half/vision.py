# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ResNet-18 and MobileNetV3 in float32, to be made half of."""

from dataclasses import dataclass

from gp_data.build import Model
from gp_data.models.common import Layers
from gp_data.stream import Stream

CLASSES = 1000


@dataclass(frozen=True)
class ResNet:
    """The number of channels of the first stage, and the side of the picture."""

    width: int
    side: int

    def inputs(self, name):
        return [Stream(f"{name}/input").image(3, self.side, self.side)]

    def build(self, name):
        model = Model(name, opset=17)
        layers, node = Layers(model), model.node

        def conv_norm(x, size, stem, stride=1, gain=1.0, after_relu=True):
            pad = size[2] // 2
            y = layers.conv(
                x, size, f"{stem}.conv", after_relu, strides=[stride, stride], pads=[pad] * 4
            )
            return layers.batch_norm(y, size[0], f"{stem}.bn", gain, epsilon=1e-5)

        def block(x, channels, out, stride, stem):
            y = node("Relu", [conv_norm(x, [out, channels, 3, 3], f"{stem}.1", stride)])
            y = conv_norm(y, [out, out, 3, 3], f"{stem}.2", gain=0.5)
            if channels != out:
                x = conv_norm(x, [out, channels, 1, 1], f"{stem}.down", stride)
            return node("Relu", [node("Add", [y, x])])

        x = model.input("input", [1, 3, self.side, self.side])
        x = conv_norm(x, [self.width, 3, 7, 7], "stem", 2, after_relu=False)
        x = node("Relu", [x])
        x = node("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
        channels = self.width
        for stage in range(4):
            out = self.width << stage
            for index in range(2):
                stride = 2 if index == 0 and stage > 0 else 1
                x = block(x, channels, out, stride, f"layer{stage + 1}.{index}")
                channels = out
        x = node("Flatten", [node("GlobalAveragePool", [x])], axis=1)
        x = layers.dense(x, channels, CLASSES, "fc", gain=1.5)
        node("Identity", [x], result="output")
        model.output("output", [1, CLASSES])
        return model


# Kernel, expansion, channels, squeeze and excitation, hard-swish, stride.
SMALL_BLOCKS = [
    (3, 16, 16, 1, 0, 2), (3, 72, 24, 0, 0, 2), (3, 88, 24, 0, 0, 1), (5, 96, 40, 1, 1, 2),
    (5, 240, 40, 1, 1, 1), (5, 240, 40, 1, 1, 1), (5, 120, 48, 1, 1, 1),
    (5, 144, 48, 1, 1, 1), (5, 288, 96, 1, 1, 2), (5, 576, 96, 1, 1, 1), (5, 576, 96, 1, 1, 1),
]  # fmt: skip
LARGE_BLOCKS = [
    (3, 16, 16, 0, 0, 1), (3, 64, 24, 0, 0, 2), (3, 72, 24, 0, 0, 1), (5, 72, 40, 1, 0, 2),
    (5, 120, 40, 1, 0, 1), (5, 120, 40, 1, 0, 1), (3, 240, 80, 0, 1, 2), (3, 200, 80, 0, 1, 1),
    (3, 184, 80, 0, 1, 1), (3, 184, 80, 0, 1, 1), (3, 480, 112, 1, 1, 1), (3, 672, 112, 1, 1, 1),
    (5, 672, 160, 1, 1, 2), (5, 960, 160, 1, 1, 1), (5, 960, 160, 1, 1, 1),
]  # fmt: skip


@dataclass(frozen=True)
class MobileNet:
    """Version 3: the blocks, the factor on their channels, the side of the picture."""

    large: bool
    width: float
    side: int

    def inputs(self, name):
        return [Stream(f"{name}/input").image(3, self.side, self.side)]

    def channels(self, count):
        return max(8, int(count * self.width + 4) // 8 * 8)

    def build(self, name):
        model = Model(name, opset=17)
        layers, node = Layers(model), model.node

        def conv_norm(x, size, stem, stride=1, group=1, gain=1.0, after_relu=True):
            pad = size[2] // 2
            y = layers.conv(
                x, size, f"{stem}.conv", after_relu,
                strides=[stride, stride], pads=[pad] * 4, group=group,
            )  # fmt: skip
            return layers.batch_norm(y, size[0], f"{stem}.bn", gain, epsilon=1e-3)

        def squeeze(x, width, stem):
            """Factors for channels, from the means of all."""
            inner = max(8, width // 4 // 8 * 8)
            y = node("GlobalAveragePool", [x])
            y = layers.conv(y, [inner, width, 1, 1], f"{stem}.fc1", bias=0.0)
            y = node("Relu", [y])
            y = layers.conv(y, [width, inner, 1, 1], f"{stem}.fc2", gain=2.0, bias=0.5)
            return node("Mul", [x, node("HardSigmoid", [y], alpha=1 / 6)])

        def block(x, channels, row, stem):
            kernel, expansion, out, squeezes, swish, stride = row
            act = "HardSwish" if swish else "Relu"
            width, out, y = self.channels(expansion), self.channels(out), x
            if width != channels:
                y = conv_norm(y, [width, channels, 1, 1], f"{stem}.expand", after_relu=False)
                y = node(act, [y])
            y = conv_norm(y, [width, 1, kernel, kernel], f"{stem}.depth", stride, width)
            y = node(act, [y])
            if squeezes:
                y = squeeze(y, width, f"{stem}.se")
            residual = stride == 1 and channels == out
            y = conv_norm(
                y, [out, width, 1, 1], f"{stem}.project", gain=0.5 if residual else 1.0
            )
            return (node("Add", [x, y]) if residual else y), out

        x = model.input("input", [1, 3, self.side, self.side])
        channels = self.channels(16)
        x = node("HardSwish", [conv_norm(x, [channels, 3, 3, 3], "stem", 2, after_relu=False)])
        blocks = LARGE_BLOCKS if self.large else SMALL_BLOCKS
        for number, row in enumerate(blocks):
            x, channels = block(x, channels, row, f"block{number}")
        width = self.channels(6 * blocks[-1][2])
        x = node("HardSwish", [conv_norm(x, [width, channels, 1, 1], "head", after_relu=False)])
        x = node("Flatten", [node("GlobalAveragePool", [x])], axis=1)
        hidden = self.channels(1280 if self.large else 1024)
        x = node("HardSwish", [layers.dense(x, width, hidden, "pre", gain=2.0)])
        x = layers.dense(x, hidden, CLASSES, "classifier", gain=1.5)
        node("Identity", [x], result="output")
        model.output("output", [1, CLASSES])
        return model
