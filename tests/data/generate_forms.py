#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes forms of ONNX that Debian's python3-onnx and ONNX Runtime do not know as ONNX backend test folders.

usage: generate_forms.py OUTDIR

Element types of 2 to 8 bits, with all their codes and all numbers of 16 bits, operators as they were in version 6, and
operators of versions 26 to 28. Outputs are computed here, by numpy; see gp_data/forms. Every run gives the same bytes.
"""

import argparse
import os
import sys

sys.dont_write_bytecode = True

from gp_data import layout  # noqa: E402
from gp_data.forms import casts, legacy, quantize  # noqa: E402


def write(folder, case):
    data_set = layout.data_set(folder, 0)
    os.makedirs(data_set, exist_ok=True)
    protos = [(f"input_{i}", data.proto(name)) for i, (name, data) in enumerate(case.fed())]
    protos += [(f"output_{i}", data.proto(f"y{i}")) for i, data in enumerate(case.outputs)]
    for name, proto in protos:
        with open(os.path.join(data_set, f"{name}.pb"), "wb") as file:
            file.write(proto.SerializeToString())
    with open(os.path.join(folder, "model.onnx"), "wb") as file:
        file.write(case.model().SerializeToString())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("outdir")
    arguments = parser.parse_args()
    names = set()
    for module in (casts, quantize, legacy):
        for case in module.cases():
            assert case.name not in names, case.name
            names.add(case.name)
            write(os.path.join(arguments.outdir, case.name), case)
    print(f"{len(names)} cases")


if __name__ == "__main__":
    main()
