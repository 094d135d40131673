#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the operator cases as ONNX backend test folders.

usage: generate_ops.py OUTDIR [--set SET] [--only PREFIX...]

SET is cases (the default), wider, integers, islands or degenerate.
OUTDIR/NAME/model.onnx and OUTDIR/NAME/test_data_set_0/{input,output}_K.pb for every
case in ops/SET/*.json. The outputs come from goldens/. Every run gives
the same bytes.
"""

import argparse
import os
import sys

sys.dont_write_bytecode = True

from gp_data import cases, layout, op_goldens  # noqa: E402


def generate(case, out, golden):
    """Writes one case; returns an error text or None."""
    name = case["name"]
    if name not in golden:
        return f"{name}: there are no golden outputs"
    digest, outputs = golden[name]
    model, inputs = cases.build(case, [(a.dtype, a.shape) for a in outputs])
    if op_goldens.digest(model) != digest:
        return (
            f"{name}: the golden outputs belong to another model "
            f"(made from {digest}, but got {op_goldens.digest(model)})"
        )
    folder = os.path.join(out, name)
    data_set = layout.data_set(folder, 0)
    layout.write_tensors(data_set, "input", list(inputs), inputs.values())
    layout.write_tensors(data_set, "output", cases.as_nodes(case)[2], outputs)
    with open(os.path.join(folder, "model.onnx"), "wb") as file:
        file.write(model)
    return None


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("outdir")
    parser.add_argument("--set", default="cases", choices=cases.SETS)
    parser.add_argument("--only", nargs="+", metavar="PREFIX", default=[""])
    arguments = parser.parse_args()
    golden, count, failed = op_goldens.load(arguments.set), 0, False
    for case in cases.load_all(arguments.set):
        if not case["name"].startswith(tuple(arguments.only)):
            continue
        error = generate(case, arguments.outdir, golden)
        if error:
            print(f"error: {error}", file=sys.stderr)
            failed = True
        else:
            count += 1
    print(f"{count} cases")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
