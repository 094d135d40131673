#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes half-precision networks, each in several forms, as ONNX backend test folders.

usage: generate_half.py OUTDIR [--size small|full] [--only NETWORK...] [--forms FORM...]

OUTDIR/NETWORK.FORM/model.onnx and OUTDIR/NETWORK.FORM/test_data_set_0/input_K.pb. The forms:

  f16           weights, products, inputs and outputs are float16
  f16_float_io  the same with float32 inputs and outputs; the casts stand after all other nodes
  f16_mixed     weights are float16, but products, softmax, means and powers are taken in float32, between
                casts that stand after all other nodes; float32 inputs and outputs
  bf16, bf16_mixed  the same with bfloat16

The weights keep the variance of the activations, so that nothing leaves the range of float16. tests/e2e/half.py
runs what this writes. Every run gives the same bytes.
"""

import argparse
import os
import sys

sys.dont_write_bytecode = True

import numpy as np  # noqa: E402
from gp_data import half  # noqa: E402
from gp_data.build import tensor_bytes  # noqa: E402
from gp_data.half.convert import half_tensor  # noqa: E402


def write_inputs(folder, model, arrays, form):
    os.makedirs(folder, exist_ok=True)
    for index, (info, array) in enumerate(zip(model.graph.input, arrays, strict=True)):
        if array.dtype == np.float32 and not form.float_io:
            data = half_tensor(info.name, array, form.dtype).SerializeToString()
        else:
            data = tensor_bytes(info.name, array)
        with open(os.path.join(folder, f"input_{index}.pb"), "wb") as file:
            file.write(data)


def generate(network, size, forms, out):
    base = half.float_model(network, size)
    for name in forms:
        form, folder = half.FORMS[name], os.path.join(out, f"{network}.{name}")
        os.makedirs(folder, exist_ok=True)
        model = half.half_model(base, name)
        with open(os.path.join(folder, "model.onnx"), "wb") as file:
            file.write(model.SerializeToString())
        arrays = half.inputs(network, size, form.dtype)
        write_inputs(os.path.join(folder, "test_data_set_0"), model, arrays, form)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("outdir")
    parser.add_argument("--size", choices=half.NETWORKS, default="small")
    parser.add_argument("--only", nargs="+", metavar="NETWORK", choices=half.NETWORKS["small"])
    parser.add_argument("--forms", nargs="+", metavar="FORM", choices=half.FORMS)
    arguments = parser.parse_args()
    for network in arguments.only or half.NETWORKS["small"]:
        generate(network, arguments.size, arguments.forms or list(half.FORMS), arguments.outdir)
    return 0


if __name__ == "__main__":
    sys.exit(main())
