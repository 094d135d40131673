#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Trains the digits network, and writes the files beside this script.

usage: train.py [--data FILE] [-o DIR]

The data are the 1,797 handwritten digits of 8 x 8 pixels of the UCI repository, as
Debian's package python3-sklearn ships them (only its file digits.csv.gz is read; --data
names it where the package is not installed). 540 images are held out to test with,
and 128 of the others are to calibrate quantisation with. Seeded; the same numpy and
BLAS give the same model. Takes a minute or two.
"""

import argparse
import importlib.util
import os
import sys

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # The order of sums is part of the result.
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import numpy as np  # noqa: E402
import onnx  # noqa: E402
from onnx import TensorProto, helper  # noqa: E402

from gp_data.build import IR_VERSIONS, tensor_bytes  # noqa: E402
from network import Network  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
SEED, TESTED, CALIBRATING, EPOCHS, BATCH = 20, 540, 128, 60, 32


def find_data():
    """The path of digits.csv.gz; without importing scikit-learn."""
    found = importlib.util.find_spec("sklearn")
    if not found:
        sys.exit("error: python3-sklearn is not installed; see --data")
    return os.path.join(os.path.dirname(found.origin), "datasets", "data", "digits.csv.gz")


def augmented(images, random):
    """Each image moved by up to one pixel up or down, left or right."""
    result = np.empty_like(images)
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    for index, (row, column) in enumerate(random.integers(0, 3, (len(images), 2))):
        result[index] = padded[index, row : row + 8, column : column + 8]
    return result


def train(images, labels):
    """Adam on the cross entropy, with a falling rate and some weight decay."""
    random = np.random.Generator(np.random.PCG64(SEED))
    network = Network(random)
    parameters = network.parameters()
    first, second = ([np.zeros_like(p) for p in parameters] for _ in range(2))
    step, steps = 0, EPOCHS * (len(images) // BATCH)
    for epoch in range(EPOCHS):
        order, total = random.permutation(len(images)), 0.0
        for begin in range(0, len(order) - BATCH + 1, BATCH):
            chosen = order[begin : begin + BATCH]
            scores = network.forward(augmented(images[chosen], random))
            shares = np.exp(scores - scores.max(axis=1, keepdims=True))
            shares /= shares.sum(axis=1, keepdims=True)
            rows = np.arange(BATCH)
            total -= np.log(shares[rows, labels[chosen]]).sum()
            shares[rows, labels[chosen]] -= 1
            network.backward(shares / np.float32(BATCH))
            step += 1
            rate = 3e-3 * 0.5 * (1 + np.cos(np.pi * step / steps))
            for p, g, m, v in zip(parameters, network.gradients(), first, second):
                m += 0.1 * (g - m)
                v += 0.001 * (g * g - v)
                unbiased = np.sqrt(v / (1 - 0.999**step)) + 1e-8
                p -= (rate * (m / (1 - 0.9**step) / unbiased + 1e-3 * p)).astype(np.float32)
        if epoch % 10 == 9:
            print(f"epoch {epoch + 1}: loss {total / len(images):.4f}", flush=True)
    return network


def as_onnx(network):
    """The trained network as an ONNX model with a free batch size."""
    nodes, weights = [], []

    def constant(name, array):
        weights.append(TensorProto.FromString(tensor_bytes(name, array)))
        return name

    def add(kind, inputs, output, **attributes):
        nodes.append(helper.make_node(kind, inputs, [output], output, **attributes))
        return output

    def conv(x, layer, stem):
        weight = constant(f"{stem}.weight", layer.onnx_weight())
        bias = constant(f"{stem}.bias", layer.bias)
        edge, group = layer.taps // 2, len(layer.bias) if layer.depthwise else 1
        x = add("Conv", [x, weight, bias], stem, group=group, pads=[edge] * 4,
                kernel_shape=[layer.taps] * 2)  # fmt: skip
        return add("Relu", [x], f"{stem}.relu") if layer.relu else x

    def pool(x, stem):
        return add("MaxPool", [x], stem, kernel_shape=[2, 2], strides=[2, 2])

    x = conv("image", network.stem, "stem")
    x = conv(conv(x, network.depth, "depth"), network.point, "point")
    x = pool(x, "pool_1")
    x = add("Relu", [add("Add", [x, conv(x, network.inner, "inner")], "sum")], "sum.relu")
    x = add("Flatten", [pool(x, "pool_2")], "flat")
    weight = constant("dense.weight", np.ascontiguousarray(network.dense.weight.T))
    bias = constant("dense.bias", network.dense.bias)
    add("Gemm", [x, weight, bias], "scores", transB=1)

    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, "digits", [value("image", TensorProto.FLOAT, ["N", 1, 8, 8])],
        [value("scores", TensorProto.FLOAT, ["N", 10])], weights,
    )  # fmt: skip
    made = helper.make_model(
        graph, ir_version=IR_VERSIONS[13], producer_name="glowplug-test-data",
        opset_imports=[helper.make_opsetid("", 13)],
    )  # fmt: skip
    onnx.checker.check_model(made)
    return made


def accuracy(network, images, labels):
    return (network.forward(images).argmax(axis=1) == labels).mean()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", metavar="FILE", help="digits.csv.gz of scikit-learn")
    parser.add_argument("-o", dest="out", metavar="DIR", default=HERE)
    arguments = parser.parse_args()
    table = np.loadtxt(arguments.data or find_data(), delimiter=",")
    pixels = table[:, :64].astype(np.uint8).reshape(-1, 8, 8, 1)
    labels = table[:, 64].astype(np.uint8)
    order = np.random.Generator(np.random.PCG64(SEED + 1)).permutation(len(labels))
    tested, trained = order[:TESTED], order[TESTED:]
    images = pixels.astype(np.float32) / 16

    network = train(images[trained], labels[trained])
    for name, part in (("trained on", trained), ("held out", tested)):
        print(f"{name}: {accuracy(network, images[part], labels[part]):.2%} of {len(part)}")
    os.makedirs(arguments.out, exist_ok=True)
    onnx.save(as_onnx(network), os.path.join(arguments.out, "model.onnx"))
    for name, array in (
        ("test_images", pixels[tested].reshape(-1, 1, 8, 8)),
        ("test_labels", labels[tested]),
        ("calibration_images", pixels[trained[:CALIBRATING]].reshape(-1, 1, 8, 8)),
    ):
        np.save(os.path.join(arguments.out, f"{name}.npy"), array)
    return 0


if __name__ == "__main__":
    sys.exit(main())
