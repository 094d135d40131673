#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the operator cases in half precision as ONNX backend test folders.

usage: generate_half_ops.py OUTDIR --type f16|bf16 [--only PREFIX...]

The outputs are those of ONNX Runtime's float32 operators for the same numbers, rounded once; gp_data/half/ops.py says
which numbers those are. Conversions come from gp_data/half/casts.py. OUTDIR/once has the cases that round once,
OUTDIR/several those of several nodes or with a bias. Every run gives the same bytes.
"""

import argparse
import itertools
import os
import sys

sys.dont_write_bytecode = True

import numpy as np  # noqa: E402
from gp_data import layout  # noqa: E402
from gp_data.build import tensor_bytes  # noqa: E402
from gp_data.half import casts, ops  # noqa: E402
from gp_data.half.convert import BFLOAT16, FLOAT16, half_tensor  # noqa: E402

TYPES = {"f16": FLOAT16, "bf16": BFLOAT16}


def write(folder, kind, infos, arrays):
    os.makedirs(folder, exist_ok=True)
    for index, (info, array) in enumerate(zip(infos, arrays, strict=True)):
        dtype = info.type.tensor_type.elem_type
        data = tensor_bytes(info.name, array)
        if array.dtype == np.float32 and dtype in (FLOAT16, BFLOAT16):
            data = half_tensor(info.name, array, dtype).SerializeToString()
        with open(os.path.join(folder, f"{kind}_{index}.pb"), "wb") as file:
            file.write(data)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("outdir")
    parser.add_argument("--type", required=True, choices=TYPES)
    parser.add_argument("--only", nargs="+", metavar="PREFIX", default=[""])
    arguments = parser.parse_args()
    count = 0
    dtype = TYPES[arguments.type]
    for name, model, inputs, outputs in itertools.chain(ops.half_cases(dtype), casts.cases(dtype)):
        if not name.startswith(tuple(arguments.only)):
            continue
        kind = "once" if ops.is_rounded_once(model) else "several"
        folder = os.path.join(arguments.outdir, kind, name)
        data_set = layout.data_set(folder, 0)
        write(data_set, "input", model.graph.input, inputs)
        write(data_set, "output", model.graph.output, outputs)
        with open(os.path.join(folder, "model.onnx"), "wb") as file:
            file.write(model.SerializeToString())
        count += 1
    print(f"{count} cases")
    return 0 if count else 1


if __name__ == "__main__":
    sys.exit(main())
