#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the corpus of bad ONNX files.

usage: generate_malformed.py OUTDIR

OUTDIR/corpus/NAME.onnx and OUTDIR/malformed.json, which says for each file what is
expected of `glowplug compile` (see gp_data/malformed/base.py) and, where the fault lies
in one node, which words an error has to name one of. Every run gives the same bytes.
"""

import argparse
import json
import os
import sys

sys.dont_write_bytecode = True

from gp_data.malformed import container, forms, models, ops, quantised, shapes, tensors  # noqa: E402
from gp_data.malformed.base import MODEL, REFUSED, relu_graph, model  # noqa: E402


def write_neighbours(folder):
    """What the models with external data point at."""
    with open(os.path.join(folder, "weights.bin"), "wb") as file:
        file.write(bytes(12))
    outside = os.path.join(os.path.dirname(folder), "secret")
    with open(outside, "wb") as file:
        file.write(b"secret bytes")
    for name, target in (("link.bin", "weights.bin"), ("linked", "..")):
        path = os.path.join(folder, name)
        if not os.path.lexists(path):
            os.symlink(target, path)
    hard = os.path.join(folder, "hard.bin")
    if not os.path.exists(hard):
        os.link(outside, hard)
    fifo = os.path.join(folder, "fifo.bin")
    if not os.path.exists(fifo):
        os.mkfifo(fifo)
    os.makedirs(os.path.join(folder, "folder"), exist_ok=True)


def write_paths(folder):
    """Things that are no regular file; returns name -> expectation."""
    os.makedirs(os.path.join(folder, "path_folder.onnx"), exist_ok=True)
    links = {"path_zero": "/dev/zero", "path_null": "/dev/null", "path_loop": "path_loop.onnx"}
    for name, target in links.items():
        path = os.path.join(folder, f"{name}.onnx")
        if not os.path.lexists(path):
            os.symlink(target, path)
    fifo = os.path.join(folder, "path_fifo.onnx")
    if not os.path.exists(fifo):
        os.mkfifo(fifo)
    with open(os.path.join(folder, "path_past_2_gib.onnx"), "wb") as file:
        file.write(model(relu_graph()).SerializeToString())
        file.truncate(2**31 + 4096)  # sparse: takes no room
    long_name = "path_" + "n" * 200
    with open(os.path.join(folder, f"{long_name}.onnx"), "wb") as file:
        file.write(b"\x08")
    result = dict.fromkeys([*links, "path_fifo", "path_folder", "path_nowhere"], REFUSED)
    return {**result, "path_past_2_gib": MODEL, long_name: MODEL}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("outdir")
    arguments = parser.parse_args()
    folder = os.path.join(arguments.outdir, "corpus")
    os.makedirs(folder, exist_ok=True)
    table = {}
    for source in (container, models, tensors, ops, quantised, shapes, forms):
        for file in source.spoilt():
            if file.name in table:
                parser.error(f"two files are called {file.name}")
            with open(os.path.join(folder, f"{file.name}.onnx"), "wb") as out:
                out.write(file.data)
            table[file.name] = {"expect": file.expect}
            if file.large:
                table[file.name]["large"] = True
            if file.name.startswith("op_"):
                table[file.name]["mentions"] = ["the_node", file.name.split("_")[1]]
    write_neighbours(folder)
    for name, expect in write_paths(folder).items():
        table[name] = {"expect": expect}
    with open(os.path.join(arguments.outdir, "malformed.json"), "w", encoding="utf-8") as out:
        json.dump(table, out, indent=0)
        out.write("\n")
    counts = {}
    for row in table.values():
        counts[row["expect"]] = counts.get(row["expect"], 0) + 1
    print(f"{len(table)} files: " + ", ".join(f"{n} {e}" for e, n in sorted(counts.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
