#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Says what units of hw/rtl cost in generic gates, by yosys: cells, flip-flops, bits of memory, and depth.

usage: synthesis.py --build FOLDER [--units NAME...] [--rows R...] [--chip] [--most-depth N] [--work FOLDER]
                    [--json FILE]

--chip adds the whole NPU, which takes minutes for each number of rows.

A cell is a gate of two inputs (AND, OR, XOR), a multiplexer, an inverter or a flip-flop; those of multipliers count.
Depth is the greatest number of cells between two flip-flops, ports, memories or multipliers: products are listed
instead, as each technology has its own for them. Memories of more than eight words stay memories and count as bits,
once for each port that reads. Area is the sum over cells and bits of hw/spec/area.json.
"""

import argparse
import collections
import fnmatch
import json
import pathlib
import re
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
UNITS = (
    "npu_array",
    "npu_vector",
    "npu_depthwise",
    "npu_control",
    "npu_fetch",
    "npu_scratchpad",
    "npu_accumulator",
    "npu_csr",
    "npu_dma_walk",
    "npu_load",
    "npu_store",
    "npu_bus",
)
CHIP = "npu"
INSIDE = {  # of a unit, what counts as a unit of its own
    "npu_vector": "npu_depthwise",
}
SIZELESS = (  # the same for every R
    "npu_control",
    "npu_fetch",
    "npu_csr",
    "npu_dma_walk",
    "npu_bus",
)
SCRIPT = """
read_verilog -sv {files}
{parameters}
hierarchy -check -top {unit}
rename -top {unit}
{inside}
proc; flatten; opt_expr; opt_clean; check -assert
opt -nodffe -nosdff; wreduce; peepopt; opt_clean
tee -o {products} dump t:$mul
techmap -map {folder}/multiplier_map.v
read_verilog -defer {folder}/multiplier.v
hierarchy -check -top {unit}
proc; alumacc; opt; memory -nomap; opt_clean
memory_map t:$mem_v2 r:SIZE<=8 %i
opt -fast -full; opt -undriven -fine
techmap; opt -fast; abc -fast -g AND,OR,XOR,MUX; opt -fast; opt_clean
check -assert
tee -o {memories} dump t:$mem_v2
tee -o {statistics} stat
cd {unit}
tee -o {depth} ltp -noff {outside}
"""
HEADINGS = ("Unit", "R", "Cells", "Flip-flops", "Bits of memory", "Area, mm²", "Depth", "Multipliers")
AREA = json.loads((ROOT / "hw/spec/area.json").read_text(encoding="utf-8"))


class Failure(Exception):
    pass


def sources(build):
    files = [line for line in (ROOT / "hw/npu.f").read_text(encoding="utf-8").splitlines() if line]
    return [build / "hw/spec/npu_pkg.sv", *(ROOT / file for file in files)]


def parameters(dump, kind, *names):
    """The values of these parameters of each cell in a dump."""
    for cell in dump.split(f"cell {kind} ")[1:]:
        yield [int(re.search(rf"parameter (?:signed )?\\{name} (\d+)\n", cell)[1]) for name in names]


def multipliers(dump):
    """{"9 x 9": count}."""
    return collections.Counter(
        " x ".join(map(str, sorted(widths))) for widths in parameters(dump, "$mul", "A_WIDTH", "B_WIDTH")
    )


def memory_bits(dump):
    return sum(size * width * ports for size, width, ports in parameters(dump, "$mem_v2", "SIZE", "WIDTH", "RD_PORTS"))


def cell_kinds(text):
    """{kind: count} of the whole hierarchy: the last section, or the only one."""
    section = text.split("design hierarchy")[-1]
    return {name: int(count) for name, count in re.findall(r"^ +(\$_\w+_) +(\d+)$", section, re.M)}


def area_of(kinds, bits):
    """In square millimetres."""
    um2 = sum(bits * cell["um2"] for cell in AREA["cells"] if cell["name"] == "sram_bit")
    for kind, count in kinds.items():
        areas = [cell["um2"] for cell in AREA["cells"] if fnmatch.fnmatchcase(kind, cell["yosys"])]
        if len(areas) != 1:
            raise Failure(f"hw/spec/area.json has {len(areas)} areas for {kind}, but must have one")
        um2 += count * areas[0]
    return um2 / 1e6


def synthesise(unit, rows, build, folder):
    """What a unit costs: a row of the table, and an entry of --json."""
    paths = {name: folder / f"{unit}-{rows}.{name}" for name in ("products", "memories", "statistics", "depth")}
    values = {"files": " ".join(map(str, sources(build))), "unit": unit, "folder": FOLDER}
    values["inside"] = f"blackbox A:hdlname=\\{INSIDE[unit]}" if unit in INSIDE else ""
    values["outside"] = f"* t:*{INSIDE[unit]}* %d" if unit in INSIDE else ""
    values["parameters"] = "" if unit in SIZELESS else f"chparam -set R {rows} {unit}"
    script = SCRIPT.format(**values, **paths)
    done = subprocess.run(["yosys", "-q", "-"], input=script, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"{unit} with {rows} rows: yosys ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
    text = {name: path.read_text(encoding="utf-8") for name, path in paths.items()}
    kinds, bits = cell_kinds(text["statistics"]), memory_bits(text["memories"])
    return {
        "unit": unit,
        "rows": None if rows == "-" else rows,
        "cells": sum(kinds.values()),
        "flip_flops": sum(count for name, count in kinds.items() if "DFF" in name),
        "memory_bits": bits,
        "area_mm2": round(area_of(kinds, bits), 6),
        "depth": int(re.search(r"\(length=(\d+)\)", text["depth"])[1]),
        "multipliers": dict(sorted(multipliers(text["products"]).items())),
    }


def row_of(cost):
    """An entry as a row of the table."""
    products = ", ".join(f"{count} of {size}" for size, count in cost["multipliers"].items())
    numbers = [f"{cost[name]:,}" for name in ("cells", "flip_flops", "memory_bits")]
    columns = [f"`{cost['unit']}`", cost["rows"] or "-", *numbers, f"{cost['area_mm2']:.3f}", cost["depth"]]
    return f"| {' | '.join(map(str, [*columns, products or '-']))} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the build folder, for npu_pkg.sv")
    parser.add_argument("--units", nargs="+", default=UNITS)
    parser.add_argument("--rows", nargs="+", type=int, default=[4, 8, 16])
    parser.add_argument("--chip", action="store_true", help="the whole NPU as well")
    parser.add_argument("--most-depth", type=int, help="a unit that is deeper is an error")
    parser.add_argument("--json", type=pathlib.Path, help="a file for the same figures")
    parser.add_argument("--work", type=pathlib.Path, default=None, help="where the reports of yosys stay")
    arguments = parser.parse_args()
    work = arguments.work or arguments.build / "hw/synthesis"
    work.mkdir(parents=True, exist_ok=True)
    costs = []
    print(f"| {' | '.join(HEADINGS)} |\n|{'---|' * len(HEADINGS)}", flush=True)
    try:
        for unit in [*arguments.units, CHIP] if arguments.chip else arguments.units:
            for rows in ("-",) if unit in SIZELESS else arguments.rows:
                cost = synthesise(unit, rows, arguments.build.resolve(), work.resolve())
                costs.append(cost)
                print(row_of(cost), flush=True)
                depth = cost["depth"]
                if arguments.most_depth and depth > arguments.most_depth:
                    most = arguments.most_depth
                    raise Failure(f"{unit} with {rows} rows: must be at most {most} deep, but is {depth}")
        if arguments.json:
            report = {"technology": AREA["technology"], "units": costs}
            arguments.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    except (Failure, OSError) as failure:
        print(f"synthesis: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
