# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A small convolutional network in numpy: forward, backward, and as ONNX.

Images are [N, H, W, C] here, and [N, C, H, W] in the ONNX model.
"""

import numpy as np


def shifted(x, taps):
    """The taps x taps views of an image padded with zeros, by row and column."""
    edge, (_, height, width, _) = taps // 2, x.shape
    padded = np.pad(x, ((0, 0), (edge, edge), (edge, edge), (0, 0)))
    for row in range(taps):
        for column in range(taps):
            yield row, column, padded[:, row : row + height, column : column + width]


class Conv:
    """A convolution of stride 1 that keeps the size, and a ReLU or none."""

    def __init__(self, random, taps, inputs, outputs, depthwise=False, relu=True):
        fan_in = taps * taps * (1 if depthwise else inputs)
        shape = (taps, taps, outputs) if depthwise else (taps, taps, inputs, outputs)
        self.weight = random.normal(0, np.sqrt(2 / fan_in), shape).astype(np.float32)
        self.bias = np.zeros(outputs, np.float32)
        self.taps, self.depthwise, self.relu = taps, depthwise, relu

    def forward(self, x):
        y = np.broadcast_to(self.bias, (*x.shape[:3], len(self.bias))).copy()
        for row, column, view in shifted(x, self.taps):
            weight = self.weight[row, column]
            y += view * weight if self.depthwise else view @ weight
        self.x, self.y = x, np.maximum(y, 0) if self.relu else y
        return self.y

    def backward(self, dy):
        if self.relu:
            dy = dy * (self.y > 0)
        edge, (_, height, width, _) = self.taps // 2, dy.shape
        padded = np.zeros((len(dy), height + 2 * edge, width + 2 * edge, self.x.shape[3]), np.float32)
        dw = np.empty_like(self.weight)
        for row, column, view in shifted(self.x, self.taps):
            weight = self.weight[row, column]
            if self.depthwise:
                dw[row, column] = (view * dy).sum(axis=(0, 1, 2))
                dx = dy * weight
            else:
                dw[row, column] = np.tensordot(view, dy, ((0, 1, 2), (0, 1, 2)))
                dx = dy @ weight.T
            padded[:, row : row + height, column : column + width] += dx
        self.gradients = [dw, dy.sum(axis=(0, 1, 2))]
        return padded[:, edge : edge + height, edge : edge + width]

    def parameters(self):
        return [self.weight, self.bias]

    def onnx_weight(self):
        """The weight as [O, I / groups, H, W]."""
        w = self.weight[:, :, None, :] if self.depthwise else self.weight
        return np.ascontiguousarray(w.transpose(3, 2, 0, 1))


class Dense:
    """A matrix product with a bias; the input counts as flat [N, C, H, W]."""

    def __init__(self, random, inputs, outputs):
        scale = np.sqrt(1 / inputs)
        self.weight = random.normal(0, scale, (inputs, outputs)).astype(np.float32)
        self.bias = np.zeros(outputs, np.float32)

    def forward(self, x):
        self.shape = x.shape
        self.x = x.transpose(0, 3, 1, 2).reshape(len(x), -1)
        return self.x @ self.weight + self.bias

    def backward(self, dy):
        self.gradients = [self.x.T @ dy, dy.sum(axis=0)]
        n, height, width, channels = self.shape
        return (dy @ self.weight.T).reshape(n, channels, height, width).transpose(0, 2, 3, 1)

    def parameters(self):
        return [self.weight, self.bias]


class Pool:
    """The greatest of each 2 x 2 window."""

    def forward(self, x):
        n, height, width, channels = x.shape
        windows = x.reshape(n, height // 2, 2, width // 2, 2, channels)
        y = windows.max(axis=(2, 4))
        self.won = windows == y[:, :, None, :, None, :]
        self.won = self.won / self.won.sum(axis=(2, 4), keepdims=True, dtype=np.float32)
        self.shape = x.shape
        return y

    def backward(self, dy):
        return (self.won * dy[:, :, None, :, None, :]).reshape(self.shape)

    def parameters(self):
        return []


class Network:
    """Plain, depthwise and pointwise convolutions, a residual sum, two pools."""

    def __init__(self, random):
        self.stem = Conv(random, 3, 1, 16)
        self.depth = Conv(random, 3, 16, 16, depthwise=True)
        self.point = Conv(random, 1, 16, 32)
        self.pool_1 = Pool()
        self.inner = Conv(random, 3, 32, 32, relu=False)
        self.pool_2 = Pool()
        self.dense = Dense(random, 128, 10)
        self.trained = [self.stem, self.depth, self.point, self.inner, self.dense]

    def forward(self, x):
        x = self.stem.forward(x)
        x = self.depth.forward(x)
        x = self.pool_1.forward(self.point.forward(x))
        self.sum = np.maximum(x + self.inner.forward(x), 0)
        return self.dense.forward(self.pool_2.forward(self.sum))

    def backward(self, dy):
        dy = self.pool_2.backward(self.dense.backward(dy)) * (self.sum > 0)
        dy = dy + self.inner.backward(dy)
        dy = self.depth.backward(self.point.backward(self.pool_1.backward(dy)))
        self.stem.backward(dy)

    def parameters(self):
        return [p for layer in self.trained for p in layer.parameters()]

    def gradients(self):
        return [g for layer in self.trained for g in layer.gradients]
