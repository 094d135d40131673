# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Layers with weights scaled so that activations neither die nor saturate."""

import math

from gp_data.stream import Stream

# What a following layer sees, for a unit-variance input of the activation.
RELU_VARIANCE = 0.5 * (1 - 1 / math.pi)
RELU_MEAN = 1 / math.sqrt(2 * math.pi)


class Layers:
    """Convolutional building blocks over a Model."""

    def __init__(self, model):
        self.model = model
        self._depthwise = None

    def conv(self, x, size, stem, after_relu=True, gain=1.0, bias=None, **attributes):
        """A convolution with weights of `size` = [O, C / groups, kernel..]."""
        fan_in = math.prod(size[1:])
        # Centred weights see the variance of their input only. In a depthwise
        # convolution they would lose the colour of a plane: not there.
        kind = "centred" if fan_in >= 16 and after_relu else "normal"
        deviation = gain / math.sqrt(fan_in * (RELU_VARIANCE if after_relu else 1.0))
        weight = self.model.weight(f"{stem}.weight", size, kind, deviation)
        if kind == "normal" and after_relu:
            self._depthwise = (weight, fan_in, deviation)
        inputs = [x, weight]
        if bias is not None:
            shape = [size[0]]
            inputs.append(
                self.model.weight(f"{stem}.bias", shape, "normal", 0.1, bias)
            )
        attributes.setdefault("kernel_shape", list(size[2:]))
        return self.model.node("Conv", inputs, stem, **attributes)

    def batch_norm(self, x, channels, stem, gain=1.0, **attributes):
        """A BatchNormalization with the statistics of some made-up training."""
        model = self.model
        shape = [channels]
        stem_mean, mean = f"{stem}.running_mean", None
        if self._depthwise:
            # As training would: take off what the weights make of a plain
            # input, which otherwise outweighs what tells inputs apart.
            weight, fan_in, deviation = self._depthwise
            arguments = ("row_sums", fan_in, deviation, RELU_MEAN)
            mean = model.weight(stem_mean, shape, *arguments, of=weight)
            self._depthwise = None
        inputs = [
            x,
            model.weight(f"{stem}.weight", shape, "uniform", 0.7 * gain, 1.3 * gain),
            model.weight(f"{stem}.bias", shape, "normal", 0.1),
            mean or model.weight(stem_mean, shape, "normal", 0.1),
            model.weight(f"{stem}.running_var", shape, "uniform", 0.6, 1.6),
        ]
        return model.node("BatchNormalization", inputs, stem, **attributes)

    def dense(self, x, inputs, outputs, stem, gain=1.0, after_relu=True):
        """A Gemm with transposed weights, as PyTorch exports Linear."""
        variance = RELU_VARIANCE if after_relu else 1.0
        deviation = gain / math.sqrt(inputs * variance)
        weight = self.model.weight(
            f"{stem}.weight", [outputs, inputs], "centred", deviation
        )
        bias = self.model.weight(f"{stem}.bias", [outputs], "normal", 0.1)
        return self.model.node("Gemm", [x, weight, bias], stem, transB=1)


def images(channels, height, width):
    """The inputs of an image network: set number -> list of arrays."""

    def make(name, index):
        return [Stream(f"{name}/input/{index}").image(channels, height, width)]

    return make
