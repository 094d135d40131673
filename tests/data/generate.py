#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the test models as ONNX backend test folders.

usage: generate.py OUTDIR [--only NAME...] [--sets N]

OUTDIR/NAME/model.onnx and OUTDIR/NAME/test_data_set_I/{input,output}_K.pb. The
outputs are ONNX Runtime's, from goldens/; where only a part of them is kept
(data sets above 0 of the large models) output_K.pb is left out. A model that
differs from the one its golden outputs were made of is an error. Every run gives
the same bytes.

examples:
  generate.py build/models --only resnet50 tiny_ic
  generate.py build/models --sets 6
"""

import argparse
import os
import sys

sys.dont_write_bytecode = True

from gp_data import layout, model_goldens  # noqa: E402
from gp_data.models import MODELS  # noqa: E402


def generate(name, out, sets, index):
    """Writes one model; returns an error text or None."""
    entry = MODELS[name]
    folder = os.path.join(out, name)
    os.makedirs(folder, exist_ok=True)
    model = entry.build(name)
    digest = model.write(os.path.join(folder, "model.onnx"))
    golden = None
    if index is not None:
        record = index["models"].get(name)
        if not record:
            return f"{name}: there are no golden outputs"
        if record["sha256"] != digest:
            return (
                f"{name}: the golden outputs belong to another model "
                f"(made from {record['sha256']}, but got {digest})"
            )
        golden = model_goldens.load(name, record)
    for number in range(sets):
        path = layout.data_set(folder, number)
        inputs = entry.make_inputs(name, number)
        layout.write_tensors(path, "input", model.input_names(), inputs)
        if golden and all(output.stride == 1 for output in golden[number]):
            layout.write_tensors(
                path,
                "output",
                [output.name for output in golden[number]],
                [output.values.reshape(output.shape) for output in golden[number]],
            )
    return None


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("outdir")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=MODELS)
    parser.add_argument("--sets", type=int, default=1, help="data sets to write [1]")
    parser.add_argument(
        "--no-goldens", action="store_true", help="write models and inputs only"
    )
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    arguments = parser.parse_args()
    names = arguments.only or [n for n, entry in MODELS.items() if entry.default]
    if arguments.list:
        print("\n".join(names))
        return 0
    index = None if arguments.no_goldens else model_goldens.load_index()
    if index and arguments.sets > index["sets"]:
        parser.error(f"there are {index['sets']} data sets, but --sets is {arguments.sets}")
    failed = False
    for name in names:
        error = generate(name, arguments.outdir, arguments.sets, index)
        if error:
            print(f"error: {error}", file=sys.stderr)
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
